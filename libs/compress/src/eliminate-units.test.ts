import { seededRng } from '@fleetfit/core';
import { cholesky, solveCholesky } from '@fleetfit/numerics';
import { describe, expect, it } from 'vitest';
import { eliminateUnits, type Reader } from './eliminate-units.ts';

/** Features that depend on each other, as channels do; units of `taps` features. */
function reader(seed: number, { units, taps, outputs }: { units: number; taps: number; outputs: number }): Reader {
  const rng = seededRng(seed);
  const size = units * taps;
  const rows = Array.from({ length: size * 3 }, () => {
    const shared = rng.normal();
    return Float64Array.from({ length: size }, (_, i) => rng.normal() + shared * ((i % 3) + 0.3));
  });
  const covariance = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++)
      covariance[i * size + j] = rows.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0) / rows.length;
  const featuresOf = Array.from({ length: units }, (_, unit) => Array.from({ length: taps }, (_, tap) => unit * taps + tap));
  return { size, outputs, covariance, weights: Float64Array.from({ length: size * outputs }, () => rng.normal()), featuresOf, counts: 1 };
}

/** Squared error of weights: tr((W - V)' S (W - V)). */
function errorOf({ size, outputs, covariance, weights }: Reader, v: Float64Array): number {
  let error = 0;
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) {
        const [a, b] = [i, j].map((k) => (weights[k * outputs + o] ?? 0) - (v[k * outputs + o] ?? 0));
        error += (a ?? 0) * (covariance[i * size + j] ?? 0) * (b ?? 0);
      }
  return error;
}

/** The best weights for the features that are left, solved directly. */
function solved({ size, outputs, covariance, weights, featuresOf }: Reader, gone: readonly number[]): Float64Array {
  const kept = featuresOf.flatMap((features, unit) => (gone.includes(unit) ? [] : features));
  const data = Float64Array.from(kept.flatMap((i) => kept.map((j) => covariance[i * size + j] ?? 0)));
  const factor = cholesky({ rows: kept.length, cols: kept.length, data });
  const best = new Float64Array(weights.length);
  for (let o = 0; o < outputs; o++) {
    const right = kept.map((i) =>
      Array.from({ length: size }, (_, j) => (covariance[i * size + j] ?? 0) * (weights[j * outputs + o] ?? 0)).reduce((a, b) => a + b, 0),
    );
    solveCholesky(factor, right).forEach((value, k) => void (best[(kept[k] ?? 0) * outputs + o] = value));
  }
  return best;
}

describe('eliminateUnits', () => {
  it.each([
    ['single features', { units: 12, taps: 1, outputs: 5 }],
    ['blocks of taps', { units: 6, taps: 4, outputs: 3 }],
  ])('fits the rest exactly and knows what it loses: %s', (_, shape) => {
    const problem = reader(3, shape);
    const { order, losses, weights } = eliminateUnits([problem], shape.units, { most: 4, ridge: 1e-9, at: [4] });
    const fitted = weights.get(4)?.[0] ?? new Float64Array(0);
    const best = solved(problem, order);
    // Ridge of 1e-9 and float64.
    for (let i = 0; i < best.length; i++) expect(fitted[i]).toBeCloseTo(best[i] ?? 0, 5);
    expect(losses[4]).toBeCloseTo(errorOf(problem, fitted), 5);
    expect([...losses]).toEqual([...losses].sort((a, b) => a - b));
  });

  it('takes the unit first that costs least', () => {
    const problem = reader(4, { units: 8, taps: 1, outputs: 4 });
    const costs = Array.from({ length: 8 }, (_, unit) => errorOf(problem, solved(problem, [unit])));
    const { order } = eliminateUnits([problem], 8, { most: 1, ridge: 1e-9, at: [] });
    expect(order[0]).toBe(costs.indexOf(Math.min(...costs)));
  });

  it('would be noticed with a wrong formula: without fitting again the error is larger', () => {
    const problem = reader(5, { units: 10, taps: 1, outputs: 4 });
    const { order, losses } = eliminateUnits([problem], 10, { most: 3, ridge: 1e-9, at: [] });
    const cut = problem.weights.map((w, i) => (order.includes(Math.floor(i / problem.outputs)) ? 0 : w));
    expect(errorOf(problem, cut)).toBeGreaterThan(1.2 * (losses[3] ?? 0));
  });

  it('counts all layers that read a unit, and keeps a given order', () => {
    const [a, b] = [reader(6, { units: 6, taps: 1, outputs: 2 }), reader(7, { units: 6, taps: 2, outputs: 3 })];
    const together = eliminateUnits([a, b], 6, { most: 2, ridge: 1e-6, at: [2], order: [3, 1] });
    const alone = [a, b].map((each) => eliminateUnits([each], 6, { most: 2, ridge: 1e-6, at: [], order: [3, 1] }).losses[2] ?? 0);
    expect(together.order).toEqual([3, 1]);
    expect(together.losses[2]).toBeCloseTo((alone[0] ?? 0) + (alone[1] ?? 0), 8);
  });

  it('takes dead features first, at no cost', () => {
    const problem = reader(8, { units: 6, taps: 1, outputs: 2 });
    const covariance = problem.covariance.map((value, i) => (i % 6 === 2 || Math.floor(i / 6) === 2 ? 0 : value));
    const { order, losses } = eliminateUnits([{ ...problem, covariance }], 6, { most: 1, ridge: 1e-4, at: [] });
    expect(order).toEqual([2]);
    expect(losses[1]).toBeLessThan(0.05 * errorOf(problem, solved(problem, [0])));
  });
});
