import { deviceClassId } from '@fleetfit/core';
import { formatRecipe, type Knob, type Point } from '@fleetfit/space';
import { hypervolume } from '@fleetfit/stats';
import { describe, expect, it } from 'vitest';
import { makeRandom } from './random.ts';
import type { MakeSampler } from './sampler.ts';
import { makeTpe } from './tpe.ts';

const ANY = deviceClassId('any');
const knobs = Array.from(
  { length: 10 },
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

/** Five knobs trade one objective for the other, five cost both. */
function costs(point: Point): [number, number] {
  const levels = knobs.map(({ name }) => Number(point[name]));
  const sum = (of: readonly number[]) => of.reduce((total, each) => total + each, 0);
  const [trade, waste] = [sum(levels.slice(0, 5)), sum(levels.slice(5))];
  return [1 + trade + waste, 36 - trade + waste];
}

function volumeOf(make: MakeSampler): number {
  const sampler = make({ space: { knobs }, seed: 3, classes: [ANY], goal: { objectives: ['latency', 'size'] }, budget: 160 });
  const points: [number, number][] = [];
  for (let round = 0; round < 20; round++) {
    const exactly = (value: number) => ({ value, variance: 0, low: value, high: value, count: 1 });
    const told = sampler.ask(8).map(({ point, recipe, fidelity }) => {
      const [latency, size] = costs(point ?? {});
      points.push([latency, size]);
      const metrics = { latency: exactly(latency), size: exactly(size) };
      return { recipe: formatRecipe(recipe), deviceClass: ANY, outcome: { kind: 'measured', metrics } as const, fidelity };
    });
    sampler.tell(told);
  }
  return hypervolume(points, [72, 72]);
}

describe('alongFront', () => {
  it('lets a sampler of one number find a front', () => {
    // A sampler of the sum of both, such as cma-es, reaches 1.29 times.
    expect(volumeOf(makeTpe)).toBeGreaterThan(1.35 * volumeOf(makeRandom));
  }, 60_000);
});
