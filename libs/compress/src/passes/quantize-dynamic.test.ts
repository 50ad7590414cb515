import { createHash } from 'node:crypto';
import { isRefusal } from '@fleetfit/core';
import { constantOf, editModel, encodeModel, floatsOf, type Model } from '@fleetfit/onnx';
import { parseRecipe } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { type Applied, applyRecipe } from '../apply-recipe.ts';
import { answersOf, contextFor, fusedOps, images, lab, labModel, NetWriter, signalToNoise, smallNet } from '../testing.ts';
import { compressionPasses as passes } from './index.ts';

async function dynamic(model: Model, recipe = 'quantize-dynamic'): Promise<Applied> {
  const applied = await applyRecipe(model, parseRecipe(recipe), { passes, context: contextFor(model, { calibration: undefined }) });
  if (isRefusal(applied)) throw new Error(applied.why);
  return applied;
}

const all = images(8);
const model = smallNet();

describe('quantize-dynamic', () => {
  it('needs no calibration images and stays close to the float model', async () => {
    const { model: int8 } = await dynamic(model);
    expect(signalToNoise(await answersOf(model, all), await answersOf(int8, all))).toBeGreaterThan(30);
  });

  it('would be noticed with a wrong formula: the weight scale of one layer off by a tenth', async () => {
    const { model: int8 } = await dynamic(model);
    const broken = editModel(int8, (graph) => {
      const scale = [...graph.graph.constants.values()].find((constant) => constant.name.endsWith('_scale'));
      if (scale)
        graph.setConstant(
          constantOf(
            scale.name,
            scale.dims,
            floatsOf(scale).map((s) => s * 1.1),
          ),
        );
    });
    expect(signalToNoise(await answersOf(model, all), await answersOf(broken, all))).toBeLessThan(30);
  });

  it('is finer per channel than per tensor', async () => {
    const wanted = await answersOf(model, all);
    const noise = async (per: string): Promise<number> =>
      signalToNoise(wanted, await answersOf((await dynamic(model, `quantize-dynamic{per=${per}}`)).model, all));
    expect(await noise('channel')).toBeGreaterThan(await noise('tensor'));
  });

  it('makes dense layers one kernel, and leaves convolutions alone with layers=dense', async () => {
    const ops = await fusedOps((await dynamic(model, 'quantize-dynamic{layers=dense}')).model);
    expect(ops).toMatchObject({ DynamicQuantizeMatMul: 1 });
    expect(ops).not.toHaveProperty('ConvInteger');
    expect(await fusedOps((await dynamic(model)).model)).toMatchObject({ DynamicQuantizeMatMul: 1, ConvInteger: 4 }); // depthwise: 72 numbers
  });

  it.each([0, 1])('reads the weight of a Gemm with transB=%i', async (transB) => {
    const net = new NetWriter(8);
    const weight = net.constant('w', transB === 1 ? [20, 12] : [12, 20], (normal) => normal);
    const dense = net.model(
      [1, 12],
      net.node('Gemm', ['image', weight, net.constant('b', [20], (normal) => normal)], { attributes: { transB } }),
    );
    const some = images(4, { dims: [1, 12] });
    const { model: int8 } = await dynamic(dense);
    expect(signalToNoise(await answersOf(dense, some), await answersOf(int8, some))).toBeGreaterThan(30);
  });

  it('refuses layers=dense for a model of convolutions', async () => {
    const net = new NetWriter(1);
    const convs = net.model([1, 3, 16, 16], net.conv('image', { from: 3, to: 8, kernel: 3 }));
    const refused = await applyRecipe(convs, parseRecipe('quantize-dynamic{layers=dense}'), { passes, context: contextFor(convs) });
    expect(refused).toMatchObject({ why: expect.stringContaining('the model has no dense layer with constant float32 weights') });
  });

  it('gives the same bytes each time', async () => {
    const sha256 = async (): Promise<string> =>
      createHash('sha256')
        .update(encodeModel((await dynamic(model)).model))
        .digest('hex');
    expect(await sha256()).toBe(await sha256());
  });

  it.skipIf(!lab)('runs on models of old opsets (needs ../shared)', async () => {
    for (const [file, dims] of [
      ['resnet20-cifar10.onnx', [1, 3, 32, 32]],
      ['mnist-8.onnx', [1, 1, 28, 28]],
    ] as const) {
      const real = labModel(file);
      const some = images(2, { dims });
      const { model: int8 } = await dynamic(real);
      expect(signalToNoise(await answersOf(real, some), await answersOf(int8, some)), file).toBeGreaterThan(20);
    }
  });
});
