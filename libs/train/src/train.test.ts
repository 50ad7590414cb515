import { seededRng } from '@fleetfit/core';
import { encodeModel, floatsOf, type Model } from '@fleetfit/onnx';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { describe, expect, it } from 'vitest';
import { learningRate } from './learning-rate.ts';
import { tinyClassifier } from './testing/tiny-classifier.ts';
import { type Batch, type BatchSource, type TrainOptions, train } from './train.ts';

const BATCH = 16;
const runtime = nodeRuntime();

// Three classes: bright in the first channel, in the second, or in neither.
function coloured(rng: { normal(): number }, count: number): Batch {
  const images = Float32Array.from({ length: count * 72 }, (_, i) => {
    const label = Math.floor(i / 72) % 3;
    return rng.normal() + (Math.floor((i % 72) / 36) === label ? 0.8 : 0);
  });
  const targets = Float32Array.from({ length: count * 3 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0));
  return { images, targets };
}

const batches: BatchSource = {
  batch: BATCH,
  batchesPerEpoch: 10,
  take: (epoch, index) => coloured(seededRng(`${epoch}/${index}`), BATCH),
};
const options: TrainOptions = { runtime, batches, epochs: 6, rate: 0.1 };

async function accuracyOf(model: Model): Promise<number> {
  const session = await runtime.open(
    { graph: encodeModel(model), externalData: new Map() },
    { provider: 'cpu', threads: 1, optimization: 'all' },
  );
  const { images } = coloured(seededRng('test'), 300);
  const { z } = await session.run({ x: { type: 'float32', dims: [300, 2, 6, 6], data: images } });
  await session.close();
  const logits = Array.from({ length: 300 }, (_, i) => [0, 1, 2].map((c) => Number(z?.data[i * 3 + c])));
  return logits.filter((row, i) => row.indexOf(Math.max(...row)) === i % 3).length / 300;
}

describe('train', { timeout: 60_000 }, () => {
  it('teaches a network that then names images it has not seen, with the statistics of training', async () => {
    const losses: number[] = [];
    const trained = await train(tinyClassifier(), { ...options, onStep: ({ loss }) => losses.push(loss) });
    expect(losses.length).toBe(60);
    expect(await accuracyOf(tinyClassifier())).toBeLessThan(0.6);
    expect(await accuracyOf(trained)).toBeGreaterThan(0.9);
  });

  it('gives the same weights for the same batches', async () => {
    const short = { ...options, epochs: 1 };
    const [first, second] = [await train(tinyClassifier(), short), await train(tinyClassifier(), short)];
    expect(encodeModel(second)).toEqual(encodeModel(first));
  });

  it('leaves the model that it was given as it was, and keeps its nodes', async () => {
    const model = tinyClassifier();
    const before = encodeModel(model);
    const trained = await train(model, { ...options, epochs: 1 });
    expect(encodeModel(model)).toEqual(before);
    expect(trained.graph.nodes).toEqual(model.graph.nodes);
    for (const [name, constant] of trained.graph.constants) {
      const old = model.graph.constants.get(name);
      expect(old && floatsOf(old), name).not.toEqual(floatsOf(constant));
    }
  });

  it('stops at the next step when it is aborted', async () => {
    const controller = new AbortController();
    let steps = 0;
    const onStep = (): void => {
      if (++steps === 3) controller.abort();
    };
    await expect(train(tinyClassifier(), { ...options, onStep, signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
    expect(steps).toBe(3);
  });

  it('says so when the loss is no number any more', async () => {
    await expect(train(tinyClassifier(), { ...options, rate: 1e30, warmUpEpochs: 0 })).rejects.toThrow(
      /Cannot go on training: the loss is (NaN|Infinity) at step/,
    );
  });
});

describe('learningRate', () => {
  it('rises to the peak over the warm-up and falls to nothing', () => {
    const schedule = { peak: 0.2, warmUp: 10, steps: 110 };
    expect(learningRate(0, schedule)).toBeCloseTo(0.02);
    expect(learningRate(9, schedule)).toBeCloseTo(0.2);
    expect(learningRate(10, schedule)).toBeCloseTo(0.2);
    expect(learningRate(60, schedule)).toBeCloseTo(0.1);
    expect(learningRate(109, schedule)).toBeLessThan(0.001);
  });
});
