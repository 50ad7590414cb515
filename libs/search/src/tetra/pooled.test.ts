import { deviceClassId } from '@fleetfit/core';
import { floatKnob, formatRecipe } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { makeRandom } from '../random.ts';
import type { MakeSampler } from '../sampler.ts';
import { samplerContract } from '../testing.ts';
import { makePooled } from './pooled.ts';

samplerContract('tetra, given one number', makePooled);

const phone = deviceClassId('phone');
const knobs = Array.from({ length: 6 }, (_, i) => {
  const adds = (value: number) => ({ kind: 'steps', steps: [{ word: `turn${i}`, args: { to: value } }] }) as const;
  return floatKnob({ name: `x${i}`, label: `x${i}`, low: -1, high: 1, count: 17, adds });
});

/** The best of 64 candidates on a bowl whose axes are skewed, told in batches of 8. */
function bestOf64(make: MakeSampler, seed: number): number {
  const sampler = make({ space: { knobs }, seed, classes: [phone], goal: { objectives: ['score'] } });
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 8; round++) {
    sampler.tell(
      sampler.ask(8).map(({ point, recipe, fidelity }) => {
        const x = knobs.map(({ name }) => Number(point?.[name]) - 0.4);
        const value = x.reduce((sum, each, i) => sum + each ** 2 + 0.8 * each * (x[i + 1] ?? 0), 0);
        best = Math.min(best, value);
        const metrics = { score: { value, variance: 0, low: value, high: value, count: 1 } };
        return { recipe: formatRecipe(recipe), deviceClass: phone, outcome: { kind: 'measured', metrics } as const, fidelity };
      }),
    );
  }
  return best;
}

describe('tetra, given one number', () => {
  it.each([1, 2, 3])('finds the bottom of a bowl where chance does not (seed %i)', (seed) => {
    expect(bestOf64(makePooled, seed)).toBeLessThan(0.6 * bestOf64(makeRandom, seed));
  });
});
