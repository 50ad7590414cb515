import { seededRng } from '@fleetfit/core';
import { encodeModel, type Model } from '@fleetfit/onnx';
import type { Session, Tensor } from '@fleetfit/runtime';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { afterEach, describe, expect, it } from 'vitest';
import { knowValues } from './known-values.ts';
import { tinyClassifier } from './testing/tiny-classifier.ts';
import { type TrainGraph, type TrainGraphOptions, trainGraph } from './train-graph.ts';

const BATCH = 8;
const sgd = (weightDecay = 0): TrainGraphOptions => ({ optimizer: { kind: 'sgd', momentum: 0.9, weightDecay }, loss: { labels: 1 } });
const runtime = nodeRuntime();
const graphOf = async (model: Model, options = sgd()): Promise<TrainGraph> =>
  trainGraph(model, await knowValues(model, { runtime, batch: BATCH }), options);
const open: Session[] = [];
const opened = async (model: Model, optimization: 'all' | 'disabled'): Promise<Session> => {
  const session = await runtime.open({ graph: encodeModel(model), externalData: new Map() }, { provider: 'cpu', threads: 1, optimization });
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
    const graph = await graphOf(tinyClassifier());
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
    const graph = await graphOf(tinyClassifier(), sgd(0.01));
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
    const graph = await graphOf(tinyClassifier());
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
    const plain = await graphOf(tinyClassifier());
    const soft = await graphOf(tinyClassifier({ softmax: true }));
    const loss = async (graph: TrainGraph) => floats(await (await opened(graph.model, 'all')).run(feedsOf(graph)), 'loss')[0];
    expect(await loss(soft)).toBe(await loss(plain));
  });
});

describe('what a step learns', { timeout: 60_000 }, () => {
  const lossOf = async (loss: TrainGraphOptions['loss'], feeds: Record<string, Tensor>, model = tinyClassifier()) => {
    const graph = await graphOf(model, { ...sgd(), loss });
    const session = await opened(graph.model, 'all');
    const known = new Set(session.inputs.map(({ name }) => name));
    const all = { ...feedsOf(graph), ...feeds };
    const results = await session.run(Object.fromEntries(Object.entries(all).filter(([name]) => known.has(name))));
    return { graph, loss: floats(results, 'loss')[0] ?? Number.NaN, gradient: floats(results, 'gradient'), known };
  };

  it('nothing from a teacher that says the same, and the answer of one that does not', async () => {
    const plain = await opened(tinyClassifier(), 'all');
    const { z } = await plain.run({ x: images });
    if (!z) throw new Error('no answer');
    const same = await lossOf({ labels: 0, teacher: { weight: 1, temperature: 4 } }, { teacher: random(BATCH, 3) });
    expect(same.known.has('targets')).toBe(false);
    expect(same.loss).toBeGreaterThan(0.01);
    // Norms of a training step use the batch, those of the plain model their running statistics: frozen, the two agree.
    const graph = await graphOf(tinyClassifier(), {
      ...sgd(),
      loss: { labels: 0, teacher: { weight: 1, temperature: 4 } },
      frozen: (name) => name.startsWith('n'),
    });
    const session = await opened(graph.model, 'all');
    const { targets: _, statistics: __, ...feeds } = feedsOf(graph);
    const results = await session.run({ ...feeds, teacher: z });
    expect(Math.abs(floats(results, 'loss')[0] ?? 1)).toBeLessThan(1e-5);
    expect(floats(results, 'gradient').every((g) => Math.abs(g) < 1e-4)).toBe(true);
  });

  it('hints, through an adapter where the teacher is wider, with a gradient that equals differences', async () => {
    const loss = { labels: 0, hints: [{ value: 'b', weight: 1, like: [BATCH, 6, 3, 3] }] };
    const { graph, gradient } = await lossOf(loss, { 'hint 0': random(BATCH, 6, 3, 3) });
    const adapter = graph.weights.pieces.find(({ name }) => name.startsWith('train:adapter'));
    expect(adapter?.dims).toEqual([6, 4, 1, 1]);
    const { offset = 0, count = 0 } = adapter ?? {};
    expect(gradient.slice(offset, offset + count).some((g) => Math.abs(g) > 1e-3)).toBe(true);
    expect(graph.weights.pieces.some(({ name }) => name === 'head.w')).toBe(true);
    const head = graph.weights.pieces.find(({ name }) => name === 'head.w');
    expect(gradient.slice(head?.offset, (head?.offset ?? 0) + 2)).toEqual(new Float32Array(2));
  });

  it('with AdamW, as its paper says', async () => {
    const adamw = { kind: 'adamw', beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1 } as const;
    const graph = await graphOf(tinyClassifier(), { optimizer: adamw, loss: { labels: 1 } });
    const { velocity: _, ...feeds } = feedsOf(graph);
    const fill = (value: number) => vector(new Float32Array(graph.weights.length).fill(value));
    const one = { type: 'float32' as const, dims: [], data: Float32Array.of(0.01) };
    const results = await (await opened(graph.model, 'all')).run({ ...feeds, shrink: one, first: fill(0.02), second: fill(0.03) });
    const gradient = floats(results, 'gradient');
    for (const { offset, dims } of graph.weights.pieces) {
      const [w, g] = [graph.initial.weights[offset] ?? 0, gradient[offset] ?? 0];
      const [first, second] = [0.9 * 0.02 + 0.1 * g, 0.99 * 0.03 + 0.01 * g * g];
      const shrunk = dims.length > 1 ? 0.01 * w : 0;
      expect(floats(results, 'weights_next')[offset]).toBeCloseTo(w - (0.1 * first) / (Math.sqrt(second) + 1e-8) - shrunk, 5);
    }
  });

  it('only what is not frozen', async () => {
    const graph = await graphOf(tinyClassifier(), { ...sgd(), frozen: (name) => !name.startsWith('head') });
    expect(graph.weights.pieces.map(({ name }) => name)).toEqual(['head.w', 'head.b']);
    expect(graph.statistics.length).toBe(0);
  });
});

describe('trainGraph refuses before anything runs', { timeout: 60_000 }, () => {
  it('every node without a rule, by name', async () => {
    const model = tinyClassifier({
      extra: [
        { name: 'odd', op: 'Cos', inputs: ['z'], outputs: ['e'] },
        { op: 'Tan', inputs: ['e'], outputs: ['t'] },
      ],
    });
    await expect(graphOf(model)).rejects.toThrow('Cannot train the model: no gradient rule for Cos ("odd"), Tan ("t")');
  });

  it('a node that its rule does not know how to handle', async () => {
    const extra = [{ op: 'MaxPool', inputs: ['a'], outputs: ['d'], attributes: { kernel_shape: [2, 2], storage_order: 1 } }];
    await expect(graphOf(tinyClassifier({ extra }))).rejects.toThrow('Cannot train MaxPool "d": it counts places column by column');
  });

  it('a running statistic that two norms share, which the runtime would overwrite', async () => {
    const inputs = ['stem', 'n1.scale', 'n1.shift', 'n1.mean', 'n1.variance'];
    const model = tinyClassifier({ extra: [{ op: 'BatchNormalization', inputs, outputs: ['again'] }] });
    await expect(graphOf(model)).rejects.toThrow('the running statistic "n1.mean" is used twice');
  });

  it('a model whose opset is too old to write backward passes in', async () => {
    const old = { ...tinyClassifier(), opsets: new Map([['', 11]]) };
    await expect(graphOf(old)).rejects.toThrow('it is of opset 11, and 13 is the oldest');
  });
});
