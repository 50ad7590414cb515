import { describe, expect, it } from 'vitest';
import { smallCandidate, smallOn } from '../testing/small-sweep.ts';
import { candidateRows, countRows, worstChange } from './candidate-rows.ts';

const fast = smallCandidate('c001', {
  sentence: 'Int8 per channel',
  classes: [smallOn('pi', { ms: 10, points: -2 }, { onFront: true, withinLimits: 'no' })],
});
const slow = smallCandidate('c002', {
  sentence: 'Weights in 16 bits',
  classes: [smallOn('pi', { ms: 30, points: -0.2 }, { withinLimits: 'yes' })],
});
const refused = smallCandidate('c003', { state: 'refused', why: 'nothing to factorize' });
const candidates = [slow, refused, fast];
const ids = (rows: readonly { readonly id: string }[]) => rows.map((row) => row.id);

describe('the rows of the table', () => {
  it('leave what has no number last, whichever way they are sorted', () => {
    const by = { latencyOn: 'pi' };
    expect(ids(candidateRows(candidates, { filter: 'all', text: '', order: { by, descending: false } }))).toEqual(['c001', 'c002', 'c003']);
    expect(ids(candidateRows(candidates, { filter: 'all', text: '', order: { by, descending: true } }))).toEqual(['c002', 'c001', 'c003']);
  });

  it('are found by id, words of the recipe and the reason of a refusal', () => {
    const find = (text: string) => ids(candidateRows(candidates, { filter: 'all', text, order: { by: 'candidate', descending: false } }));
    expect(find('16 bits')).toEqual(['c002']);
    expect(find('C001')).toEqual(['c001']);
    expect(find('factorize')).toEqual(['c003']);
    expect(find('no such thing')).toEqual([]);
  });

  it('are counted as they would be filtered', () => {
    expect(countRows(candidates)).toEqual({ all: 3, front: 1, inside: 1, 'not measured': 1 });
  });

  it('say the change of the class that loses most', () => {
    const both = smallCandidate('c004', { classes: [smallOn('pi', { ms: 1, points: -0.5 }), smallOn('x86', { ms: 1, points: -0.9 })] });
    expect(worstChange(both)?.value).toBe(-0.9);
    expect(worstChange(refused)).toBeUndefined();
  });
});
