import { FleetError } from '@fleetfit/core';
import { type Calibration, encodeModel, type Model, type PassContext } from '@fleetfit/onnx';
import type { Runtime, Session, Tensor } from '@fleetfit/runtime';
import { type ActivationHistogram, collectHistogram } from './activation-histogram.ts';
import { collectMeans } from './correct-bias.ts';

/** What calibration needs of a pass's context. */
export type CalibrationContext = Pick<PassContext, 'runtime' | 'threads' | 'signal' | 'progress'> & { readonly calibration: Calibration };

/** What calibration saw of one value. */
export interface ActivationStatistics {
  readonly histogram: ActivationHistogram;
  /** Mean of each channel (axis 1) over all images and pixels. */
  readonly means: Float64Array;
}

/**
 * Runs the calibration images through a model and collects statistics of each of the named float32 values.
 * One image is held at a time, whatever their number. What was collected for a model is remembered with the Calibration object:
 * the recipes of a sweep differ in what they do with the statistics, so whoever keeps the object runs the images once.
 *
 * @throws FleetError `invalid` when a value is not finite, `cancelled` when the signal says so
 */
export async function calibrate(
  model: Model,
  values: readonly string[],
  context: CalibrationContext,
): Promise<ReadonlyMap<string, ActivationStatistics>> {
  const known = rememberedFor(context.calibration, checksum(encodeModel(model)));
  const missing = values.filter((value) => !known.has(value));
  if (missing.length > 0) for (const [value, statistics] of await collect(model, missing, context)) known.set(value, statistics);
  return known;
}

type Statistics = ReadonlyMap<string, ActivationStatistics>;

interface Remembered {
  readonly model: string;
  readonly statistics: Map<string, ActivationStatistics>;
}

// Of the latest model only: histograms of a large one take megabytes.
const remembered = new WeakMap<Calibration, Remembered>();

function rememberedFor(calibration: Calibration, model: string): Map<string, ActivationStatistics> {
  const before = remembered.get(calibration);
  if (before?.model === model) return before.statistics;
  const statistics = new Map<string, ActivationStatistics>();
  remembered.set(calibration, { model, statistics });
  return statistics;
}

// FNV-1a over 32-bit words, with the length: it tells apart the few models of one sweep.
function checksum(bytes: Uint8Array): string {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset - (bytes.byteOffset % 4), bytes.length >>> 2);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ (words[i] ?? 0), 0x01000193);
  return `${hash >>> 0}.${bytes.length}`;
}

async function collect(model: Model, values: readonly string[], context: CalibrationContext): Promise<Statistics> {
  const { calibration } = context;
  const collectors = new Map(values.map((value) => [value, { histogram: collectHistogram(value), means: collectMeans() }]));
  await runCalibration(model, values, {
    ...context,
    take(results, done) {
      for (const [value, { histogram, means }] of collectors) {
        const { data, dims } = floatTensor(value, results[value]);
        histogram.add(data);
        means.add(data, dims);
      }
      context.progress(done / calibration.count, `ranges from image ${done} of ${calibration.count}`);
    },
  });
  const statistics = new Map<string, ActivationStatistics>();
  for (const [value, collector] of collectors) {
    const histogram = collector.histogram.histogram();
    if (histogram) statistics.set(value, { histogram, means: collector.means.means() });
  }
  return statistics;
}

function floatTensor(value: string, tensor: Tensor | undefined): { data: Float32Array; dims: readonly number[] } {
  if (tensor?.data instanceof Float32Array) return { data: tensor.data, dims: tensor.dims };
  throw new FleetError('unsupported', `Cannot calibrate: "${value}" is ${tensor?.type ?? 'not computed'}, not float32`);
}

type Take = CalibrationContext & {
  /** Gets the values of each batch, and how many images are done. */
  readonly take: (results: Readonly<Record<string, Tensor>>, done: number) => void;
};

/** Runs every calibration image and hands out the named values, those that are graph inputs included. */
async function runCalibration(
  model: Model,
  values: readonly string[],
  { calibration, runtime, threads, signal, take }: Take,
): Promise<void> {
  const size = batchSize(model, calibration.input);
  const inputs = new Set(model.graph.inputs.map((input) => input.name));
  const computed = values.filter((value) => !inputs.has(value));
  const session = await openExposed(exposing(model, computed), { runtime, threads, signal });
  try {
    let done = 0;
    for (const batch of calibration.batches(size)) {
      if (signal.aborted) throw new FleetError('cancelled', 'Cannot calibrate: cancelled');
      const results = computed.length === 0 ? {} : await session.run({ [calibration.input]: batch }, computed);
      done = Math.min(calibration.count, done + (batch.dims[0] ?? 1));
      take({ ...results, [calibration.input]: batch }, done);
    }
  } finally {
    await session.close();
  }
}

/** The model with the named values as further outputs. */
export function exposing(model: Model, values: readonly string[]): Model {
  const already = new Set(model.graph.outputs.map((output) => output.name));
  const added = values
    .filter((value) => !already.has(value))
    .map((name) => ({ name, type: 'float32' as const, dims: undefined, wire: undefined }));
  return { ...model, graph: { ...model.graph, outputs: [...model.graph.outputs, ...added] } };
}

// A model may fix its batch; where it does not, single images keep memory small and results the same for any number of them.
function batchSize(model: Model, input: string): number {
  const first = model.graph.inputs.find((each) => each.name === input)?.dims?.[0];
  return typeof first === 'number' && first > 0 ? first : 1;
}

function openExposed(model: Model, by: { runtime: Runtime; threads: number; signal: AbortSignal }): Promise<Session> {
  const { providers } = by.runtime.facts;
  const provider = providers.includes('cpu') ? 'cpu' : (providers[0] ?? 'cpu');
  const files = { graph: encodeModel(model), externalData: new Map<string, Uint8Array>() };
  return by.runtime.open(files, { provider, threads: by.threads, optimization: 'all', signal: by.signal });
}
