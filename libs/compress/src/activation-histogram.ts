import { FleetError } from '@fleetfit/core';

/** How often each value of a tensor occurred over all calibration images. */
export interface ActivationHistogram {
  readonly lowest: number;
  readonly highest: number;
  readonly count: number;
  /** Width of a bin: a power of two. */
  readonly width: number;
  /** Bin `i` holds the values in [(first + i) * width, (first + i + 1) * width). */
  readonly first: number;
  readonly counts: Float64Array;
}

interface HistogramCollector {
  /**
   * Of more than 65,536 values every so many are counted; extremes, where given, are those of all.
   * @throws FleetError `invalid` where a value is not finite and no extremes are given
   */
  add(values: Float32Array, extremes?: { readonly low: number; readonly high: number }): void;
  /** What was collected so far; undefined before the first value. */
  histogram(): ActivationHistogram | undefined;
}

/**
 * Collects a histogram in one pass and constant memory. The range need not be known: when a value falls outside,
 * bins double in width and merge in pairs. Bins start at multiples of their width, so a merge moves no count into
 * a wrong bin, and the result does not depend on the order of the images. Half to all of the bins are in use.
 */
export function collectHistogram(value: string, bins = 4096): HistogramCollector {
  let held: ActivationHistogram | undefined;
  return {
    add(values, extremes) {
      if (values.length === 0) return;
      const { lowest, highest } = extremes ? { lowest: extremes.low, highest: extremes.high } : extremesOf(value, values);
      const counted = sampled(values);
      held = covering(held, { lowest, highest, bins });
      for (let from = 0; from < counted.length; from += CHUNK) countInto(held, counted, from);
      held = { ...held, count: held.count + counted.length };
    },
    histogram: () => held,
  };
}

const COUNTED = 65_536;

/** Every so many: an odd step, which falls in step with no row of pixels of the usual sizes. */
function sampled(values: Float32Array): Float32Array {
  if (values.length <= COUNTED) return values;
  const step = Math.ceil(values.length / COUNTED) | 1;
  const some = new Float32Array(Math.ceil(values.length / step));
  for (let i = 0; i < some.length; i++) some[i] = values[i * step] ?? 0;
  return some;
}

// Values are walked in chunks: a small function that is called often is compiled well, one long loop is not (5x slower in V8).
const CHUNK = 4096;

function countInto({ counts, first, width }: ActivationHistogram, values: Float32Array, from: number): void {
  const perUnit = 1 / width; // exact: the width is a power of two
  const to = Math.min(values.length, from + CHUNK);
  for (let i = from; i < to; i++) {
    const bin = Math.floor((values[i] ?? 0) * perUnit) - first;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
}

function extremesOf(value: string, values: Float32Array): { lowest: number; highest: number } {
  const found = { lowest: Number.POSITIVE_INFINITY, highest: Number.NEGATIVE_INFINITY, sum: 0 };
  for (let from = 0; from < values.length; from += CHUNK) extend(found, values, from);
  // Floats cannot overflow a sum of doubles: it is finite unless one of them is not.
  if (!Number.isFinite(found.sum))
    throw new FleetError('invalid', `Cannot calibrate: "${value}" becomes NaN or infinite on a calibration image`, {
      next: 'Check the preprocessing: inputs of a wrong scale overflow.',
    });
  return found;
}

function extend(found: { lowest: number; highest: number; sum: number }, values: Float32Array, from: number): void {
  let { lowest, highest, sum } = found;
  const to = Math.min(values.length, from + CHUNK);
  for (let i = from; i < to; i++) {
    const each = values[i] ?? 0;
    if (each < lowest) lowest = each;
    if (each > highest) highest = each;
    sum += each;
  }
  found.lowest = lowest;
  found.highest = highest;
  found.sum = sum;
}

function covering(
  held: ActivationHistogram | undefined,
  wanted: { readonly lowest: number; readonly highest: number; readonly bins: number },
): ActivationHistogram {
  const lowest = Math.min(wanted.lowest, held?.lowest ?? 0);
  const highest = Math.max(wanted.highest, held?.highest ?? 0);
  const measured = {
    lowest: held ? lowest : wanted.lowest,
    highest: held ? highest : wanted.highest,
  };
  const width = Math.max(held?.width ?? 0, widthFor({ lowest, highest, bins: wanted.bins }));
  const first = Math.floor(lowest / width);
  if (held && held.width === width && held.first === first) return { ...held, ...measured };
  return { ...measured, width, first, count: held?.count ?? 0, counts: rebinned(held, { width, first, bins: wanted.bins }) };
}

/** The smallest power of two for which the bins reach from zero and the lowest value to the highest. */
function widthFor({ lowest, highest, bins }: { lowest: number; highest: number; bins: number }): number {
  const low = Math.min(lowest, 0);
  const high = Math.max(highest, 0);
  let width = 2 ** Math.max(-120, Math.floor(Math.log2((high - low) / bins || 2 ** -120)));
  while (Math.floor(high / width) - Math.floor(low / width) >= bins) width *= 2;
  return width;
}

function rebinned(held: ActivationHistogram | undefined, to: { width: number; first: number; bins: number }): Float64Array {
  const counts = new Float64Array(to.bins);
  if (!held) return counts;
  const ratio = held.width / to.width;
  held.counts.forEach((count, i) => {
    if (count === 0) return;
    const bin = Math.floor((held.first + i) * ratio) - to.first;
    counts[bin] = (counts[bin] ?? 0) + count;
  });
  return counts;
}
