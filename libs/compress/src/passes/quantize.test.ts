import { createHash } from 'node:crypto';
import { isRefusal } from '@fleetfit/core';
import { constantOf, editModel, encodeModel, type Model, viewOf } from '@fleetfit/onnx';
import { parseRecipe } from '@fleetfit/space';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Applied, applyRecipe } from '../apply-recipe.ts';
import { answersOf, calibrationOf, contextFor, fusedOps, images, lab, labModel, NetWriter, signalToNoise, smallNet } from '../testing.ts';
import { compressionPasses } from './index.ts';

async function quantized(model: Model, recipe = 'quantize', more = {}): Promise<Applied> {
  const applied = await applyRecipe(model, parseRecipe(recipe), { passes: compressionPasses, context: contextFor(model, more) });
  if (isRefusal(applied)) throw new Error(applied.why);
  return applied;
}

const sha256 = (model: Model): string => createHash('sha256').update(encodeModel(model)).digest('hex');

// Calibrated on the images that are judged: nothing clips by surprise, what is left is rounding.
describe('quantize', () => {
  const model = smallNet();
  const all = images(16, { seed: 9 });
  const same = { calibration: calibrationOf('image', all) };
  let wanted: Float32Array[];
  beforeAll(async () => {
    wanted = await answersOf(model, all);
  });

  it.each(['min-max', 'percentile', 'mse'])('stays close to the float model with %s ranges', async (range) => {
    const { model: int8 } = await quantized(model, `quantize{range=${range}}`, same);
    expect(signalToNoise(wanted, await answersOf(int8, all))).toBeGreaterThan(25);
  });

  it('rounds coarser with 7 bits, and with one scale per tensor', async () => {
    const noise = async (recipe: string): Promise<number> =>
      signalToNoise(wanted, await answersOf((await quantized(model, recipe, same)).model, all));
    const best = await noise('quantize');
    expect(await noise('quantize{bits=7}')).toBeLessThan(best);
    expect(await noise('quantize{per=tensor}')).toBeLessThan(best);
  });

  it('would be noticed with a wrong formula: a weight scale that is off by a tenth', async () => {
    const { model: int8 } = await quantized(model, 'quantize', same);
    const broken = editModel(int8, (graph) => {
      const dequantize = graph.nodes.find(
        (node) => node.op === 'DequantizeLinear' && graph.constant(node.inputs[0] ?? '')?.type === 'int8',
      );
      const scale = graph.constant(dequantize?.inputs[1] ?? '');
      if (scale) graph.setConstant(constantOf(scale.name, scale.dims, new Float32Array(scale.dims[0] ?? 1).fill(0.01)));
    });
    expect(signalToNoise(wanted, await answersOf(broken, all))).toBeLessThan(25);
  });

  it('becomes integer kernels in onnxruntime, with float answers', async () => {
    const { model: int8 } = await quantized(model);
    const ops = await fusedOps(int8);
    expect(ops).toMatchObject({ QLinearConv: 5, QLinearAdd: 1, QLinearGlobalAveragePool: 1, QGemm: 1, QuantizeLinear: 1 });
    expect(ops).not.toHaveProperty('DequantizeLinear');
    expect(ops).not.toHaveProperty('Relu');
    expect(ops).not.toHaveProperty('Conv');
  });

  it('keeps the first convolution float with stem=float', async () => {
    const { model: mixed } = await quantized(model, 'quantize{stem=float}');
    const ops = await fusedOps(mixed);
    expect(ops.QLinearConv).toBe(4);
    expect((ops.Conv ?? 0) + (ops.FusedConv ?? 0)).toBe(1);
  });

  it('keeps skipped layers float in the runtime too, between integer ones', async () => {
    const skipped = viewOf(model).nodes.filter((node) => node.op === 'Conv')[2]?.name ?? '';
    const { model: mixed, history } = await quantized(model, `quantize{skip="${skipped}"}`, same);
    const ops = await fusedOps(mixed);
    expect(ops.QLinearConv).toBe(4);
    expect((ops.Conv ?? 0) + (ops.FusedConv ?? 0)).toBe(1);
    expect(history[0]?.changes).toContainEqual({ kind: 'refused', layer: skipped, why: 'it was told to stay float (skip)' });
    expect(signalToNoise(wanted, await answersOf(mixed, all, 'all'))).toBeGreaterThan(25);
  });

  it('keeps float what alone would be louder than the floor, and refuses when nothing is left', async () => {
    const { model: mixed, history } = await quantized(model, 'quantize{floor=52}', same);
    const { model: int8 } = await quantized(model, 'quantize', same);
    expect(history[0]?.changes).toContainEqual(
      expect.objectContaining({ kind: 'refused', why: expect.stringContaining('below floor=52') }),
    );
    expect(signalToNoise(wanted, await answersOf(mixed, all))).toBeGreaterThan(signalToNoise(wanted, await answersOf(int8, all)));
    await expect(quantized(model, 'quantize{floor=200}', same)).rejects.toThrow('every activation is below floor=200 dB');
    await expect(quantized(model, 'quantize{skip=nobody}', same)).rejects.toThrow('no layer "nobody"');
  });

  it('gives the same bytes for the same recipe and images', async () => {
    expect(sha256((await quantized(model)).model)).toBe(sha256((await quantized(model)).model));
    const others = { calibration: calibrationOf('image', images(4, { seed: 77 })) };
    expect(sha256((await quantized(model, 'quantize', others)).model)).not.toBe(sha256((await quantized(model)).model));
  });

  it('names the layer of the original that every node stands for', async () => {
    const { model: int8, origins } = await quantized(model);
    const before = new Set(viewOf(model).nodes.map((node) => viewOf(model).idOf(node)));
    const graph = viewOf(int8);
    const strangers = graph.nodes.map((node) => graph.idOf(node)).filter((id) => !before.has(origins.get(id) ?? id));
    expect(strangers).toEqual(['image_quantize', 'image_dequantize']); // the image comes from no layer
  });

  it('refuses without calibration images', async () => {
    const context = contextFor(model, { calibration: undefined });
    const refused = await applyRecipe(model, parseRecipe('quantize'), { passes: compressionPasses, context });
    expect(refused).toEqual({
      kind: 'refused',
      why: 'quantize: there are no calibration images to find the ranges of activations with',
    });
  });

  it('refuses a model without layers to quantize', async () => {
    const net = new NetWriter(1);
    const relu = net.model([1, 3, 16, 16], net.node('Relu', ['image']));
    const refused = await applyRecipe(relu, parseRecipe('quantize'), { passes: compressionPasses, context: contextFor(relu) });
    expect(refused).toMatchObject({ why: expect.stringContaining('no convolution or dense layer with constant float32 weights') });
  });

  it('leaves the convolution that makes the answers float, and says so', async () => {
    const net = new NetWriter(5);
    const hidden = net.node('Relu', [net.conv('image', { from: 3, to: 8, kernel: 3 })]);
    const boxes = net.conv(hidden, { from: 8, to: 4, kernel: 1 });
    const detector = net.model([1, 3, 16, 16], net.node('Sigmoid', [boxes]));
    const { history, model: int8 } = await quantized(detector);
    expect(history[0]?.changes).toContainEqual({
      kind: 'refused',
      layer: boxes,
      why: 'it makes an answer of the model, which stays float',
    });
    expect(await fusedOps(int8)).toMatchObject({ QLinearConv: 1, DequantizeLinear: 1 });
  });

  it('keeps a large bias of a channel without weights', async () => {
    const net = new NetWriter(6);
    net.constant('w', [2, 3, 1, 1], () => 0);
    net.constant('b', [2], () => 5);
    const dead = net.node('Relu', [net.node('Conv', ['image', 'w', 'b'])]);
    const model = net.model([1, 3, 16, 16], net.node('GlobalAveragePool', [dead]));
    const { model: int8 } = await quantized(model);
    const [answer] = await answersOf(int8, images(1), 'all');
    expect(answer?.[0]).toBeCloseTo(5, 1);
  });

  it.skipIf(!lab)(
    'is fused wholly on mobilenetv2 and squeezenet (needs ../shared)',
    async () => {
      const few = (each: Model): object => ({
        calibration: calibrationOf(each.graph.inputs[0]?.name ?? '', images(1, { dims: [1, 3, 224, 224] })),
      });
      const mobilenet = labModel('mobilenetv2-1.0.onnx');
      const mobile = await fusedOps((await quantized(mobilenet, 'quantize', few(mobilenet))).model);
      expect(mobile).toMatchObject({ QLinearConv: 52, QLinearAdd: 10, QLinearGlobalAveragePool: 1, QGemm: 1, QuantizeLinear: 1 });
      expect(mobile).not.toHaveProperty('DequantizeLinear');
      const squeezenet = labModel('squeezenet1.1.onnx');
      const squeeze = await fusedOps((await quantized(squeezenet, 'quantize', few(squeezenet))).model);
      expect(squeeze).toMatchObject({ QLinearConv: 26, QLinearConcat: 8, QuantizeLinear: 1, DequantizeLinear: 1 });
    },
    60_000,
  );
});
