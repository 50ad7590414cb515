import { seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { coefficientOfVariation, median, medianInterval, quantile, quantileInterval, severeOutlierShare } from './quantiles.ts';

describe('quantile', () => {
  it('interpolates between order statistics and leaves the sample in its order', () => {
    const sample = [4, 1, 3, 2];
    expect(quantile(sample, 0)).toBe(1);
    expect(quantile(sample, 1)).toBe(4);
    expect(median(sample)).toBe(2.5);
    // R: quantile(1:4, 0.9) = 3.7
    expect(quantile(sample, 0.9)).toBeCloseTo(3.7, 12);
    expect(sample).toEqual([4, 1, 3, 2]);
  });

  it('refuses an empty sample and a share outside 0..1', () => {
    expect(() => quantile([], 0.5)).toThrow('empty');
    expect(() => quantile([1], 1.5)).toThrow('1.5');
  });
});

describe('quantileInterval', () => {
  it('takes the ranks of the binomial distribution for the median', () => {
    // Tables of the sign test: n = 10, ranks 2 and 9; n = 20, ranks 6 and 15.
    const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
    expect(medianInterval(upTo(10))).toEqual({ value: 5.5, low: 2, high: 9 });
    expect(medianInterval(upTo(20))).toEqual({ value: 10.5, low: 6, high: 15 });
  });

  it('gives the extremes where the sample is too small for 95 %', () => {
    expect(medianInterval([3, 1, 2])).toEqual({ value: 2, low: 1, high: 3 });
    expect(quantileInterval([7], 0.95)).toEqual({ value: 7, low: 7, high: 7 });
  });

  it.each([0.5, 0.9, 0.95])('covers the true quantile %d of skewed samples at least 94 times in 100', (q) => {
    const rng = seededRng(11);
    const truth = -Math.log(1 - q);
    for (const n of [60, 300, 1_500]) {
      const trials = 400;
      let covered = 0;
      for (let i = 0; i < trials; i++) {
        const { low, high } = quantileInterval(
          Array.from({ length: n }, () => -Math.log(1 - rng.next())),
          q,
        );
        if (low <= truth && truth <= high) covered++;
      }
      // 95 % less two standard errors of 400 trials is 92.8 %; small samples of high quantiles can only be cut at their maximum.
      expect(covered / trials, `n = ${n}, seed 11`).toBeGreaterThan(0.928);
    }
  });
});

describe('spread', () => {
  it('is relative to the mean', () => {
    expect(coefficientOfVariation([9, 10, 11])).toBeCloseTo(0.1, 12);
    expect(coefficientOfVariation([5])).toBe(0);
  });

  it('counts only values far outside as severe', () => {
    expect(severeOutlierShare([10, 11, 12, 13, 14, 15, 16, 17, 18, 90])).toBe(0.1);
    expect(severeOutlierShare([10, 11, 12, 13])).toBe(0);
  });
});
