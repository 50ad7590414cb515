import { FleetError } from '@fleetfit/core';
import { countOf, encodeModel, type Model } from '@fleetfit/onnx';
import type { Runtime, Session, Tensor } from '@fleetfit/runtime';
import { exportTrained } from './export-trained.ts';
import { knowValues } from './known-values.ts';
import { learningRate } from './learning-rate.ts';
import { hintInput, type LossOptions } from './loss.ts';
import { type Optimizer, stepSize } from './optimizer.ts';
import { type TrainGraph, trainGraph } from './train-graph.ts';

/** Images as the model takes them, and for each what the loss asks for. */
export interface Batch {
  readonly images: Float32Array;
  /** A row of class probabilities for each image. */
  readonly targets?: Float32Array;
  /** A row of a teacher's logits for each image. */
  readonly teacher?: Float32Array;
  /** A teacher's values, in the order of the loss's hints. */
  readonly hints?: readonly Float32Array[];
}

/** Where batches come from: shuffled and augmented as the source sees fit. Every batch has the same number of images. */
export interface BatchSource {
  readonly batch: number;
  readonly batchesPerEpoch: number;
  /** Sizes of those dimensions of the model's input that it leaves open, in order, the batch not counted. */
  readonly free?: readonly number[];
  take(epoch: number, index: number): Batch | Promise<Batch>;
}

export interface Progress {
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly rate: number;
}

/** All that a run needs to go on where it was: the next step and the vectors. */
export interface Checkpoint {
  readonly step: number;
  readonly weights: Float32Array;
  readonly statistics: Float32Array;
  /** In the order of the optimizer's moments. */
  readonly moments: readonly Float32Array[];
}

export interface TrainOptions {
  readonly runtime: Runtime;
  readonly batches: BatchSource;
  readonly epochs: number;
  /** Highest learning rate. */
  readonly rate: number;
  /** Epochs of warm-up, fractions allowed; default 1. */
  readonly warmUpEpochs?: number;
  /** Default: SGD with momentum 0.9 and weight decay 5e-4. */
  readonly optimizer?: Optimizer;
  /** Default: cross entropy with labels. */
  readonly loss?: LossOptions;
  /** Weights that stay as they are. */
  readonly frozen?: (weight: string) => boolean;
  /** Default 1. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Goes on from here; the batches of earlier steps are not taken again. */
  readonly resume?: Checkpoint;
  readonly onStep?: (progress: Progress) => void;
  /** Called after each epoch with the model as it stands, and with what to resume from. Answer 'stop' to end early and well. */
  readonly onEpoch?: (epoch: number, model: Model, checkpoint: Checkpoint) => 'stop' | void | Promise<'stop' | void>;
}

const SGD: Optimizer = { kind: 'sgd', momentum: 0.9, weightDecay: 5e-4 };

/**
 * Trains a network and returns it with its new weights. Runs block the thread they are on: call this from a worker or a process of its own.
 * @throws FleetError `unsupported` for a model with nodes that cannot be trained, `invalid` when the loss stops being a number,
 * `cancelled` when the signal is aborted
 */
export async function train(model: Model, options: TrainOptions): Promise<Model> {
  const { runtime, batches, threads = 1, optimizer = SGD, loss = { labels: 1 }, frozen, signal } = options;
  const known = await knowValues(model, {
    runtime,
    batch: batches.batch,
    ...(batches.free ? { free: batches.free } : {}),
    ...(signal ? { signal } : {}),
  });
  const graph = trainGraph(model, known, { optimizer, loss, frozen });
  const session = await runtime.open(
    { graph: encodeModel(graph.model), externalData: new Map() },
    { provider: 'cpu', threads, optimization: 'basic', ...(signal ? { signal } : {}) },
  );
  try {
    const end = await runSteps(model, { graph, session, optimizer }, options);
    return exportTrained(model, graph, end);
  } finally {
    await session.close();
  }
}

