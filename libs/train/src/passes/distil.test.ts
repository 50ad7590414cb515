import { isRefusal, seededRng } from '@fleetfit/core';
import { type Calibration, constantOf, encodeModel, floatsOf, type Model, type PassContext } from '@fleetfit/onnx';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { describe, expect, it } from 'vitest';
import { tinyClassifier } from '../testing/tiny-classifier.ts';
import { distil } from './distil.ts';

const runtime = nodeRuntime();
const COUNT = 64;
const rng = seededRng('images');
const images = Array.from({ length: COUNT }, () => Float32Array.from({ length: 72 }, () => rng.normal()));
const calibration: Calibration = {
  input: 'x',
  count: COUNT,
  *batches(size) {
    for (let at = 0; at < COUNT; at += size) {
      const part = images.slice(at, at + size);
      yield { type: 'float32', dims: [part.length, 2, 6, 6], data: Float32Array.from(part.flatMap((image) => [...image])) };
    }
  },
};
const original = tinyClassifier();
const contextOf = (more: Partial<PassContext> = {}): PassContext => ({
  runtime,
  threads: 1,
  calibration,
  original,
  rng: seededRng('distil'),
  signal: new AbortController().signal,
  progress: () => {},
  ...more,
});
const args = { epochs: 12, lr: 0.01, batch: 16, temperature: 2, teacher: 'original' };

/** The original with noise on its kernels, as a rough compression leaves it. */
function damaged(model: Model = original): Model {
  const noise = seededRng('noise');
  const constants = [...model.graph.constants.values()].map((constant) => {
    if (constant.dims.length < 2) return constant;
    return constantOf(
      constant.name,
      constant.dims,
      floatsOf(constant).map((w) => w + 0.4 * noise.normal()),
    );
  });
  return { ...model, graph: { ...model.graph, constants: new Map(constants.map((constant) => [constant.name, constant])) } };
}

async function answers(model: Model): Promise<Float32Array> {
  const session = await runtime.open(
    { graph: encodeModel(model), externalData: new Map() },
    { provider: 'cpu', threads: 1, optimization: 'all' },
  );
  const fresh = seededRng('held out');
  const { z } = await session.run({
    x: { type: 'float32', dims: [100, 2, 6, 6], data: Float32Array.from({ length: 7200 }, () => fresh.normal()) },
  });
  await session.close();
  if (!(z?.data instanceof Float32Array)) throw new Error('no answers');
  return z.data;
}

async function distance(model: Model): Promise<number> {
  const [wanted, found] = [await answers(original), await answers(model)];
  const square = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
  return square(found.map((value, i) => value - (wanted[i] ?? 0))) / square(wanted);
}

describe('distil', { timeout: 60_000 }, () => {
  it('brings a damaged network back towards the original, on images that it never saw', async () => {
    const before = await distance(damaged());
    const result = await distil.apply(damaged(), args, contextOf());
    if (isRefusal(result)) throw new Error(result.why);
    expect(before).toBeGreaterThan(0.2);
    expect(await distance(result.model)).toBeLessThan(before / 4);
    expect(result.model.graph.nodes).toEqual(original.graph.nodes);
  });

  it('gives the same bytes for the same images and seed', async () => {
    const once = async () => {
      const result = await distil.apply(damaged(), { ...args, epochs: 1 }, contextOf());
      if (isRefusal(result)) throw new Error(result.why);
      return Buffer.from(encodeModel(result.model));
    };
    expect((await once()).equals(await once())).toBe(true);
  });

  it('learns the logits of a network that ends in a softmax', async () => {
    const soft = tinyClassifier({ softmax: true });
    const result = await distil.apply(damaged(soft), args, contextOf({ original: soft }));
    if (isRefusal(result)) throw new Error(result.why);
    const bare = { ...original, graph: { ...original.graph, constants: result.model.graph.constants } };
    expect(await distance(bare)).toBeLessThan(0.1);
  });

  it('says why it will not: no images, integer weights, odd settings, another answer than the original’s', async () => {
    const without = await distil.apply(damaged(), args, contextOf({ calibration: undefined }));
    expect(without).toMatchObject({ why: 'there are no calibration images to distil on' });
    const quantized = tinyClassifier({ extra: [{ name: 'q', op: 'QuantizeLinear', inputs: ['z', 'head.b'], outputs: ['i'] }] });
    expect(distil.requires(quantized, args)).toMatchObject({ why: expect.stringContaining('distil first, then quantize') });
    expect(distil.requires(original, { ...args, epochs: 0 })).toMatchObject({ why: expect.stringContaining('epochs=0') });
    const wide = tinyClassifier({ extra: [{ op: 'Concat', inputs: ['z', 'z'], outputs: ['zz'], attributes: { axis: 1 } }] });
    const doubled = {
      ...wide,
      graph: { ...wide.graph, outputs: [{ name: 'zz', type: 'float32' as const, dims: undefined, wire: undefined }] },
    };
    const other = await distil.apply(damaged(), args, contextOf({ original: doubled }));
    expect(other).toMatchObject({ why: expect.stringContaining('its output "z" has 48 numbers for 16 images, the original\'s 96') });
  });

  it('tells how far it is, and stops when it is cancelled', async () => {
    const controller = new AbortController();
    const said: number[] = [];
    const progress = (done: number): void => {
      said.push(done);
      if (said.length === 5) controller.abort();
    };
    await expect(distil.apply(damaged(), args, contextOf({ signal: controller.signal, progress }))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(said).toHaveLength(5);
    expect(said[4]).toBeGreaterThan(said[0] ?? 1);
  });
});
