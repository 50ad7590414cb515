import { describe, expect, it } from 'vitest';
import type { Effect } from './next-effects.ts';
import { losesForSure } from './race.ts';
import { foldEvents, ORIGINAL_ID } from './state.ts';
import { toldOf } from './tell.ts';
import { figures, runSweep, SWEEP, setupOf, TWO, type World } from './testing-sweep.ts';

/** `bad` answers nothing right, `good` everything. */
function world(measured: string[]): World {
  return {
    recipes: ['bad', 'good'],
    compress: () => ({ bytes: 500 }),
    measure: ({ candidate, classId, share, purpose }: Extract<Effect, { do: 'measure' }>) => {
      if (purpose === 'measure' && classId === TWO) measured.push(`${candidate} ${share}`);
      return figures({ top1: candidate === 'c001' ? '0000' : '1111' });
    },
  };
}

function measuredOn(race: boolean): string[] {
  const measured: string[] = [];
  runSweep(setupOf({ candidates: 2, race, constraints: { accuracyDropPoints: 5 } }), world(measured));
  return measured.sort();
}

describe('a race', () => {
  it('stops measuring who loses for sure, and measures the original and the others whole', () => {
    expect(measuredOn(true)).toEqual([`${ORIGINAL_ID} 0`, `${ORIGINAL_ID} 1`, 'c001 0', 'c002 0', 'c002 1']);
    expect(measuredOn(false)).toHaveLength(6);
  });

  it('tells the sampler of who was stopped, and ends', () => {
    const state = foldEvents(SWEEP, runSweep(setupOf({ candidates: 2, race: true, constraints: { accuracyDropPoints: 5 } }), world([])));
    expect(state.ended).toBe('done');
    expect(toldOf(state).map(({ recipe, deviceClass, outcome }) => [recipe, deviceClass, outcome.kind])).toContainEqual([
      'bad',
      TWO,
      'infeasible',
    ]);
  });

  it('lets go on who may still be good', () => {
    const answers = { original: '1111111111', candidate: '1111111110' };
    expect(losesForSure([answers], 1)).toBe(false);
    expect(losesForSure([{ original: '1'.repeat(100), candidate: '1'.repeat(60) + '0'.repeat(40) }], 1)).toBe(true);
    expect(losesForSure([], 1)).toBe(false);
  });
});
