import { describe, expect, it } from 'vitest';
import type { Measured } from '../keeping/history.ts';
import { driftOf } from './drift-of.ts';

const noon = new Date(2026, 5, 1, 12);
const measured = (controlMs: number | undefined, change: Partial<Measured> = {}): Measured => ({
  attempt: 'a',
  candidate: 'c001',
  sweep: 's1',
  judged: false,
  at: noon.getTime(),
  p50Ms: 1,
  ratio: undefined,
  tookMs: 1,
  why: '',
  controlMs,
  ...change,
});

describe('whether a phone slows down', () => {
  it('is told by the original, which runs between the candidates: now against its best today, in one sweep', () => {
    expect(driftOf([measured(26), measured(20), measured(21)], noon)).toEqual({ times: 1.3, slower: true });
    expect(driftOf([measured(20), measured(26)], noon)).toEqual({ times: 1, slower: false });
    expect(driftOf([measured(22), measured(20)], noon)?.slower).toBe(false);
  });

  it('does not compare with other models or other days', () => {
    const yesterday = noon.getTime() - 86_400_000;
    expect(driftOf([measured(26), measured(5, { sweep: 's2' }), measured(5, { at: yesterday })], noon)?.times).toBe(1);
  });

  it('is not known without a measurement', () => {
    expect(driftOf([], noon)).toBeUndefined();
    expect(driftOf([measured(undefined)], noon)).toBeUndefined();
  });
});
