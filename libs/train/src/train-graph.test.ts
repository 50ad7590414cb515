import { seededRng } from '@fleetfit/core';
import { encodeModel, type Model } from '@fleetfit/onnx';
import type { Session, Tensor } from '@fleetfit/runtime';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { afterEach, describe, expect, it } from 'vitest';
import { tinyClassifier } from './testing/tiny-classifier.ts';
import { type TrainGraph, trainGraph } from './train-graph.ts';

const BATCH = 8;
const options = { batch: BATCH, momentum: 0.9, weightDecay: 0 };
const open: Session[] = [];
const opened = async (model: Model, optimization: 'all' | 'disabled'): Promise<Session> => {
  const session = await nodeRuntime().open(
    { graph: encodeModel(model), externalData: new Map() },
    { provider: 'cpu', threads: 1, optimization },
  );
  open.push(session);
  return session;
};
afterEach(async () => {
  for (const session of open.splice(0)) await session.close();
});

const rng = seededRng(11);
const random = (...dims: number[]): Tensor => {
  const count = dims.reduce((a, b) => a * b, 1);
  return { type: 'float32', dims, data: Float32Array.from({ length: count }, () => rng.normal()) };
};
const vector = (data: Float32Array): Tensor => ({ type: 'float32', dims: [data.length], data });
const targets: Tensor = {
  type: 'float32',
  dims: [BATCH, 3],
  data: Float32Array.from({ length: BATCH * 3 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0)),
};
const images = random(BATCH, 2, 6, 6);
const feedsOf = (graph: TrainGraph, weights = graph.initial.weights, rate = 0.1): Record<string, Tensor> => ({
  x: images,
  targets,
  rate: { type: 'float32', dims: [], data: Float32Array.of(rate) },
  weights: vector(weights),
  velocity: vector(new Float32Array(weights.length).fill(0.01)),
  statistics: vector(graph.initial.statistics),
});
const floats = (results: Readonly<Record<string, Tensor>>, name: string): Float32Array => {
  const data = results[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`no ${name}`);
  return data;
};

describe('the step graph of a residual network', { timeout: 60_000 }, () => {
  it.each(['all', 'disabled'] as const)('gives the gradient of its loss for every tensor, optimization %s', async (optimization) => {
    const graph = trainGraph(tinyClassifier(), options);
    const session = await opened(graph.model, optimization);
    const gradient = floats(await session.run(feedsOf(graph)), 'gradient');
    const scale = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    for (const piece of graph.weights.pieces) {
      const direction = Float32Array.from({ length: piece.count }, () => rng.normal());
      const lossAt = async (by: number): Promise<number> => {
        const moved = graph.initial.weights.slice();
        direction.forEach((d, i) => {
          moved[piece.offset + i] = (moved[piece.offset + i] ?? 0) + by * d;
        });
        return floats(await session.run(feedsOf(graph, moved)), 'loss')[0] ?? Number.NaN;
      };
      const step = 2e-4;
      const difference = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
      const along = direction.reduce((sum, d, i) => sum + d * (gradient[piece.offset + i] ?? 0), 0);
      // A Relu crosses its kink within some steps (errors fall with the step, to 7e-3 here); a wrong rule is off by more than 5e-2.
      expect(Math.abs(along - difference), piece.name).toBeLessThan(2e-2 * scale);
    }
  });

  it('takes the step of SGD with momentum', async () => {
    const graph = trainGraph(tinyClassifier(), { ...options, weightDecay: 0.01 });
    const results = await (await opened(graph.model, 'all')).run(feedsOf(graph));
    const gradient = floats(results, 'gradient');
    const weights = graph.initial.weights;
    graph.weights.pieces.forEach(({ offset, dims }) => {
      const decay = dims.length > 1 ? 0.01 : 0;
      const velocity = 0.9 * 0.01 + (gradient[offset] ?? 0) + decay * (weights[offset] ?? 0);
      expect(floats(results, 'velocity_next')[offset]).toBeCloseTo(velocity, 5);
      expect(floats(results, 'weights_next')[offset]).toBeCloseTo((weights[offset] ?? 0) - 0.1 * velocity, 5);
    });
  });

  it('moves the running statistics towards those of the batch', async () => {
    const graph = trainGraph(tinyClassifier(), options);
    const results = await (await opened(graph.model, 'all')).run(feedsOf(graph));
    const next = floats(results, 'statistics_next');
    for (const { name, offset } of graph.statistics.pieces) {
      const before = graph.initial.statistics[offset] ?? 0;
      // Variances begin at 1 and batches have another; means begin at 0. Both move, neither takes the place of the other.
      expect(next[offset]).not.toBe(before);
      if (name.endsWith('variance')) expect(next[offset]).toBeGreaterThan(0.9);
      else expect(Math.abs(next[offset] ?? 1)).toBeLessThan(0.5);
    }
  });

  it('leaves a softmax at the end to the loss', async () => {
    const plain = trainGraph(tinyClassifier(), options);
    const soft = trainGraph(tinyClassifier({ softmax: true }), options);
    const loss = async (graph: TrainGraph) => floats(await (await opened(graph.model, 'all')).run(feedsOf(graph)), 'loss')[0];
    expect(await loss(soft)).toBe(await loss(plain));
  });
});

describe('trainGraph refuses before anything runs', { timeout: 60_000 }, () => {
  it('every node without a rule, by name', () => {
    const model = tinyClassifier({
      extra: [
        { name: 'odd', op: 'Erf', inputs: ['z'], outputs: ['e'] },
        { op: 'Tan', inputs: ['e'], outputs: ['t'] },
      ],
    });
    expect(() => trainGraph(model, options)).toThrow('Cannot train the model: no gradient rule for Erf ("odd"), Tan ("t")');
  });

  it('a node that its rule does not know how to handle', () => {
    const model = tinyClassifier({ extra: [{ op: 'Conv', inputs: ['a', 'left.w'], outputs: ['d'], attributes: { dilations: [2, 2] } }] });
    expect(() => trainGraph(model, options)).toThrow('Cannot train Conv "d": it is dilated');
  });

  it('a running statistic that two norms share, which the runtime would overwrite', () => {
    const inputs = ['stem', 'n1.scale', 'n1.shift', 'n1.mean', 'n1.variance'];
    const model = tinyClassifier({ extra: [{ op: 'BatchNormalization', inputs, outputs: ['again'] }] });
    expect(() => trainGraph(model, options)).toThrow('the running statistic "n1.mean" is used twice');
  });
});