interface Run {
  readonly graph: TrainGraph;
  readonly session: Session;
  readonly optimizer: Optimizer;
}

async function runSteps(model: Model, run: Run, options: TrainOptions): Promise<Checkpoint> {
  const { batches, epochs, rate: peak, warmUpEpochs = 1, signal, onStep, onEpoch } = options;
  const steps = epochs * batches.batchesPerEpoch;
  const warmUp = Math.round(warmUpEpochs * batches.batchesPerEpoch);
  let state = options.resume ?? startOf(run.graph);
  while (state.step < steps) {
    const { step } = state;
    if (signal?.aborted)
      throw new FleetError('cancelled', `Cannot go on training: cancelled at step ${step} of ${steps}`, { cause: signal.reason });
    const epoch = Math.floor(step / batches.batchesPerEpoch);
    const rate = learningRate(step, { peak, warmUp, steps });
    const taken = await takeStep(run, { state, rate, batch: await batches.take(epoch, step % batches.batchesPerEpoch) });
    if (!Number.isFinite(taken.loss))
      throw new FleetError('invalid', `Cannot go on training: the loss is ${taken.loss} at step ${step}`, {
        next: `lower the learning rate, it was ${peak} at most`,
      });
    state = taken.state;
    onStep?.({ epoch, step, steps, loss: taken.loss, rate });
    const over = state.step % batches.batchesPerEpoch === 0;
    if (over && (await onEpoch?.(epoch, exportTrained(model, run.graph, state), state)) === 'stop') return state;
  }
  return state;
}

const startOf = ({ initial, moments, weights }: TrainGraph): Checkpoint => ({
  ...initial,
  step: 0,
  moments: moments.map(() => new Float32Array(weights.length)),
});

async function takeStep(
  { graph, session, optimizer }: Run,
  { state, rate, batch }: { state: Checkpoint; rate: number; batch: Batch },
): Promise<{ state: Checkpoint; loss: number }> {
  const given: Record<string, Float32Array | undefined> = {
    [graph.input]: batch.images,
    targets: batch.targets,
    teacher: batch.teacher,
    rate: Float32Array.of(stepSize(optimizer, state.step, rate)),
    shrink: Float32Array.of(rate * optimizer.weightDecay),
    weights: state.weights,
    statistics: state.statistics,
  };
  batch.hints?.forEach((hint, i) => {
    given[hintInput(i)] = hint;
  });
  graph.moments.forEach((name, i) => {
    given[name] = state.moments[i];
  });
  const vectors = ['weights', ...graph.moments, ...(graph.statistics.length > 0 ? ['statistics'] : [])];
  const results = await session.run(feedsOf(graph.model, given), ['loss', ...vectors.map((name) => `${name}_next`)]);
  return {
    loss: numbers(results, 'loss')[0] ?? Number.NaN,
    state: {
      step: state.step + 1,
      weights: numbers(results, 'weights_next'),
      moments: graph.moments.map((name) => numbers(results, `${name}_next`)),
      statistics: graph.statistics.length > 0 ? numbers(results, 'statistics_next') : state.statistics,
    },
  };
}

function feedsOf(model: Model, given: Readonly<Record<string, Float32Array | undefined>>): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (const { name, dims = [] } of model.graph.inputs) {
    const data = given[name];
    const shape = dims.map(Number);
    if (!data || data.length !== countOf(shape))
      throw new FleetError('invalid', `Cannot train on this batch: its ${name} has ${data?.length ?? 0} numbers, not ${countOf(shape)}`);
    feeds[name] = { type: 'float32', dims: shape, data };
  }
  return feeds;
}

function numbers(results: Readonly<Record<string, Tensor>>, name: string): Float32Array {
  const data = results[name]?.data;
  if (data instanceof Float32Array) return data;
  throw new FleetError('bug', `Cannot read "${name}" of the step graph: it is no float32 tensor`);
}
