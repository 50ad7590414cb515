import { type Estimate, FleetError } from '@fleetfit/core';
import { type Interval, NORMAL_95 } from './interval.ts';
import { proportionInterval } from './proportions.ts';

/** A number that is known and not measured, such as a size in bytes. */
export const exactEstimate = (value: number): Estimate => ({ value, variance: 0, low: value, high: value, count: 1 });

/** From a 95 % interval; the variance is that of a normal distribution with an interval of this width. */
export function intervalEstimate(interval: Interval, count: number): Estimate {
  return { ...interval, variance: ((interval.high - interval.low) / (2 * NORMAL_95)) ** 2, count };
}

/**
 * A share such as accuracy. The variance is that of (successes + 2) / (count + 4) (Agresti and Coull 1998): never 0,
 * since 100 of 100 is not certainty.
 */
export function proportionEstimate(successes: number, count: number): Estimate {
  const adjusted = (successes + 2) / (count + 4);
  return { ...proportionInterval(successes, count), variance: (adjusted * (1 - adjusted)) / (count + 4), count };
}

/** The same estimate in another unit: a ratio times the nominal latency of the original is a latency. `by` must be above 0. */
export function scaledEstimate(estimate: Estimate, by: number): Estimate {
  if (!(by > 0)) throw new FleetError('invalid', `Cannot scale an estimate by ${by}: it is not above 0`);
  const { value, variance, low, high, count } = estimate;
  return { value: value * by, variance: variance * by * by, low: low * by, high: high * by, count };
}

/**
 * One estimate from several of the same thing, by devices or attempts, weighted by precision; where they disagree more than their
 * variances allow, the spread between them is added (DerSimonian and Laird 1986). An exact one among them is taken as it is.
 */
export function pooledEstimate(estimates: readonly Estimate[]): Estimate {
  const [first] = estimates;
  if (!first) throw new FleetError('invalid', 'Cannot pool estimates: there are none');
  if (estimates.length === 1) return first;
  const exact = estimates.find((estimate) => estimate.variance === 0);
  if (exact) return exact;
  const fixed = weighted(estimates, 0);
  const q = estimates.reduce((sum, { value, variance }) => sum + (value - fixed.value) ** 2 / variance, 0);
  const weights = estimates.map(({ variance }) => 1 / variance);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scale = total - weights.reduce((sum, weight) => sum + weight * weight, 0) / total;
  return weighted(estimates, Math.max(0, (q - (estimates.length - 1)) / scale));
}

function weighted(estimates: readonly Estimate[], between: number): Estimate {
  const weights = estimates.map(({ variance }) => 1 / (variance + between));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const value = estimates.reduce((sum, estimate, i) => sum + estimate.value * (weights[i] ?? 0), 0) / total;
  const half = NORMAL_95 * Math.sqrt(1 / total);
  return { value, variance: 1 / total, low: value - half, high: value + half, count: estimates.reduce((sum, { count }) => sum + count, 0) };
}
