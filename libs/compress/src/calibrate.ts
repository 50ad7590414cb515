import { FleetError } from '@fleetfit/core';
import { type Calibration, encodeModel, type Model, type PassContext } from '@fleetfit/onnx';
import type { Runtime, Session, Tensor } from '@fleetfit/runtime';
import { type ActivationHistogram, collectHistogram, type HistogramCollector } from './activation-histogram.ts';

/** What calibration needs of a pass's context. */
export type CalibrationContext = Pick<PassContext, 'runtime' | 'threads' | 'signal' | 'progress'> & { readonly calibration: Calibration };

/**
 * Runs the calibration images through a model and collects a histogram of each of the named float32 values.
 * One image is held at a time, whatever their number.
 *
 * @throws FleetError `invalid` when a value is not finite, `cancelled` when the signal says so
 */
export async function calibrate(
  model: Model,
  values: readonly string[],
  context: CalibrationContext,
): Promise<ReadonlyMap<string, ActivationHistogram>> {
  const { calibration } = context;
  const collectors = new Map(values.map((value) => [value, collectHistogram(value)]));
  await runCalibration(model, values, {
    ...context,
    take(results, done) {
      for (const [value, collector] of collectors) addTo(collector, value, results[value]);
      context.progress(done / calibration.count, `ranges from image ${done} of ${calibration.count}`);
    },
  });
  return new Map([...collectors].flatMap(([value, collector]) => entryOf(value, collector)));
}

function addTo(collector: HistogramCollector, value: string, result: Tensor | undefined): void {
  const data = result?.data;
  if (data instanceof Float32Array) collector.add(data);
  else throw new FleetError('unsupported', `Cannot calibrate: "${value}" is ${result?.type ?? 'not computed'}, not float32`);
}

function entryOf(value: string, collector: HistogramCollector): [string, ActivationHistogram][] {
  const histogram = collector.histogram();
  return histogram ? [[value, histogram]] : [];
}

type Take = CalibrationContext & {
  /** Gets the values of each batch, and how many images are done. */
  readonly take: (results: Readonly<Record<string, Tensor>>, done: number) => void;
};

/** Runs every calibration image and hands out the named values, those that are graph inputs included. */
export async function runCalibration(
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
