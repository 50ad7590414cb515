import { seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { pairedCounts, pairedDifferenceInterval, proportionInterval } from './proportions.ts';

describe('proportionInterval', () => {
  it('gives the published Wilson intervals', () => {
    // Newcombe 1998 (Statistics in Medicine 17, 857), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    const rows = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const;
    for (const [successes, count, low, high] of rows) {
      const interval = proportionInterval(successes, count);
      expect(interval.low).toBeCloseTo(low, 4);
      expect(interval.high).toBeCloseTo(high, 4);
    }
  });

  it('never leaves 0..1 and always encloses its value', () => {
    expect(proportionInterval(500, 500)).toMatchObject({ value: 1, high: 1 });
    expect(proportionInterval(0, 500)).toMatchObject({ value: 0, low: 0 });
    expect(() => proportionInterval(3, 2)).toThrow('3 of 2');
  });
});

describe('pairedDifferenceInterval', () => {
  it('knows little after few images even when nothing changed', () => {
    const few = pairedDifferenceInterval({ lost: 0, won: 0, count: 10 });
    const many = pairedDifferenceInterval({ lost: 0, won: 0, count: 1000 });
    expect(few.value).toBe(0);
    expect(few.high - few.low).toBeGreaterThan(0.3);
    expect(many.high - many.low).toBeLessThan(0.01);
  });

  it('is far narrower than two separate intervals', () => {
    const paired = pairedDifferenceInterval({ lost: 12, won: 2, count: 500 });
    expect(paired.value).toBeCloseTo(-0.02, 12);
    const alone = proportionInterval(440, 500);
    expect(paired.high - paired.low).toBeLessThan((alone.high - alone.low) / 1.5);
    expect(paired.high).toBeLessThan(0);
  });

  it('covers the true change about 95 times in 100', () => {
    const rng = seededRng(6);
    let covered = 0;
    for (let trial = 0; trial < 1_000; trial++) {
      const draws = Array.from({ length: 200 }, () => rng.next());
      const lost = draws.filter((u) => u < 0.06).length;
      const won = draws.filter((u) => u > 0.98).length;
      const { low, high } = pairedDifferenceInterval({ lost, won, count: 200 });
      if (low <= -0.04 && -0.04 <= high) covered++;
    }
    expect(covered / 1_000, 'seed 6').toBeGreaterThan(0.93);
  });

  it('counts pairs image by image', () => {
    expect(pairedCounts([true, true, false, false], [true, false, true, false])).toEqual({ lost: 1, won: 1, count: 4 });
    expect(() => pairedCounts([true], [])).toThrow('1 images');
  });
});
