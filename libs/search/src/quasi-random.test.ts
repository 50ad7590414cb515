import { deviceClassId } from '@fleetfit/core';
import type { Knob } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { makeQuasiRandom } from './quasi-random.ts';
import { samplerContract } from './testing.ts';

samplerContract('quasi-random', makeQuasiRandom);

const knobs = Array.from(
  { length: 40 },
  (_, i): Knob => ({
    name: `k${i}`,
    label: `k${i}`,
    order: 'ordinal',
    levels: Array.from({ length: 4 }, (_unused, level) => ({
      name: `${level}`,
      label: `${level}`,
      adds: { kind: 'steps', steps: [{ word: `k${i}`, args: { at: level } }] },
    })),
  }),
);

describe('quasi-random', () => {
  it('visits the levels of every knob more evenly than chance', () => {
    const asks = makeQuasiRandom({ space: { knobs }, seed: 3, classes: [deviceClassId('any')] }).ask(256);
    const spread = knobs.map(({ name }) => {
      const visits = ['0', '1', '2', '3'].map((level) => asks.filter(({ point }) => point?.[name] === level).length);
      return visits.reduce((sum, count) => sum + (count - 64) ** 2, 0) / 4;
    });
    // Drawn at random the variance of a count is 256 x 1/4 x 3/4 = 48.
    expect(spread.reduce((sum, each) => sum + each, 0) / spread.length).toBeLessThan(24);
  });
});
