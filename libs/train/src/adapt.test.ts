import { seededRng } from '@fleetfit/core';
import { buildModel, constantOf, encodeModel, floatsOf, type Model } from '@fleetfit/onnx';
import { ChannelOrder, Layout } from '@fleetfit/protocol';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { adaptSettings } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { type AdaptOptions, adapt } from './adapt.ts';
import { augment } from './augment.ts';
import { freezeDepth } from './freeze-depth.ts';
import { type LabelledImages, labelledBatches } from './labelled-batches.ts';
import { replaceHead } from './replace-head.ts';
import { tinyClassifier } from './testing/tiny-classifier.ts';
import { decodeDraft, encodeDraft } from './training-draft.ts';

const runtime = nodeRuntime();
const CLASSES = 5;
const shape = { height: 6, width: 6, channels: 3 };
const preparation = { input: 'x', order: ChannelOrder.CHANNEL_ORDER_RGB, layout: Layout.LAYOUT_NCHW, scale: 1 / 128, mean: [1], std: [1] };

// The class shows as a colour under noise: which two of the channels are bright.
function coloured(count: number, seed: string): LabelledImages {
  const bright = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [1, 1, 0],
    [0, 1, 1],
  ];
  const rng = seededRng(seed);
  const labels = Array.from({ length: count }, (_, i) => i % CLASSES);
  const pictures = labels.map((label) =>
    Uint8Array.from({ length: 108 }, (_, i) => Math.min(255, Math.max(0, 70 + 60 * rng.normal() + 70 * (bright[label]?.[i % 3] ?? 0)))),
  );
  return { shape, preparation, labels, read: async (index) => pictures[index] ?? new Uint8Array() };
}

const settings = adaptSettings.parse({ epochs: 5, rate: 0.02, batch: 20, unfrozen: 1 });
const options = (more: Partial<AdaptOptions> = {}): AdaptOptions => ({
  runtime,
  threads: 1,
  training: coloured(200, 'training'),
  validation: coloured(100, 'validation'),
  classes: CLASSES,
  settings,
  signal: new AbortController().signal,
  ...more,
});
const original = tinyClassifier({ channels: 3 });

