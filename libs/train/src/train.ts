import { FleetError } from '@fleetfit/core';
import { encodeModel, type Model } from '@fleetfit/onnx';
import type { Runtime, Session, Tensor } from '@fleetfit/runtime';
import { exportTrained } from './export-trained.ts';
import { learningRate } from './learning-rate.ts';
import type { SgdOptions } from './sgd.ts';
import { type TrainGraph, trainGraph } from './train-graph.ts';

/** Images as the model takes them, and a row of class probabilities for each. */
export interface Batch {
  readonly images: Float32Array;
  readonly targets: Float32Array;
}

/** Where batches come from: shuffled and augmented as the source sees fit. Every batch has the same number of images. */
export interface BatchSource {
  readonly batch: number;
  readonly batchesPerEpoch: number;
  take(epoch: number, index: number): Batch | Promise<Batch>;
}

export interface Progress {
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly rate: number;
}

export interface TrainOptions extends Partial<SgdOptions> {
  readonly runtime: Runtime;
  readonly batches: BatchSource;
  readonly epochs: number;
  /** Highest learning rate. */
  readonly rate: number;
  /** Epochs of warm-up, fractions allowed; default 1. */
  readonly warmUpEpochs?: number;
  /** Default 1. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (progress: Progress) => void;
  /** Called with the model as it stands after each epoch. */
  readonly onEpoch?: (epoch: number, model: Model) => void | Promise<void>;
}

/**
 * Trains a classifier and returns it with its new weights. Runs block the thread they are on: call this from a worker or a process of its own.
 * @throws FleetError `unsupported` for a model with nodes that cannot be trained, `invalid` when the loss stops being a number,
 * `cancelled` when the signal is aborted
 */
export async function train(model: Model, options: TrainOptions): Promise<Model> {
  const { runtime, batches, threads = 1, momentum = 0.9, weightDecay = 5e-4 } = options;
  const graph = trainGraph(model, { batch: batches.batch, momentum, weightDecay });
  const session = await runtime.open(
    { graph: encodeModel(graph.model), externalData: new Map() },
    { provider: 'cpu', threads, optimization: 'basic', ...(options.signal ? { signal: options.signal } : {}) },
  );
  try {
    const end = await runSteps(model, { graph, session }, options);
    return exportTrained(model, graph, end);
  } finally {
    await session.close();
  }
}

interface State {
  readonly weights: Float32Array;
  readonly velocity: Float32Array;
  readonly statistics: Float32Array;
}

async function runSteps(model: Model, { graph, session }: { graph: TrainGraph; session: Session }, options: TrainOptions): Promise<State> {
  const { batches, epochs, rate: peak, warmUpEpochs = 1, signal, onStep, onEpoch } = options;
  const steps = epochs * batches.batchesPerEpoch;
  const warmUp = Math.round(warmUpEpochs * batches.batchesPerEpoch);
  let state: State = { ...graph.initial, velocity: new Float32Array(graph.weights.length) };
  for (let step = 0; step < steps; step++) {
    if (signal?.aborted)
      throw new FleetError('cancelled', `Cannot go on training: cancelled at step ${step} of ${steps}`, { cause: signal.reason });
    const epoch = Math.floor(step / batches.batchesPerEpoch);
    const rate = learningRate(step, { peak, warmUp, steps });
    const taken = await takeStep(graph, session, { state, rate, batch: await batches.take(epoch, step % batches.batchesPerEpoch) });
    if (!Number.isFinite(taken.loss))
      throw new FleetError('invalid', `Cannot go on training: the loss is ${taken.loss} at step ${step}`, {
        next: `lower the learning rate, it was ${peak} at most`,
      });
    state = taken.state;
    onStep?.({ epoch, step, steps, loss: taken.loss, rate });
    if ((step + 1) % batches.batchesPerEpoch === 0) await onEpoch?.(epoch, exportTrained(model, graph, state));
  }
  return state;
}

async function takeStep(
  graph: TrainGraph,
  session: Session,
  { state, rate, batch }: { state: State; rate: number; batch: Batch },
): Promise<{ state: State; loss: number }> {
  const dims = graph.model.graph.inputs[0]?.dims?.map(Number) ?? [];
  const count = dims[0] ?? 0;
  const feeds = {
    [graph.input]: floats(batch.images, dims),
    targets: floats(batch.targets, [count, graph.classes]),
    rate: floats(Float32Array.of(rate), []),
    weights: floats(state.weights, [state.weights.length]),
    velocity: floats(state.velocity, [state.velocity.length]),
    ...(graph.statistics.length > 0 ? { statistics: floats(state.statistics, [state.statistics.length]) } : {}),
  };
  const wanted = ['loss', 'weights_next', 'velocity_next', ...(graph.statistics.length > 0 ? ['statistics_next'] : [])];
  const results = await session.run(feeds, wanted);
  return {
    loss: numbers(results, 'loss')[0] ?? Number.NaN,
    state: {
      weights: numbers(results, 'weights_next'),
      velocity: numbers(results, 'velocity_next'),
      statistics: graph.statistics.length > 0 ? numbers(results, 'statistics_next') : state.statistics,
    },
  };
}

const floats = (data: Float32Array, dims: readonly number[]): Tensor => ({ type: 'float32', dims, data });

function numbers(results: Readonly<Record<string, Tensor>>, name: string): Float32Array {
  const data = results[name]?.data;
  if (data instanceof Float32Array) return data;
  throw new FleetError('bug', `Cannot read "${name}" of the step graph: it is no float32 tensor`);
}
