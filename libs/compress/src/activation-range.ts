import { unreachable } from '@fleetfit/core';
import type { ActivationHistogram } from './activation-histogram.ts';

/** The real numbers that an 8-bit activation can stand for. Zero is always inside: padding and ReLU need it exactly. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Steps of an unsigned 8-bit number, and the value that stands for zero. */
export interface Quantizer {
  readonly scale: number;
  readonly zeroPoint: number;
}

export type RangeMethod =
  /** Everything that was seen: nothing clips, one outlier coarsens the whole tensor. */
  | { readonly kind: 'min-max' }
  /** All but (100 - percent) % of the values at either end. */
  | { readonly kind: 'percentile'; readonly percent: number }
  /** The range with the least squared error over the histogram. */
  | { readonly kind: 'mse' };

/** Chooses the range of one activation from what calibration saw. */
export function rangeOf(histogram: ActivationHistogram, method: RangeMethod): Range {
  const all = { low: Math.min(0, histogram.lowest), high: Math.max(0, histogram.highest) };
  switch (method.kind) {
    case 'min-max':
      return all;
    case 'percentile':
      return percentileRange(histogram, method.percent);
    case 'mse':
      return leastErrorRange(histogram, all);
    default:
      return unreachable(method);
  }
}

/** The unsigned 8-bit quantizer of a range: x = scale * (q - zeroPoint), q in 0..255. */
export function quantizerOf({ low, high }: Range): Quantizer {
  const scale = Math.fround((high - low) / 255);
  if (!(scale > 0)) return { scale: 1, zeroPoint: 0 }; // only zeros were seen
  return { scale, zeroPoint: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}

function percentileRange(histogram: ActivationHistogram, percent: number): Range {
  const outside = histogram.count * (1 - percent / 100);
  const { counts, first, width } = histogram;
  let from = 0;
  for (let beyond = counts[0] ?? 0; beyond <= outside && from < counts.length - 1; beyond += counts[++from] ?? 0);
  let to = counts.length - 1;
  for (let beyond = counts[to] ?? 0; beyond <= outside && to > 0; beyond += counts[--to] ?? 0);
  return {
    low: Math.min(0, Math.max(histogram.lowest, (first + from) * width)),
    high: Math.max(0, Math.min(histogram.highest, (first + to + 1) * width)),
  };
}

/** Tries both ends shrunk to 0.20, 0.21 .. 1 of what was seen; the widest wins a tie. */
function leastErrorRange(histogram: ActivationHistogram, all: Range): Range {
  let best = all;
  let least = Number.POSITIVE_INFINITY;
  for (let percent = 100; percent >= 20; percent--) {
    const range = { low: (all.low * percent) / 100, high: (all.high * percent) / 100 };
    const error = squaredError(histogram, range);
    if (error < least) {
      least = error;
      best = range;
    }
  }
  return best;
}

/** sum over bins of h(c) (Q(c) - c)^2, c the centre of the bin. */
function squaredError({ counts, first, width }: ActivationHistogram, range: Range): number {
  const { scale, zeroPoint } = quantizerOf(range);
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] ?? 0;
    if (count === 0) continue;
    const centre = (first + i + 0.5) * width;
    const q = Math.min(255, Math.max(0, Math.round(centre / scale) + zeroPoint));
    const error = scale * (q - zeroPoint) - centre;
    sum += count * error * error;
  }
  return sum;
}
