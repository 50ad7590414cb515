import type { Rng } from '@fleetfit/core';
import { type Interval, mapInterval, median, NORMAL_95, quantile } from '@fleetfit/stats';

/** Samples of the four blocks C X X C, in milliseconds per run. */
export interface Bracket {
  readonly control: readonly [before: readonly number[], after: readonly number[]];
  readonly candidate: readonly [first: readonly number[], second: readonly number[]];
}

/** Enough for bounds that move by about a tenth of the interval's width from seed to seed. */
const ROUNDS = 400;

/**
 * Candidate over control with its 95 % interval. Of each bracket k
 * `r_k = ln mean(med X1, med X2) - ln mean(med C before, med C after)`; the ratio is `exp(median r_k)`.
 * The interval is by a hierarchical bootstrap (Kalibera and Jones 2013, "Rigorous benchmarking in reasonable time"): brackets are
 * drawn anew, and within them the samples of each block. Few brackets make a bootstrap too narrow, so it is widened as Hesterberg 2015
 * ("What teachers should know about the bootstrap", 5.2) widens it: by Student's t and the n - 1 of a variance.
 */
export function ratioInterval(brackets: readonly Bracket[], rng: Rng): Interval {
  const value = median(brackets.map((bracket) => logRatio(bracket, median)));
  const sorted = brackets.map(({ control, candidate }) => ({ control: bySize(control), candidate: bySize(candidate) }));
  const drawMedian = (block: readonly number[]): number => resampledMedian(block, rng);
  const rounds = Float64Array.from({ length: ROUNDS }, () => {
    const drawn = sorted.map(() => sorted[rng.integer(sorted.length)]).filter((bracket) => bracket !== undefined);
    return median(drawn.map((bracket) => logRatio(bracket, drawMedian)));
  });
  const wider = widening(brackets.length);
  const low = value + wider * Math.min(0, quantile(rounds, 0.025) - value);
  const high = value + wider * Math.max(0, quantile(rounds, 0.975) - value);
  return mapInterval({ value, low, high }, Math.exp);
}

// t quantiles of 97.5 % for 2, 3, ... degrees of freedom. Two brackets are treated as three: with one degree of freedom, 12.7, nothing is known.
const STUDENT = [4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

function widening(n: number): number {
  const counted = Math.max(3, n);
  const t = STUDENT[counted - 3] ?? NORMAL_95 * (1 + 1.2 / counted);
  return (t / NORMAL_95) * Math.sqrt(counted / (counted - 1));
}

function logRatio({ control, candidate }: Bracket, middle: (block: readonly number[]) => number): number {
  return Math.log(middle(candidate[0]) + middle(candidate[1])) - Math.log(middle(control[0]) + middle(control[1]));
}

function bySize([first, second]: readonly [readonly number[], readonly number[]]): readonly [readonly number[], readonly number[]] {
  return [[...first].sort((a, b) => a - b), [...second].sort((a, b) => a - b)];
}

// The median of a resample of n sorted values is the one at rank n·u, u of Beta((n + 1) / 2, (n + 1) / 2) (Maritz and Jarrett 1978);
// near enough a normal of the same mean and variance, and drawn in one step instead of n and a sort.
function resampledMedian(sorted: readonly number[], rng: Rng): number {
  const n = sorted.length;
  const u = 0.5 + rng.normal() / (2 * Math.sqrt(n + 2));
  return sorted[Math.min(n - 1, Math.max(0, Math.floor(n * u)))] ?? 0;
}
