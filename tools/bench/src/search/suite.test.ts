import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { numpyRandom } from './numpy-random.ts';
import { pairOf } from './problem.ts';
import { compressionProblemOf, problemOf } from './suite.ts';

/** Written by export-suite.py. */
interface Stored {
  readonly stream: {
    readonly mixed: readonly number[];
    readonly normals: readonly number[];
    readonly sum: number;
    readonly largest: number;
  };
  readonly problems: readonly {
    readonly name: string;
    readonly points: readonly (readonly number[])[];
    readonly objective: readonly number[];
    readonly costs?: readonly (readonly number[])[];
    readonly limits?: readonly number[];
    readonly pairs?: readonly (readonly number[])[];
  }[];
}
const stored = JSON.parse(readFileSync(join(import.meta.dirname, 'suite-values.json'), 'utf8')) as Stored;

// Sums in another order and another libm: some units in the last place of numbers up to 1e10.
const expectClose = (value: number, wanted: number | undefined) =>
  expect(Math.abs(value - (wanted ?? Number.NaN))).toBeLessThanOrEqual(1e-10 * (1 + Math.abs(wanted ?? 0)));

describe('the search suite', () => {
  it.each(stored.problems)('has the same values as its Python: $name', ({ name, points, objective, costs, limits, pairs }) => {
    const problem = problemOf(name);
    for (const [i, x] of points.entries()) expectClose(problem.objective(x), objective[i]);
    const compression = compressionProblemOf(name);
    if (!compression || !costs || !limits || !pairs) return;
    expectClose(compression.limits.latency, limits[0]);
    expectClose(compression.limits.size, limits[1]);
    for (const [i, x] of points.entries()) {
      const { drop, latency, size } = compression.costs(x);
      [drop, latency, size].forEach((value, k) => expectClose(value, costs[i]?.[k]));
      pairOf(compression, { drop, latency, size }).forEach((value, k) => expectClose(value, pairs[i]?.[k]));
      const layers = Array.from({ length: compression.layers }, (_, layer) => x.slice(3 * layer, 3 * layer + 3));
      expectClose(
        layers.reduce((sum, [b = 0, p = 0, r = 0], layer) => sum + compression.layerSize(layer, { bits: b, prune: p, rank: r }), 0),
        size,
      );
    }
  });

  it('refuses names of no family', () => {
    expect(() => problemOf('sphere_n64')).toThrow('Cannot make the problem "sphere_n64"');
  });
});

describe('numpyRandom', () => {
  it('gives the numbers of numpy.random.default_rng', () => {
    const random = numpyRandom(12345);
    const mixed = [
      random.random(),
      random.integers(36),
      random.integers(36),
      random.normal(0, 0.6),
      random.integers(7),
      random.uniform(-1, 0.3),
    ];
    mixed.forEach((value, i) => expectClose(value, stored.stream.mixed[i]));
  });

  it('gives its normal numbers, the rare ones of the tail too', () => {
    const random = numpyRandom(7);
    const normals = Array.from({ length: 20_000 }, () => random.normal());
    stored.stream.normals.forEach((wanted, i) => expectClose(normals[i] ?? 0, wanted));
    expectClose(
      normals.reduce((sum, value) => sum + value, 0),
      stored.stream.sum,
    );
    expectClose(
      normals.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0),
      stored.stream.largest,
    );
  });
});
