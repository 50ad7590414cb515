import { deviceClassId } from '@fleetfit/core';
import { formatRecipe, type Knob, type Point } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { makeNsga2 } from './nsga2.ts';
import { makeRandom } from './random.ts';
import type { MakeSampler } from './sampler.ts';
import { samplerContract } from './testing.ts';
import { learnsContract } from './testing-learning.ts';

samplerContract('nsga2', makeNsga2);
learnsContract('nsga2', makeNsga2);

const ANY = deviceClassId('any');
const knobs = Array.from(
  { length: 12 },
  (_, i): Knob => ({
    name: `k${i}`,
    label: `k${i}`,
    order: 'ordinal',
    levels: Array.from({ length: 8 }, (_unused, at) => ({
      name: `${at}`,
      label: `${at}`,
      adds: { kind: 'steps', steps: [{ word: `k${i}`, args: { at } }] },
    })),
  }),
);

describe('nsga2', () => {
  it('finds fast and small candidates at once, where each knob trades one for the other or is waste', () => {
    const sizes = ([make, seed]: readonly [MakeSampler, number]) => {
      const sampler = make({ space: { knobs }, seed, classes: [ANY], goal: { objectives: ['latency', 'size'] }, budget: 320 });
      const waste: number[] = [];
      for (let round = 0; round < 40; round++) {
        const told = sampler.ask(8).map(({ point, recipe, fidelity }) => {
          const { latency, size, spent } = costs(point ?? {});
          waste.push(spent);
          const exactly = (value: number) => ({ value, variance: 0, low: value, high: value, count: 1 });
          return {
            recipe: formatRecipe(recipe),
            deviceClass: ANY,
            outcome: { kind: 'measured', metrics: { latency: exactly(latency), size: exactly(size) } } as const,
            fidelity,
          };
        });
        sampler.tell(told);
      }
      return waste.slice(-80).reduce((sum, each) => sum + each, 0) / 80;
    };
    expect(sizes([makeNsga2, 1])).toBeLessThan(0.5 * sizes([makeRandom, 1]));
  });
});

/** Half of the knobs trade latency for size; the others cost both. */
function costs(point: Point): { latency: number; size: number; spent: number } {
  const levels = knobs.map(({ name }) => Number(point[name]));
  const trade = levels.slice(0, 6).reduce((sum, each) => sum + each, 0);
  const spent = levels.slice(6).reduce((sum, each) => sum + each, 0);
  return { latency: 10 + trade + spent, size: 10 + 42 - trade + spent, spent };
}
