import { seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { bootstrapInterval } from './bootstrap.ts';
import { mean, median } from './quantiles.ts';

describe('bootstrapInterval', () => {
  it('gives the same interval for the same seed', () => {
    const interval = () => bootstrapInterval([1, 5, 2, 8, 3], median, { rng: seededRng(4) });
    expect(interval()).toEqual(interval());
  });

  it('covers the true mean of a normal sample about 95 times in 100', () => {
    const rng = seededRng(5);
    let covered = 0;
    for (let i = 0; i < 300; i++) {
      const { low, high } = bootstrapInterval(
        Array.from({ length: 40 }, () => 7 + rng.normal()),
        mean,
        { rng, rounds: 400 },
      );
      if (low <= 7 && 7 <= high) covered++;
    }
    // 95 % give or take three standard errors of 300 trials, less one point for the percentile method at n = 40.
    expect(covered / 300, 'seed 5').toBeGreaterThan(0.9);
    expect(covered / 300, 'seed 5').toBeLessThan(0.99);
  });

  it('does not touch the sample', () => {
    const sample = [3, 1, 2];
    bootstrapInterval(sample, (resample) => resample.sort()[0] ?? 0, { rng: seededRng(1), rounds: 10 });
    expect(sample).toEqual([3, 1, 2]);
  });
});
