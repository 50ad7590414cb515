/**
 * Chooses the range of every activation by what it does to the answers, not by how the tensor itself looks: no calibrator is safe for all.
 *
 *     for each value: quantize it alone, with each candidate range, and keep the range with the best
 *     SNR = 10 log10( sum of answers^2 / sum of (answers - answers of the float model)^2 )
 *
 * over some calibration images. All start with the least-error range; those that it leaves the loudest are tried with the others.
 */
import { FleetError } from '@fleetfit/core';
import { constantOf, editModel, encodeModel, type Model } from '@fleetfit/onnx';
import type { Session, Tensor } from '@fleetfit/runtime';
import { type Quantizer, quantizerOf, type Range, rangeOf } from './activation-range.ts';
import type { ActivationStatistics, CalibrationContext } from './calibrate.ts';

/** Images that the answers are compared on: 12, fewer where there are many values to try. */
const imagesFor = (values: number): number => Math.max(4, Math.min(12, Math.floor(1200 / values)));
/** How many of the loudest values are tried with other ranges, at most. */
const TRIED = 40;

/** A value to find a range for. */
export interface RangedValue {
  readonly statistics: ActivationStatistics;
  /** The upper end that the range may have. */
  readonly limit: number;
  /** Only x * sigmoid(x) is made of it: of large negative numbers nothing is left, so that they may clip. */
  readonly gated: boolean;
}

/** A range, and how loud it is alone. */
export interface ChosenRange {
  readonly range: Range;
  /** Signal to noise of the answers when nothing but this value is quantized, dB. */
  readonly snr: number;
}

/** Chooses a range for every value, by name. @throws FleetError `cancelled` */
export async function chooseRanges(
  model: Model,
  values: ReadonlyMap<string, RangedValue>,
  context: CalibrationContext,
): Promise<ReadonlyMap<string, ChosenRange>> {
  const images = someOf(context, imagesFor(values.size));
  const wanted = await answersOf(model, images, context);
  const chosen = new Map<string, ChosenRange>();
  const noiseOf = (value: string, ranges: readonly Range[]): Promise<readonly number[]> =>
    noises(model, { value, quantizers: ranges.map(quantizerOf), images, wanted }, context);
  const first = new Map<string, number>();
  let done = 0;
  for (const [value, its] of values) {
    const [least] = candidates(its);
    const [snr = 0] = least ? await noiseOf(value, [least]) : [];
    first.set(value, snr);
    if (least) chosen.set(value, { range: least, snr });
    context.progress((0.4 * ++done) / values.size, `range of ${value}`);
  }
  const loudest = [...first].sort(([, a], [, b]) => a - b).slice(0, Math.min(TRIED, Math.ceil(first.size / 2)));
  for (const [i, [value, snr]] of loudest.entries()) {
    const its = values.get(value);
    const [least, ...others] = its ? candidates(its) : [];
    const snrs = await noiseOf(value, others);
    const best = [...snrs.entries()].reduce((so, [at, each]) => (each > so.snr ? { at, snr: each } : so), { at: -1, snr });
    const range = others[best.at] ?? least;
    if (range) chosen.set(value, { range, snr: best.snr });
    context.progress(0.4 + (0.6 * (i + 1)) / loudest.length, `range of ${value}`);
  }
  return chosen;
}

// x sigmoid(x) there: -.28 (its lowest), -.07, -.003
const GATED = [-1.3, -4, -8];

/** Ranges that differ, the one with the least error first. */
function candidates({ statistics, limit, gated }: RangedValue): readonly Range[] {
  const { histogram, usualLow, usualHigh } = statistics;
  const least = rangeOf(histogram, { kind: 'mse' });
  const widest = rangeOf(histogram, { kind: 'min-max' });
  const all = [
    least,
    ...(gated ? GATED.flatMap((low) => [widest, least].map(({ high }) => ({ low: Math.max(low, widest.low), high }))) : []),
    widest,
    rangeOf(histogram, { kind: 'percentile', percent: 99.99 }),
    { low: Math.min(0, usualLow), high: Math.max(0, usualHigh) },
    rangeOf(histogram, { kind: 'percentile', percent: 99.9 }),
  ].map(({ low, high }) => ({ low, high: Math.min(high, limit) }));
  const alike = (one: Range, other: Range): boolean =>
    Math.abs(one.high - other.high) + Math.abs(one.low - other.low) < 0.03 * (one.high - one.low);
  return all.filter((range, i) => !all.slice(0, i).some((before) => alike(before, range)));
}

