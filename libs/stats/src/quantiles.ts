import { FleetError } from '@fleetfit/core';
import { type Interval, NORMAL_95 } from './interval.ts';

/** The value below which a share `q` of the sample lies: linear between order statistics (Hyndman and Fan 1996, type 7). */
export function quantile(sample: ArrayLike<number>, q: number): number {
  if (!(q >= 0 && q <= 1)) throw new FleetError('invalid', `Cannot take quantile ${q}: it is not between 0 and 1`);
  return quantileOfSorted(sorted(sample), q);
}

/** The middle of a sample: half lies below, half above. */
export const median = (sample: ArrayLike<number>): number => quantile(sample, 0.5);

export const mean = (sample: ArrayLike<number>): number => Array.from(sample).reduce((sum, value) => sum + value, 0) / sample.length;

/** Spread relative to the mean, with n - 1 below: 0.03 is 3 %. 0 for fewer than two values. */
export function coefficientOfVariation(sample: ArrayLike<number>): number {
  if (sample.length < 2) return 0;
  const centre = mean(sample);
  const squares = Array.from(sample).reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (sample.length - 1)) / Math.abs(centre);
}

/**
 * A quantile with the order statistics that enclose it with 95 % probability, whatever the distribution
 * (Conover, Practical Nonparametric Statistics, 3rd ed., 3.2). Where the sample is too small for 95 %, its extremes.
 *
 * @param q between 0 and 1, both exclusive
 */
export function quantileInterval(sample: ArrayLike<number>, q: number): Interval {
  const values = sorted(sample);
  const n = values.length;
  const value = quantileOfSorted(values, q);
  // Of n values, Binomial(n, q) lie below the true quantile: the ranks that leave at most 2.5 % on each side.
  const [below, above] = n > LARGE ? normalRanks(n, q) : binomialRanks(n, q);
  const low = values[Math.max(0, below - 1)] ?? value;
  const high = values[Math.min(n - 1, above - 1)] ?? value;
  return { value, low: Math.min(low, value), high: Math.max(high, value) };
}

/** The median with its 95 % interval by order statistics. */
export const medianInterval = (sample: ArrayLike<number>): Interval => quantileInterval(sample, 0.5);

/** Share of values further than three interquartile ranges outside the quartiles (Tukey 1977): what honest noise hardly makes. */
export function severeOutlierShare(sample: ArrayLike<number>): number {
  const values = sorted(sample);
  const [q1, q3] = [quantileOfSorted(values, 0.25), quantileOfSorted(values, 0.75)];
  const fence = 3 * (q3 - q1);
  return values.filter((value) => value < q1 - fence || value > q3 + fence).length / values.length;
}

// Above this many values the normal approximation of the ranks is off by less than one rank.
const LARGE = 1_000;

function normalRanks(n: number, q: number): readonly [number, number] {
  const spread = NORMAL_95 * Math.sqrt(n * q * (1 - q));
  return [Math.floor(n * q - spread), Math.ceil(n * q + spread) + 1];
}

function binomialRanks(n: number, q: number): readonly [number, number] {
  // In logarithms: 0.05 ** 300 is 0 in floating point.
  let logMass = n * Math.log(1 - q);
  let cumulative = Math.exp(logMass);
  let below = 0;
  let above = n + 1;
  // Rank r is a lower bound when P(at most r - 1 below) <= 2.5 %, an upper bound when P(at least r below) <= 2.5 %.
  for (let k = 0; k <= n; k++) {
    if (cumulative <= 0.025) below = k + 1;
    if (cumulative >= 0.975) {
      above = k + 1;
      break;
    }
    logMass += Math.log(((n - k) / (k + 1)) * (q / (1 - q)));
    cumulative += Math.exp(logMass);
  }
  return [below, above];
}

function quantileOfSorted(values: Float64Array, q: number): number {
  if (values.length === 0) throw new FleetError('invalid', 'Cannot take a quantile: the sample is empty');
  const at = q * (values.length - 1);
  const low = values[Math.floor(at)] ?? Number.NaN;
  const high = values[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

// A copy: the caller's sample stays in its order.
const sorted = (sample: ArrayLike<number>): Float64Array => Float64Array.from(sample).sort();
