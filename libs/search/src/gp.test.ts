import { seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { makeGp } from './gp.ts';
import { fitGp } from './gp-model.ts';
import { samplerContract } from './testing.ts';
import { learnsContract } from './testing-learning.ts';

samplerContract('gp', makeGp);
learnsContract('gp', makeGp);

describe('fitGp', () => {
  const axes = Array.from({ length: 6 }, (_, i) => ({
    count: 5,
    categorical: i >= 3,
    positions: Float64Array.from({ length: 5 }, (_unused, k) => k / 4),
  }));
  const rng = seededRng(11);
  const points = Array.from({ length: 80 }, () => axes.map(() => rng.integer(5)));
  // Two knobs count, one of each kind.
  const value = (levels: readonly number[]) => 2 * ((levels[0] ?? 0) / 4 - 0.5) + (levels[4] === 2 ? 1 : -0.25);
  const model = fitGp(axes, { points, values: points.map(value) }, []);
  const fresh = Array.from({ length: 60 }, () => axes.map(() => rng.integer(5)));

  it('predicts points that it has not seen', () => {
    const { mean } = model.look(fresh);
    const error = fresh.reduce((sum, point, i) => sum + ((mean[i] ?? 0) - value(point)) ** 2, 0) / fresh.length;
    expect(error).toBeLessThan(0.05); // the values vary by about 0.75
  });

  it('gives the knobs that count the weight', () => {
    const [first, second] = [...model.weights.entries()].sort((a, b) => b[1] - a[1]).map(([i]) => i);
    expect([first, second].sort()).toEqual([0, 4]);
  });

  it('is surer where it was told something, or will be', () => {
    const far = axes.map(() => 4);
    const [known = 0, unknown = 0] = model.look([points[0] ?? [], far]).variance;
    expect(known).toBeLessThan(unknown);
    const waiting = fitGp(axes, { points, values: points.map(value) }, [far]);
    expect(waiting.look([far]).variance[0]).toBeLessThan(unknown);
    expect(waiting.look([far]).mean[0]).toBeCloseTo(model.look([far]).mean[0] ?? 0, 9); // the same numbers, added in the same order
  });
});
