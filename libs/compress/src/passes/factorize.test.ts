import { constantOf, editModel, encodeModel, floatsOf, type Model, viewOf } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { costOfModel } from '../cost-of-model.ts';
import { clearnessOf, contextFor, NetWriter, trying } from '../testing.ts';
import { factorize } from './factorize.ts';

const { argsOf, apply: applied } = trying(factorize);
const factorized = async (model: Model, recipe: string): Promise<Model> => (await applied(model, recipe)).model;

/** Layers that see few directions: features of 24 channels made from 6. */
function flatNet(kernel = 1): Model {
  const net = new NetWriter(21);
  const stem = net.conv('image', { from: 3, to: 6, kernel: 3 });
  const wide = net.conv(stem, { from: 6, to: 24, kernel: 1 });
  const layer = net.node('Relu', [net.conv(wide, { from: 24, to: 24, kernel, stride: kernel === 1 ? 1 : 2 })]);
  const flat = net.node('Flatten', [net.node('GlobalAveragePool', [layer])]);
  return net.model(
    ['batch', 3, 16, 16],
    net.node('Gemm', [flat, net.constant('w', [24, 16], (normal) => normal * 0.3), net.constant('b', [16], () => 0)]),
  );
}

describe('factorize', () => {
  it('is nearly exact at the rank of what a layer sees, and smaller', async () => {
    const model = flatNet();
    const thin = await factorized(model, 'factorize{layer=conv_2,rank=6,ridge=0.000001}');
    // Features of 24 channels that are a linear map of 6.
    expect(await clearnessOf(model, thin)).toBeGreaterThan(60);
    expect(costOfModel(thin).parameters).toBeLessThan(costOfModel(model).parameters);
  });

  it('fits what the layer sees better than the weights alone can tell', async () => {
    const model = flatNet();
    const seen = await clearnessOf(model, await factorized(model, 'factorize{layer=conv_2,rank=4}'));
    const blind = await clearnessOf(model, await factorized(model, 'factorize{layer=conv_2,rank=4,method=svd}'));
    expect(seen).toBeGreaterThan(blind + 3);
  });

  it('would be noticed with a wrong formula: the same test fails when one factor is off by a tenth', async () => {
    const model = flatNet();
    const thin = await factorized(model, 'factorize{layer=conv_2,rank=6,ridge=0.000001}');
    const broken = editModel(thin, (graph) => {
      const weight = graph.constant(graph.nodes.find((node) => node.name === 'conv_2_second')?.inputs[1] ?? '');
      if (weight)
        graph.setConstant(
          constantOf(
            weight.name,
            weight.dims,
            floatsOf(weight).map((w) => w * 1.1),
          ),
        );
    });
    expect(await clearnessOf(model, broken)).toBeLessThan(30);
  });

  it.each(['spatial', 'tucker', 'svd', 'pca'])('splits windows as %s: exact at full rank, worse below', async (method) => {
    const model = flatNet(3);
    const full = { spatial: 72, tucker: 24, svd: 24, pca: 24 }[method] ?? 24;
    expect(factorize.requires(model, argsOf(`factorize{layer=conv_2,rank=${full},method=${method}}`))?.why).toContain(
      'parameters instead of',
    );
    const noises: number[] = [];
    for (const rank of [16, 8, 4])
      noises.push(await clearnessOf(model, await factorized(model, `factorize{layer=conv_2,rank=${rank},method=${method}}`)));
    expect(noises[0]).toBeGreaterThan(noises[2] ?? 0);
    expect(noises[0]).toBeGreaterThan(8);
  });

  it('chooses ranks for a share of the parameters, and says of each layer what became of it', async () => {
    const model = flatNet(3);
    const { model: thin, changes, origins } = await applied(model, 'factorize{keep=0.6,width=8,round=4,kernels=both}');
    const layers = viewOf(thin).nodes.map((node) => viewOf(thin).idOf(node));
    expect(changes.map((change) => change.layer)).toContain('conv_2');
    for (const [part, origin] of origins) {
      expect(layers).toContain(part);
      expect(['conv_1', 'conv_2', 'gemm_6']).toContain(origin);
    }
    expect(costOfModel(thin).parameters / costOfModel(model).parameters).toBeLessThan(0.75);
    expect(await clearnessOf(model, thin)).toBeGreaterThan(5);
  });

  it.each(['original', 'chained'])('gives the same bytes each time: fit=%s', async (fit) => {
    const recipe = `factorize{keep=0.7,width=8,round=4,fit=${fit}}`;
    const [a, b] = [await factorized(flatNet(), recipe), await factorized(flatNet(), recipe)];
    expect(Buffer.from(encodeModel(a)).equals(Buffer.from(encodeModel(b)))).toBe(true);
    expect(await clearnessOf(flatNet(), a)).toBeGreaterThan(8);
  });

  it('refuses in a sentence what would not pay', async () => {
    const why = (recipe: string): string => factorize.requires(flatNet(), argsOf(recipe))?.why ?? '';
    expect(why('factorize')).toBe(
      'no layer is at least 64 wide on both sides and would be smaller at a rank that is a multiple of 16 (kernels=1x1)',
    );
    expect(why('factorize{layer=conv_2,rank=12}')).toBe('conv_2 stays whole: at rank 12 it would have 576 parameters instead of 576');
    expect(why('factorize{layer=conv_2,rank=30}')).toBe('conv_2 stays whole: rank=30 is not in 1..24');
    expect(why('factorize{layer=relu_3,rank=2}')).toBe('there is no layer "relu_3" with constant float32 weights of its own');
    expect(why('factorize{keep=2}')).toBe('keep=2 is not between 0 and 1');
    const model = flatNet();
    const result = await factorize.apply(model, argsOf('factorize{layer=conv_2,rank=4}'), contextFor(model, { calibration: undefined }));
    expect(result).toEqual({ kind: 'refused', why: 'there are no calibration images to fit the products on' });
  });
});
