import { candidateId, deviceClassId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { countRows, windowOf, worstChange } from './candidate-window.ts';
import type { CandidateRow, WindowQuery } from './overview-views.ts';
import type { CandidateOnClass } from './views.ts';

const on = (id: string, ms: number, points: number, more: Partial<CandidateOnClass> = {}): CandidateOnClass => ({
  id: deviceClassId(id),
  state: 'measured',
  latencyMs: { value: ms, low: ms, high: ms, variance: 0, count: 8 },
  accuracyChange: { value: points, low: points - 0.1, high: points + 0.1 },
  onFront: false,
  ...more,
});
const row = (id: string, more: Partial<CandidateRow>): CandidateRow => ({
  id: candidateId(id),
  isOriginal: false,
  recipe: 'cast',
  sentence: 'Cast',
  state: 'measured',
  classes: [],
  ...more,
});

const fast = row('c001', { sentence: 'Int8 per channel', bytes: 10, classes: [on('pi', 10, -2, { onFront: true, withinLimits: 'no' })] });
const slow = row('c002', { sentence: 'Weights in 16 bits', bytes: 30, classes: [on('pi', 30, -0.2, { withinLimits: 'yes' })] });
const refused = row('c003', { state: 'refused', why: 'nothing to factorize' });
const late = row('c1000', { bytes: 20, classes: [on('pi', 20, -1)] });
const all = [slow, late, refused, fast];
const query: WindowQuery = { filter: 'all', text: '', order: { by: 'candidate', descending: false }, offset: 0, limit: 100 };
const ids = (change: Partial<WindowQuery>) => windowOf(all, { ...query, ...change }).rows.map(({ id }) => id);

describe('a window of rows', () => {
  it('leaves what has no number last, whichever way it is sorted', () => {
    const by = { latencyOn: 'pi' };
    expect(ids({ order: { by, descending: false } })).toEqual(['c001', 'c1000', 'c002', 'c003']);
    expect(ids({ order: { by, descending: true } })).toEqual(['c002', 'c1000', 'c001', 'c003']);
  });

  it('counts ids, so that c1000 comes after c003', () => {
    expect(ids({})).toEqual(['c001', 'c002', 'c003', 'c1000']);
  });

  it('finds by id, words of the recipe and the reason of a refusal', () => {
    expect(ids({ text: '16 bits' })).toEqual(['c002']);
    expect(ids({ text: 'C001' })).toEqual(['c001']);
    expect(ids({ text: 'factorize' })).toEqual(['c003']);
    expect(ids({ text: 'no such thing' })).toEqual([]);
  });

  it('says how many match beyond its end', () => {
    expect(windowOf(all, { ...query, offset: 1, limit: 2 })).toMatchObject({ total: 4, rows: [{ id: 'c002' }, { id: 'c003' }] });
  });

  it('keeps to a part of the chart, by latency or by size', () => {
    const box = { across: 'latency' as const, from: 15, to: 40, low: -1.5, high: 0 };
    expect(ids({ box })).toEqual(['c002', 'c1000']);
    expect(ids({ box: { ...box, across: 'size', from: 5, to: 25, low: -3 } })).toEqual(['c001', 'c1000']);
  });

  it('gives rows by their ids, whatever else is asked', () => {
    expect(ids({ ids: ['c002'], text: 'no such thing' })).toEqual(['c002']);
  });

  it('is counted as it would be filtered', () => {
    expect(countRows(all)).toEqual({ all: 4, front: 1, inside: 1, 'not measured': 1 });
  });
});

it('takes the change of the class that loses most', () => {
  expect(worstChange(row('c004', { classes: [on('pi', 1, -0.5), on('x86', 1, -0.9)] }))?.value).toBe(-0.9);
  expect(worstChange(refused)).toBeUndefined();
});