function someOf({ calibration }: CalibrationContext, most: number): readonly Tensor[] {
  const every = Math.max(1, Math.floor(calibration.count / most));
  const images: Tensor[] = [];
  let at = 0;
  for (const batch of calibration.batches(1)) {
    if (at % every === 0 && images.length < most) images.push(batch);
    at += batch.dims[0] ?? 1;
  }
  return images;
}

interface Trial {
  readonly value: string;
  readonly quantizers: readonly Quantizer[];
  readonly images: readonly Tensor[];
  readonly wanted: readonly Float32Array[];
}

/** SNR of the answers for each quantizer of one value. */
async function noises(model: Model, { value, quantizers, images, wanted }: Trial, context: CalibrationContext): Promise<readonly number[]> {
  const snrs: number[] = [];
  for (const quantizer of quantizers) {
    const answers = await answersOf(withOneQuantized(model, value, quantizer), images, context);
    snrs.push(signalToNoise(wanted, answers));
  }
  return snrs;
}

/** Everybody who reads the value reads it rounded. */
function withOneQuantized(model: Model, value: string, { scale, zeroPoint }: Quantizer): Model {
  return editModel(model, (graph) => {
    const [scaleName = '', zeroName = '', quantized = '', rounded = ''] = ['scale', 'zero', 'quantized', 'rounded'].map((what) =>
      graph.freshName(`${value}_${what}`),
    );
    graph.setConstant(constantOf(scaleName, [], Float32Array.of(scale)));
    graph.setConstant(constantOf(zeroName, [], Uint8Array.of(zeroPoint)));
    graph.replaceUses(value, rounded);
    graph.add({ op: 'QuantizeLinear', inputs: [value, scaleName, zeroName], outputs: [quantized] });
    graph.add({ op: 'DequantizeLinear', inputs: [quantized, scaleName, zeroName], outputs: [rounded] });
  });
}

async function answersOf(model: Model, images: readonly Tensor[], context: CalibrationContext): Promise<readonly Float32Array[]> {
  const { runtime, threads, signal, calibration } = context;
  const provider = runtime.facts.providers.includes('cpu') ? 'cpu' : (runtime.facts.providers[0] ?? 'cpu');
  const files = { graph: encodeModel(model), externalData: new Map<string, Uint8Array>() };
  // One quantizer alone makes no layer an integer kernel: that takes one before it and one behind.
  const session = await runtime.open(files, { provider, threads, optimization: 'all', signal });
  try {
    const answers: Float32Array[] = [];
    for (const image of images) {
      if (signal.aborted) throw new FleetError('cancelled', 'Cannot choose ranges: cancelled');
      answers.push(await answerOf(session, { [calibration.input]: image }));
    }
    return answers;
  } finally {
    await session.close();
  }
}

/** All float answers of a model, one after another. */
async function answerOf(session: Session, feeds: Readonly<Record<string, Tensor>>): Promise<Float32Array> {
  const results = await session.run(feeds);
  const parts = Object.values(results).flatMap(({ data }) => (data instanceof Float32Array ? [data] : []));
  const answer = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    answer.set(part, at);
    at += part.length;
  }
  return answer;
}

/** 10 log10 of the answers' power to that of their change; infinite where nothing changed. */
function signalToNoise(wanted: readonly Float32Array[], got: readonly Float32Array[]): number {
  let signal = 0;
  let noise = 0;
  wanted.forEach((answer, i) => {
    answer.forEach((value, j) => {
      signal += value * value;
      noise += (value - (got[i]?.[j] ?? 0)) ** 2;
    });
  });
  return 10 * Math.log10(signal / noise);
}
