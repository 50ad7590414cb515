import { deviceClassId } from '@fleetfit/core';
import { formatRecipe, type Knob, type Point } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { makeRandom } from './random.ts';
import type { MakeSampler } from './sampler.ts';

const CLASS = deviceClassId('one');
/** Samplers that think take a second or two in all; a busy machine may take longer. */
const PATIENT_MS = 60_000;
const LEVELS = [0, 1, 2, 3, 4, 5, 6, 7];

/** Ten ordered knobs and two unordered ones; a mismatch costs its square, a wrong category 20. */
const knobs: readonly Knob[] = [
  ...Array.from({ length: 10 }, (_, i) => knobOf(`order${i}`, 'ordinal', LEVELS)),
  ...Array.from({ length: 2 }, (_, i) => knobOf(`kind${i}`, 'categorical', [0, 1, 2, 3])),
];

function knobOf(name: string, order: Knob['order'], levels: readonly number[]): Knob {
  return {
    name,
    label: name,
    order,
    levels: levels.map((level) => ({
      name: `${level}`,
      label: `${level}`,
      adds: { kind: 'steps', steps: [{ word: name, args: { at: level } }] },
    })),
  };
}

function cost(point: Point): number {
  return knobs.reduce((sum, { name, order }, i) => {
    const level = Number(point[name]);
    return sum + (order === 'ordinal' ? (level - ((3 * i) % 8)) ** 2 : level === i % 4 ? 0 : 20);
  }, 0);
}

/** What is expected of samplers that learn, whatever their idea: they beat chance by far on an easy problem, and take noise, failures and silence. */
export function learnsContract(name: string, make: MakeSampler): void {
  const play = (maker: MakeSampler, seed: number): number => {
    const sampler = maker({ space: { knobs }, seed, classes: [CLASS], goal: { objectives: ['score'] }, budget: 160 });
    const costs: number[] = [];
    for (let round = 0; round < 20; round++) {
      const asks = sampler.ask(8);
      sampler.tell(
        // Every ninth answer never comes, every seventh is a failure.
        asks.flatMap(({ point, recipe, fidelity }, i) => {
          const value = cost(point ?? {});
          costs.push(value);
          if ((8 * round + i) % 9 === 8) return [];
          const metrics = { score: { value, variance: 0, low: value, high: value, count: 1 } };
          const outcome =
            (8 * round + i) % 7 === 6 ? ({ kind: 'failed', why: 'it fell' } as const) : ({ kind: 'measured', metrics } as const);
          return [{ recipe: formatRecipe(recipe), deviceClass: CLASS, outcome, fidelity }];
        }),
      );
    }
    return Math.min(...costs);
  };

  describe(`${name}, as a sampler that learns`, () => {
    it.each([1, 2])(
      'finds in 160 candidates what chance does not, with answers missing (seed %i)',
      (seed) => {
        expect(play(make, seed)).toBeLessThan(0.6 * play(makeRandom, seed));
      },
      PATIENT_MS,
    );

    it(
      'learns from candidates of the space that it never asked for',
      () => {
        const options = { space: { knobs }, seed: 5, classes: [CLASS], goal: { objectives: ['score'] as const } };
        const given = makeRandom(options)
          .ask(60)
          .map(({ recipe, point, fidelity }) => {
            const value = cost(point ?? {});
            const metrics = { score: { value, variance: 0, low: value, high: value, count: 1 } };
            return { recipe: formatRecipe(recipe), deviceClass: CLASS, outcome: { kind: 'measured', metrics } as const, fidelity };
          });
        const sampler = make(options);
        sampler.tell(given);
        sampler.ask(40);
        const snapshot = JSON.parse(JSON.stringify(sampler.snapshot()));
        expect(make({ ...options, snapshot }).ask(3)).toEqual(sampler.ask(3));
      },
      PATIENT_MS,
    );
  });
}
