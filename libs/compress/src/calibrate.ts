import { isRefusal, type Refusal } from '@fleetfit/core';
import { type Calibration, encodeModel, type Model, type PassContext } from '@fleetfit/onnx';
import { type ActivationHistogram, collectHistogram } from './activation-histogram.ts';
import { type ChannelStatistics, collectChannels } from './channel-statistics.ts';
import { type ChosenRange, chooseRanges } from './choose-ranges.ts';
import { gatherCovariances, type LayerCovariance } from './gather-covariances.ts';
import { floatsFrom, runImages } from './run-images.ts';

/** What calibration needs of a pass's context. */
export type CalibrationContext = Pick<PassContext, 'runtime' | 'threads' | 'signal' | 'progress'> & { readonly calibration: Calibration };

/** What calibration saw of one value. */
export interface ActivationStatistics extends ChannelStatistics {
  readonly histogram: ActivationHistogram;
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
  const known = rememberedFor(context.calibration, model).statistics;
  const missing = values.filter((value) => !known.has(value));
  if (missing.length > 0) for (const [value, statistics] of await collect(model, missing, context)) known.set(value, statistics);
  return known;
}

type Statistics = ReadonlyMap<string, ActivationStatistics>;

/** Positions of an image that a covariance is gathered from. */
const COVARIANCE_POSITIONS = 128;

/** Images that it is gathered from: 48 photos, more where images are small and give fewer positions that differ. */
function covarianceImages(model: Model, input: string): number {
  const dims = model.graph.inputs.find(({ name }) => name === input)?.dims ?? [];
  const pixels = dims.slice(1).reduce<number>((product, dim) => product * (typeof dim === 'number' && dim > 3 ? dim : 1), 1);
  return Math.max(48, Math.min(256, Math.round((48 * 128 * 128) / pixels)));
}

/**
 * Second moments of what the weights of the layers multiply, from some of the calibration images, spread evenly; remembered as in `calibrate`.
 * Layers without (their shapes are not known) are absent.
 */
export async function layerCovariances(
  model: Model,
  layers: readonly string[],
  context: CalibrationContext,
): Promise<ReadonlyMap<string, LayerCovariance>> {
  const known = rememberedFor(context.calibration, model).covariances;
  const missing = layers.filter((layer) => !known.has(layer));
  const every = Math.max(1, Math.floor(context.calibration.count / covarianceImages(model, context.calibration.input)));
  const by = { ...context, only: (image: number) => image % every === 0, positions: COVARIANCE_POSITIONS };
  if (missing.length > 0) for (const [layer, its] of await gatherCovariances(model, missing, by)) known.set(layer, its);
  const found = new Map<string, LayerCovariance>();
  for (const [layer, its] of known) if (!isRefusal(its)) found.set(layer, its);
  return found;
}

/** Ranges chosen by the answers, remembered as in `calibrate`. */
export async function answerRanges(
  model: Model,
  values: Parameters<typeof chooseRanges>[1],
  context: CalibrationContext,
): Promise<ReadonlyMap<string, ChosenRange>> {
  const known = rememberedFor(context.calibration, model).ranges;
  const missing = new Map([...values].filter(([value]) => !known.has(value)));
  if (missing.size > 0) for (const [value, range] of await chooseRanges(model, missing, context)) known.set(value, range);
  return known;
}

interface Remembered {
  readonly model: string;
  readonly ranges: Map<string, ChosenRange>;
  readonly statistics: Map<string, ActivationStatistics>;
  readonly covariances: Map<string, LayerCovariance | Refusal>;
}

// Of the latest models only: histograms and covariances of a large one take many megabytes.
const KEPT = 2;
const remembered = new WeakMap<Calibration, Remembered[]>();

function rememberedFor(calibration: Calibration, model: Model): Remembered {
  const name = checksum(encodeModel(model));
  const kept = remembered.get(calibration) ?? [];
  const before = kept.find((each) => each.model === name);
  if (before) return before;
  const fresh: Remembered = { model: name, ranges: new Map(), statistics: new Map(), covariances: new Map() };
  remembered.set(calibration, [fresh, ...kept].slice(0, KEPT));
  return fresh;
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
  const collectors = new Map(values.map((value) => [value, { histogram: collectHistogram(value), channels: collectChannels(value) }]));
  await runImages(model, values, {
    ...context,
    take(results, image) {
      for (const [value, { histogram, channels }] of collectors) {
        const data = floatsFrom(value, results[value]);
        histogram.add(data, channels.add(data, results[value]?.dims ?? []));
      }
      context.progress((image + 1) / calibration.count, `ranges from image ${image + 1} of ${calibration.count}`);
    },
  });
  const statistics = new Map<string, ActivationStatistics>();
  for (const [value, collector] of collectors) {
    const histogram = collector.histogram.histogram();
    if (histogram) statistics.set(value, { histogram, ...collector.channels.statistics() });
  }
  return statistics;
}