describe('adapt', { timeout: 60_000 }, () => {
  it('teaches a network classes that it was not made for, and keeps its best epoch', async () => {
    const { model, best, figures } = await adapt(original, options());
    expect(best.accuracy).toBeGreaterThan(0.8);
    expect(best.accuracy).toBe(Math.max(...figures.map(({ accuracy }) => accuracy)));
    const session = await runtime.open(
      { graph: encodeModel(model), externalData: new Map() },
      { provider: 'cpu', threads: 1, optimization: 'all' },
    );
    const { z } = await session.run({ x: { type: 'float32', dims: [2, 3, 6, 6], data: new Float32Array(216) } });
    await session.close();
    expect(z?.dims).toEqual([2, CLASSES]);
  });

  it('does better with the last layers trained than with the head alone', async () => {
    const whole = await adapt(original, options());
    const alone = await adapt(original, options({ settings: { ...settings, unfrozen: 0 } }));
    expect(whole.best.accuracy).toBeGreaterThan(alone.best.accuracy);
    const kernel = (model: Model) => [...floatsOf(model.graph.constants.get('stem.w') ?? constantOf('', [0], new Float32Array()))];
    expect(kernel(alone.model)).toEqual(kernel(original));
    expect(kernel(whole.model)).not.toEqual(kernel(original));
  });

  it('goes on from a draft to the same bytes', async () => {
    const kept: Uint8Array[] = [];
    const whole = await adapt(original, options({ onEpoch: (_, draft) => void kept.push(encodeDraft(draft)) }));
    const [, second] = kept;
    if (!second) throw new Error('no draft');
    const resumed = await adapt(original, options({ resume: decodeDraft(second) }));
    expect(resumed.figures).toEqual(whole.figures);
    expect(Buffer.from(encodeModel(resumed.model)).equals(encodeModel(whole.model))).toBe(true);
    expect(() => decodeDraft(second.subarray(0, second.length - 8))).toThrow('its draft ends early');
  });

  it('stops early once it gets no better, and at once when it is cancelled', async () => {
    const stuck = await adapt(original, options({ settings: { ...settings, rate: 1e-9, unfrozen: 0, epochs: 9, patience: 2 } }));
    expect(stuck.figures).toHaveLength(3);
    const controller = new AbortController();
    const cancelled = adapt(original, options({ signal: controller.signal, onStep: () => controller.abort() }));
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('refuses labels and sets that do not fit', async () => {
    await expect(adapt(original, options({ classes: 4 }))).rejects.toThrow('label 4 is out of range, there are 4 classes');
    await expect(adapt(original, options({ validation: coloured(0, 'none') }))).rejects.toThrow(
      '200 images to train on and 0 to validate on',
    );
  });
});

describe('a new head', { timeout: 60_000 }, () => {
  const rng = () => seededRng('head');
  const answers = async (model: Model): Promise<readonly number[] | undefined> => {
    const session = await runtime.open(
      { graph: encodeModel(model), externalData: new Map() },
      { provider: 'cpu', threads: 1, optimization: 'all' },
    );
    const [output] = Object.values(await session.run({ x: { type: 'float32', dims: [1, 3, 6, 6], data: new Float32Array(108) } }));
    await session.close();
    return output?.dims;
  };
  const random = (name: string, dims: readonly number[]) =>
    constantOf(
      name,
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => (i % 7) / 7),
    );

  it('takes the place of a Gemm, before a softmax too, with a hidden layer where one is wanted', async () => {
    for (const hidden of [0, 8]) {
      const { model, head } = replaceHead(tinyClassifier({ channels: 3, softmax: true }), { classes: 7, hidden, rng: rng() });
      expect(await answers(model)).toEqual([1, 7]);
      expect(head).toHaveLength(hidden === 0 ? 2 : 4);
    }
  });

  it('takes the place of a MatMul and its bias, and of a convolution before a pool that ends in a fixed shape', async () => {
    const matmul = buildModel({
      name: 'm',
      opset: 17,
      inputs: [{ name: 'x', type: 'float32', dims: [1, 3, 6, 6] }],
      outputs: [{ name: 'y', type: 'float32', dims: [1, 4] }],
      nodes: [
        { op: 'Flatten', inputs: ['x'], outputs: ['f'] },
        { op: 'MatMul', inputs: ['f', 'w'], outputs: ['m'] },
        { op: 'Add', inputs: ['m', 'b'], outputs: ['y'] },
      ],
      constants: [random('w', [108, 4]), random('b', [4])],
    });
    expect(await answers(replaceHead(matmul, { classes: 9, hidden: 0, rng: rng() }).model)).toEqual([1, 9]);
    const conv = buildModel({
      name: 'c',
      opset: 17,
      inputs: [{ name: 'x', type: 'float32', dims: [1, 3, 6, 6] }],
      outputs: [{ name: 'y', type: 'float32', dims: [1, 4] }],
      nodes: [
        { op: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['c'] },
        { op: 'Relu', inputs: ['c'], outputs: ['r'] },
        { op: 'GlobalAveragePool', inputs: ['r'], outputs: ['p'] },
        { op: 'Reshape', inputs: ['p', 'shape'], outputs: ['y'] },
      ],
      constants: [random('w', [4, 3, 1, 1]), random('b', [4]), constantOf('shape', [2], BigInt64Array.of(1n, 4n))],
    });
    expect(await answers(replaceHead(conv, { classes: 9, hidden: 0, rng: rng() }).model)).toEqual([1, 9]);
  });

  it('is refused where no classifier is found', () => {
    const none = buildModel({
      name: 'n',
      opset: 17,
      inputs: [{ name: 'x', type: 'float32', dims: [1, 3] }],
      outputs: [{ name: 'y', type: 'float32', dims: [1, 3] }],
      nodes: [{ name: 'wave', op: 'Sin', inputs: ['x'], outputs: ['y'] }],
    });
    expect(() => replaceHead(none, { classes: 2, hidden: 0, rng: rng() })).toThrow('Sin "wave" comes before any classifier');
  });
});

describe('what is varied and frozen', () => {
  it('keeps a picture as it is where nothing is to vary, and mirrors, shifts and changes it within limits', () => {
    const pixels = Uint8Array.from({ length: 108 }, (_, i) => 2 * i);
    const rng = seededRng('augment');
    const still = { flip: false, shift: 0, jitter: 0 };
    expect(augment(pixels, shape, { augmentation: still, rng })).toEqual(pixels);
    const mirrored = Array.from({ length: 20 }, () => augment(pixels, shape, { augmentation: { ...still, flip: true }, rng }));
    expect(new Set(mirrored.map((each) => each[0])).size).toBe(2);
    expect(mirrored.find((each) => each[0] !== pixels[0])?.[0]).toBe(pixels[15]);
    const jittered = augment(pixels, shape, { augmentation: { ...still, jitter: 0.3 }, rng });
    expect(Math.max(...jittered.map((value, i) => Math.abs(value - (pixels[i] ?? 0))))).toBeLessThan(0.3 * 256 + 1);
  });

  it('counts layers from the end', () => {
    const frozen = freezeDepth(original, 0.4, ['head.w']);
    expect(['stem.w', 'n1.scale', 'left.w'].map(frozen)).toEqual([true, true, true]);
    expect(['right.w', 'head.w', 'head.b'].map(frozen)).toEqual([false, false, false]);
    expect(['stem.w', 'head.w'].map(freezeDepth(original, 0, ['head.w']))).toEqual([true, false]);
  });

  it('makes batches whose labels sum to 1, the same for the same seed', async () => {
    const source = labelledBatches(coloured(50, 'batches'), { ...settings, classes: CLASSES, mixup: true, smoothing: 0.1, seed: 3 });
    const again = labelledBatches(coloured(50, 'batches'), { ...settings, classes: CLASSES, mixup: true, smoothing: 0.1, seed: 3 });
    for (const index of [0, 1]) {
      const { targets = new Float32Array(), images } = await source.take(1, index);
      for (let row = 0; row < 20; row++)
        expect(targets.slice(row * CLASSES, (row + 1) * CLASSES).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      expect((await again.take(1, index)).images).toEqual(images);
    }
    expect((await source.take(2, 0)).images).not.toEqual((await source.take(1, 0)).images);
  });
});
