import { type Rng, seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { type Bracket, ratioInterval } from './ratio.ts';

// Blocks of 20 samples. Neighbours slow whole blocks down by up to 10 %, single runs vary by 2 %.
function bracketOf(ratio: number, rng: Rng): Bracket {
  const block = (runMs: number): number[] => {
    const slow = 1 + 0.1 * rng.next();
    return Array.from({ length: 20 }, () => runMs * slow * Math.exp(0.02 * rng.normal()));
  };
  return { control: [block(10), block(10)], candidate: [block(10 * ratio), block(10 * ratio)] };
}

describe('ratioInterval', () => {
  it.each([3, 4, 8])('holds the truth about 95 times in 100 with %d brackets', (count) => {
    const rng = seededRng(count);
    const trials = 120;
    let held = 0;
    for (let i = 0; i < trials; i++) {
      const { low, high } = ratioInterval(
        Array.from({ length: count }, () => bracketOf(0.5, rng)),
        rng,
      );
      if (low <= 0.5 && 0.5 <= high) held++;
    }
    // 95 % less two standard errors of 120 trials.
    expect(held / trials, `seed ${count}`).toBeGreaterThan(0.91);
  });

  it('gets narrower with more brackets', () => {
    const width = (count: number): number => {
      const rng = seededRng(9);
      const { low, high } = ratioInterval(
        Array.from({ length: count }, () => bracketOf(0.5, rng)),
        rng,
      );
      return high - low;
    };
    expect(width(40)).toBeLessThan(width(4) / 2);
  });

  it('is not led astray by one spoiled bracket', () => {
    const rng = seededRng(3);
    const good = Array.from({ length: 6 }, () => bracketOf(0.5, rng));
    const spoiled: Bracket = { control: [[10], [10]], candidate: [[50], [50]] };
    expect(ratioInterval([...good, spoiled], rng).value).toBeCloseTo(0.5, 1);
  });

  it('takes one bracket too', () => {
    const { low, value, high } = ratioInterval([bracketOf(0.5, seededRng(1))], seededRng(2));
    expect(low).toBeLessThan(value);
    expect(value).toBeLessThan(high);
  });
});
