import { createHash } from 'node:crypto';
import { isRefusal } from '@fleetfit/core';
import { constantOf, editModel, encodeModel, floatsOf, type Model, viewOf } from '@fleetfit/onnx';
import { parseRecipe } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { type Applied, applyRecipe } from '../apply-recipe.ts';
import { answersOf, calibrationOf, contextFor, fusedOps, images, lab, labModel, NetWriter, signalToNoise, smallNet } from '../testing.ts';
import { compressionPasses as passes } from './index.ts';

async function stored(model: Model, recipe: string): Promise<Applied> {
  const applied = await applyRecipe(model, parseRecipe(recipe), { passes, context: contextFor(model, { calibration: undefined }) });
  if (isRefusal(applied)) throw new Error(applied.why);
  return applied;
}

const all = images(8);
const model = smallNet(1, { norms: false });

describe('quantize-weights', () => {
  it.each(['expand', 'dequantize'])('stores a quarter of the weights and computes almost the same, form=%s', async (form) => {
    const { model: small } = await stored(model, `quantize-weights{form=${form}}`);
    const weights = [...small.graph.constants.values()].filter((constant) => constant.type === 'int8');
    expect(weights).toHaveLength(5); // the depthwise one has 72 numbers only
    expect(signalToNoise(await answersOf(model, all), await answersOf(small, all))).toBeGreaterThan(35);
  });

  it('computes the same in both forms', async () => {
    const [expand, dequantize] = await Promise.all(
      ['expand', 'dequantize'].map(async (form) => answersOf((await stored(model, `quantize-weights{form=${form}}`)).model, all)),
    );
    expect(expand).toEqual(dequantize);
  });

  it('would be noticed with a wrong formula: the scale of one layer off by a tenth', async () => {
    const { model: small } = await stored(model, 'quantize-weights');
    const broken = editModel(small, (graph) => {
      const mul = graph.nodes.find((node) => node.op === 'Mul');
      const scale = graph.constant(mul?.inputs[1] ?? '');
      if (scale)
        graph.setConstant(
          constantOf(
            scale.name,
            scale.dims,
            floatsOf(scale).map((s) => s * 1.1),
          ),
        );
    });
    expect(signalToNoise(await answersOf(model, all), await answersOf(broken, all))).toBeLessThan(35);
  });

  it('costs no time with form=expand: the runtime computes the weights when it loads', async () => {
    expect(await fusedOps((await stored(model, 'quantize-weights{form=expand}')).model)).toEqual(await fusedOps(model));
    expect((await fusedOps((await stored(model, 'quantize-weights{form=dequantize}')).model)).DequantizeLinear).toBe(5);
  });

  it('loses less in 4 bits when weights are rounded for the outputs of their layer, and refuses that without images', async () => {
    const wanted = await answersOf(model, all);
    const context = contextFor(model, { calibration: calibrationOf('image', images(32, { seed: 8 })) });
    const noise = async (args: string): Promise<number> => {
      const applied = await applyRecipe(model, parseRecipe(`quantize-weights{bits=4,${args}}`), { passes, context });
      if (isRefusal(applied)) throw new Error(applied.why);
      const values = [...applied.model.graph.constants.values()].filter((constant) => constant.type === 'int8');
      const levels = new Set(values.flatMap(({ data }) => (data.kind === 'raw' ? [...new Int8Array(data.bytes.slice().buffer)] : [])));
      expect(Math.max(...levels)).toBeLessThanOrEqual(7);
      return signalToNoise(wanted, await answersOf(applied.model, all));
    };
    const nearest = await noise('rounding=nearest');
    expect(await noise('rounding=adaptive')).toBeGreaterThan(nearest + 3);
    expect(await noise('rounding=nearest,step=1.5')).toBeLessThan(nearest);
    await expect(stored(model, 'quantize-weights{rounding=adaptive}')).rejects.toThrow('no calibration images');
    await expect(stored(model, 'quantize-weights{step=3}')).rejects.toThrow('step=3 is not in 1..2');
  });

  it('is finer per channel than per tensor', async () => {
    const wanted = await answersOf(model, all);
    const noise = async (per: string): Promise<number> =>
      signalToNoise(wanted, await answersOf((await stored(model, `quantize-weights{per=${per}}`)).model, all));
    expect(await noise('channel')).toBeGreaterThan(await noise('tensor'));
  });

  it('stores a weight that two layers share once', async () => {
    const net = new NetWriter(2);
    const weight = net.constant('w', [3, 3, 5, 5], (normal) => normal * 0.1);
    const attributes = { pads: [2, 2, 2, 2] };
    const twice = net.node('Conv', [net.node('Conv', ['image', weight], { attributes }), weight], { attributes });
    const { model: small } = await stored(net.model([1, 3, 16, 16], twice), 'quantize-weights');
    expect(
      viewOf(small)
        .nodes.map((node) => node.op)
        .sort(),
    ).toEqual(['Cast', 'Conv', 'Conv', 'Mul']);
  });

  it('keeps a weight that is read in another way too, and says so', async () => {
    const net = new NetWriter(2);
    const weight = net.constant('w', [3, 3, 5, 5], (normal) => normal);
    const conv = net.node('Conv', ['image', weight]);
    const both = net.node('Add', [net.node('GlobalAveragePool', [conv]), net.node('ReduceMean', [weight])]);
    const mixed = net.model([1, 3, 16, 16], both);
    const refused = await applyRecipe(mixed, parseRecipe('quantize-weights'), { passes, context: contextFor(mixed) });
    expect(refused).toMatchObject({ kind: 'refused', why: expect.stringContaining('conv_0: its weight "w" is read in other ways too') });
  });

  it('gives the same bytes each time', async () => {
    const sha256 = async (): Promise<string> =>
      createHash('sha256')
        .update(encodeModel((await stored(model, 'quantize-weights')).model))
        .digest('hex');
    expect(await sha256()).toBe(await sha256());
  });

  it.skipIf(!lab)('stores real models of old opsets too (needs ../shared)', async () => {
    const resnet = labModel('resnet20-cifar10.onnx');
    const some = images(2, { dims: [1, 3, 32, 32] });
    for (const form of ['expand', 'dequantize']) {
      const { model: small } = await stored(resnet, `quantize-weights{form=${form}}`);
      expect(encodeModel(small).length / encodeModel(resnet).length).toBeLessThan(0.3);
      expect(signalToNoise(await answersOf(resnet, some), await answersOf(small, some))).toBeGreaterThan(25);
    }
  });
});
