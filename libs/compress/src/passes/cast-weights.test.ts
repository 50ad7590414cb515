import { createHash } from 'node:crypto';
import { isRefusal } from '@fleetfit/core';
import { constantOf, editModel, encodeModel, float16ArrayOf, type Model, viewOf } from '@fleetfit/onnx';
import { parseRecipe } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { type Applied, applyRecipe } from '../apply-recipe.ts';
import { answersOf, contextFor, fusedOps, images, lab, labModel, largestDifference, NetWriter, smallNet } from '../testing.ts';
import { compressionPasses as passes } from './index.ts';

async function cast(model: Model, recipe = 'cast-weights{to=float16}'): Promise<Applied> {
  const applied = await applyRecipe(model, parseRecipe(recipe), { passes, context: contextFor(model, { calibration: undefined }) });
  if (isRefusal(applied)) throw new Error(applied.why);
  return applied;
}

const all = images(4);
// Half floats keep 11 bits: each of 7 layers adds about 2^-12 of answers of size about 1.
const TOLERANCE = 0.01;

describe('cast-weights', () => {
  it('halves the weights and computes almost the same', async () => {
    const model = smallNet();
    const { model: half } = await cast(model);
    expect(encodeModel(half).length).toBeLessThan(encodeModel(model).length * 0.75); // names and small constants stay
    const difference = largestDifference(await answersOf(model, all), await answersOf(half, all));
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(TOLERANCE);
  });

  it('would be noticed with a wrong formula: halves that are off in one weight', async () => {
    const model = smallNet();
    const { model: half } = await cast(model);
    const broken = editModel(half, (graph) => {
      const stored = graph.constant(graph.nodes.find((node) => node.op === 'Cast')?.inputs[0] ?? '');
      const count = stored?.dims.reduce((product, dim) => product * dim, 1) ?? 0;
      if (stored) graph.setConstant(constantOf(stored.name, stored.dims, float16ArrayOf(new Float32Array(count).fill(0.1))));
    });
    expect(largestDifference(await answersOf(model, all), await answersOf(broken, all))).toBeGreaterThan(TOLERANCE);
  });

  it('leaves inputs, outputs and the running graph as they were: the runtime computes the casts when it loads', async () => {
    const model = smallNet();
    const { model: half } = await cast(model);
    expect(half.graph.inputs).toEqual(model.graph.inputs);
    expect(half.graph.outputs).toEqual(model.graph.outputs);
    expect(await fusedOps(half)).toEqual(await fusedOps(model));
  });

  it('keeps a weight that no half float can hold, and says so', async () => {
    const net = new NetWriter(1);
    const model = net.model([1, 3, 16, 16], net.node('Conv', ['image', net.constant('w', [8, 3, 3, 3], (normal) => normal * 1e5)]));
    const { model: same, history } = await cast(model);
    expect(same).toBe(model);
    expect(history[0]?.changes).toEqual([
      { kind: 'refused', layer: 'conv_0', why: expect.stringMatching(/^"w" reaches [\d.]+, beyond 65504/) },
    ]);
  });

  it('leaves the scales of quantizers alone', async () => {
    const context = contextFor(smallNet());
    const applied = await applyRecipe(smallNet(), parseRecipe('quantize | cast-weights'), { passes, context });
    expect(applied).toMatchObject({ kind: 'refused', why: expect.stringContaining('no float32 constant is large enough') });
  });

  it('gives the same bytes each time', async () => {
    const sha256 = async (): Promise<string> =>
      createHash('sha256')
        .update(encodeModel((await cast(smallNet())).model))
        .digest('hex');
    expect(await sha256()).toBe(await sha256());
  });

  it.skipIf(!lab)('halves real models, Constant-node weights included (needs ../shared)', async () => {
    for (const file of ['resnet20-cifar10.onnx', 'mnist-8.onnx', 'ppocr-cls.onnx']) {
      const model = labModel(file);
      const { model: half } = await cast(model);
      expect(encodeModel(half).length / encodeModel(model).length, file).toBeLessThan(0.8);
      expect(viewOf(half).nodes.some((node) => node.op === 'Cast')).toBe(true);
      const dims = file.startsWith('mnist') ? [1, 1, 28, 28] : file.startsWith('resnet') ? [1, 3, 32, 32] : [1, 3, 48, 192];
      const some = images(2, { dims });
      const wanted = await answersOf(model, some);
      const size = Math.max(...wanted.flatMap((answer) => [...answer].map(Math.abs)));
      expect(largestDifference(wanted, await answersOf(half, some)), file).toBeLessThan(size * 0.02);
    }
  });
});
