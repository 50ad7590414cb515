import { deviceClassId } from '@fleetfit/core';
import { formatRecipe, type Knob } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { withHalving } from './halving.ts';
import { stillRacing } from './race.ts';
import { makeRandom } from './random.ts';
import type { Ask, Sampler, Told } from './sampler.ts';

const ANY = deviceClassId('any');
const knobs = Array.from(
  { length: 3 },
  (_, i): Knob => ({
    name: `k${i}`,
    label: `k${i}`,
    order: 'ordinal',
    levels: Array.from({ length: 6 }, (_unused, at) => ({
      name: `${at}`,
      label: `${at}`,
      adds: { kind: 'steps', steps: [{ word: `k${i}`, args: { at } }] },
    })),
  }),
);
const options = { space: { knobs }, seed: 2, classes: [ANY], goal: { objectives: ['score'] as const } };
const make = withHalving(makeRandom);

const costOf = ({ point }: Ask): number => knobs.reduce((sum, { name }) => sum + Number(point?.[name]), 0);
function answer(ask: Ask): Told {
  const value = costOf(ask);
  const metrics = { score: { value, variance: 0, low: value, high: value, count: 1 } };
  return { recipe: formatRecipe(ask.recipe), deviceClass: ANY, outcome: { kind: 'measured', metrics }, fidelity: ask.fidelity };
}

function play(sampler: Sampler, rounds: number): Ask[] {
  return Array.from({ length: rounds }, () => {
    const asks = sampler.ask(4);
    sampler.tell(asks.map(answer));
    return asks;
  }).flat();
}

describe('withHalving', () => {
  it('looks at all candidates cheaply, at the best third again, and at the best of those in full', () => {
    const asks = play(make(options), 20);
    const at = (images: number) => asks.filter(({ fidelity }) => Math.abs(fidelity.images - images) < 1e-9);
    const [cheap, middle, full] = [at(1 / 9), at(1 / 3), at(1)];
    expect(cheap.length).toBeGreaterThan(2 * middle.length);
    expect(middle.length).toBeGreaterThan(2 * full.length);
    expect(full.length).toBeGreaterThan(0);
    const mean = (of: readonly Ask[]) => of.reduce((sum, ask) => sum + costOf(ask), 0) / of.length;
    expect(mean(full)).toBeLessThan(mean(middle));
    expect(mean(middle)).toBeLessThan(mean(cheap));
  });

  it('never asks twice for the same recipe at the same fidelity', () => {
    const asks = play(make(options), 20).map(({ recipe, fidelity }) => `${formatRecipe(recipe)} ${fidelity.images}`);
    expect(new Set(asks).size).toBe(asks.length);
  });

  it('goes on from a snapshot as it would have', () => {
    const sampler = make(options);
    play(sampler, 7);
    const restored = make({ ...options, snapshot: JSON.parse(JSON.stringify(sampler.snapshot())) });
    expect(play(restored, 3)).toEqual(play(sampler, 3));
    expect(() => make({ ...options, snapshot: makeRandom(options).snapshot() })).toThrow('Cannot resume halving');
  });
});

describe('stillRacing', () => {
  it('stops those whose whole interval somebody beats', () => {
    const racers = [
      { name: 'sure', low: 1, high: 3 },
      { name: 'close', low: 2.9, high: 9 },
      { name: 'beaten', low: 3.1, high: 4 },
    ];
    expect(stillRacing(racers).map(({ name }) => name)).toEqual(['sure', 'close']);
    expect(stillRacing([])).toEqual([]);
  });
});
