import { constantOf, editModel, encodeModel, floatsOf, type Model, viewOf } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { clearnessOf, NetWriter, trying } from '../testing.ts';
import { narrowBottleneck } from './narrow-bottleneck.ts';

const { argsOf, apply } = trying(narrowBottleneck);
const narrowed = async (model: Model, recipe: string): Promise<Model> => (await apply(model, recipe)).model;

/** 12 channels between two layers, made from 6. */
function bottleneckNet(): Model {
  const net = new NetWriter(31);
  const hidden = net.node('Relu', [net.conv('image', { from: 3, to: 6, kernel: 3 })]);
  const narrow = net.conv(hidden, { from: 6, to: 12, kernel: 1 });
  return net.model(
    ['batch', 3, 16, 16],
    net.node('GlobalAveragePool', [net.node('Relu', [net.conv(narrow, { from: 12, to: 10, kernel: 1 })])]),
  );
}

describe('narrow-bottleneck', () => {
  it('is nearly exact where the channels were made from fewer, and adds no layer', async () => {
    const model = bottleneckNet();
    const small = await narrowed(model, 'narrow-bottleneck{layer=conv_2,keep=6,ridge=0.0000001}');
    // Of 12 channels that are a linear map of 6 channels and a bias.
    expect(await clearnessOf(model, small)).toBeGreaterThan(60);
    expect(viewOf(small).nodes.length).toBe(viewOf(model).nodes.length);
    expect(await clearnessOf(model, await narrowed(model, 'narrow-bottleneck{layer=conv_2,keep=3}'))).toBeLessThan(50);
  });

  it('would be noticed with a wrong formula: the same test fails when one bias is off', async () => {
    const model = bottleneckNet();
    const small = await narrowed(model, 'narrow-bottleneck{layer=conv_2,keep=6,ridge=0.0000001}');
    const broken = editModel(small, (graph) => {
      const bias = graph.constant(graph.nodes.find((node) => node.name === 'conv_3')?.inputs[2] ?? '');
      if (bias)
        graph.setConstant(
          constantOf(
            bias.name,
            bias.dims,
            floatsOf(bias).map((b) => b + 0.05),
          ),
        );
    });
    expect(await clearnessOf(model, broken)).toBeLessThan(45);
  });

  it('finds all pairs of a model by share, and gives the same bytes each time', async () => {
    const recipe = 'narrow-bottleneck{share=0.7,width=8,round=4}';
    const [a, b] = [await narrowed(bottleneckNet(), recipe), await narrowed(bottleneckNet(), recipe)];
    expect(Buffer.from(encodeModel(a)).equals(Buffer.from(encodeModel(b)))).toBe(true);
    const weight = viewOf(a).constant(viewOf(a).nodes.find((node) => node.name === 'conv_2')?.inputs[1] ?? '');
    expect(weight?.dims).toEqual([8, 6, 1, 1]);
  });

  it('refuses in a sentence', () => {
    const why = (recipe: string): string => narrowBottleneck.requires(bottleneckNet(), argsOf(recipe))?.why ?? '';
    expect(why('narrow-bottleneck')).toBe(
      'no two layers follow each other without an activation and with at least 64 channels between them',
    );
    expect(why('narrow-bottleneck{layer=conv_0,keep=2}')).toBe(
      '"conv_0" is no layer that one layer of single pixels reads directly, and nobody else',
    );
    expect(why('narrow-bottleneck{layer=conv_2,keep=12}')).toBe('conv_2 has 12 channels: keep=12 is not in 1..11');
  });
});
