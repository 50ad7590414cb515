import { deviceClassId } from '@fleetfit/core';
import { formatRecipe, type Knob } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { makeRandom } from './random.ts';
import { samplerContract } from './testing.ts';

samplerContract('random', makeRandom);

const knobs = Array.from(
  { length: 40 },
  (_, i): Knob => ({
    name: `k${i}`,
    label: `k${i}`,
    order: 'categorical',
    levels: ['x', 'y', 'z'].map((name) => ({ name, label: name, adds: { kind: 'steps', steps: [{ word: name, args: { of: i } }] } })),
  }),
);
const options = { space: { knobs }, seed: 7, classes: [deviceClassId('any')] };
const textsOf = (seed: number) => makeRandom({ ...options, seed }).ask(300);

describe('random', () => {
  it('spreads over a space too large to list, and another seed goes elsewhere', () => {
    const asks = textsOf(7);
    expect(new Set(asks.map((ask) => formatRecipe(ask.recipe))).size).toBe(300);
    for (const { name } of knobs) expect(new Set(asks.map((ask) => ask.point?.[name])).size).toBe(3);
    expect(textsOf(8)[0]).not.toEqual(asks[0]);
  });

  it('goes on from a snapshot in a large space too', () => {
    const sampler = makeRandom(options);
    sampler.ask(10);
    const restored = makeRandom({ ...options, snapshot: JSON.parse(JSON.stringify(sampler.snapshot())) });
    expect(restored.ask(20)).toEqual(sampler.ask(20));
  });
});
