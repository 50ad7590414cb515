import { describe, expect, it } from 'vitest';
import type { Row } from '../bench.ts';
import { bench } from '../search.ts';
import { judge, medianLead, pairs, rowName, shareAhead } from './match.ts';
import { bestAfter, type Turn } from './play.ts';

const game = (seed: number) => ({ problem: 'comp12_s1', seed, way: 'b8' });
const rowsOf = (figures: Readonly<Record<string, readonly number[]>>): ReadonlyMap<string, Row> =>
  new Map(
    Object.entries(figures).flatMap(([method, values]) =>
      values.map((value, seed): [string, Row] => {
        const name = rowName({ ...game(seed), method });
        return [name, { name, fields: { best_200: value } }];
      }),
    ),
  );
const sides = [
  { method: 'mine', field: 'best_200' },
  { method: 'theirs', field: 'best_200' },
] as const;

describe('comparing methods', () => {
  const rows = rowsOf({ mine: [1, 2, 3, 4], theirs: [2, 2, 2] });
  const paired = pairs(rows, [0, 1, 2, 3].map(game), sides);

  it('pairs the same problem and seed, and leaves out what only one was measured on', () => {
    expect(paired).toEqual([
      { mine: 1, theirs: 2 },
      { mine: 2, theirs: 2 },
      { mine: 3, theirs: 2 },
    ]);
    expect(shareAhead(paired)).toBe(0.5);
    expect(medianLead(paired)).toBe(0);
  });

  it('does not judge without a pair', () => {
    const wanted = { name: 'ahead', unit: 'of runs', target: '>= 0.6', holds: (value: number) => value >= 0.6 };
    expect(judge([], wanted, shareAhead).holds).toBe('not judged');
    expect(judge(paired, wanted, shareAhead)).toMatchObject({ name: 'ahead (3 runs)', value: 0.5, holds: false });
  });

  it('takes home the best reading that is allowed, and its value without noise', () => {
    const turn = (score: number, truth: number, allowed = true): Turn => ({ score, truth, allowed });
    const turns = [turn(5, 5), turn(1, 1, false), turn(2, 4), turn(3, 1)];
    expect([1, 2, 3, 4].map((count) => bestAfter(turns, count))).toEqual([5, 5, 4, 4]);
    expect(bestAfter([turn(1, 1, false)], 1)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the bench of samplers', () => {
  it('has a name for every row, none twice, and judges nothing before rows are there', () => {
    const names = bench.rows.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(bench.rows.filter(({ long }) => !long).length).toBeGreaterThan(0);
    expect(bench.checks(new Map()).every(({ holds }) => holds === 'not judged')).toBe(true);
  });
});
