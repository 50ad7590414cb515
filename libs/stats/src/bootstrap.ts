import { FleetError, type Rng } from '@fleetfit/core';
import type { Interval } from './interval.ts';
import { quantile } from './quantiles.ts';

export interface BootstrapOptions {
  readonly rng: Rng;
  /** Resamples; default 2,000. */
  readonly rounds?: number;
}

/**
 * A statistic with its 95 % interval by resampling (Efron 1979; percentile method). Resample what is independent: blocks, not single runs.
 * With fewer than about 8 values it is too narrow: say so beside the number.
 */
export function bootstrapInterval(
  sample: ArrayLike<number>,
  statistic: (resample: Float64Array) => number,
  { rng, rounds = 2_000 }: BootstrapOptions,
): Interval {
  const values = Float64Array.from(sample);
  if (values.length === 0) throw new FleetError('invalid', 'Cannot bootstrap: the sample is empty');
  const value = statistic(Float64Array.from(values));
  const resample = new Float64Array(values.length);
  const results = Float64Array.from({ length: rounds }, () => {
    for (let i = 0; i < resample.length; i++) resample[i] = values[rng.integer(values.length)] ?? 0;
    return statistic(resample);
  });
  return { value, low: Math.min(value, quantile(results, 0.025)), high: Math.max(value, quantile(results, 0.975)) };
}
