import { deviceClassId } from '@fleetfit/core';
import { formatRecipe, type Knob } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { makeGrid } from './grid.ts';
import { samplerContract } from './testing.ts';

samplerContract('grid', makeGrid);

const knob = (name: string, count: number): Knob => ({
  name,
  label: name,
  order: 'ordinal',
  levels: Array.from({ length: count }, (_, i) => ({
    name: `${i}`,
    label: `${i}`,
    adds: { kind: 'steps', steps: i === 0 ? [] : [{ word: name, args: { by: i } }] },
  })),
});
const options = (knobs: readonly Knob[]) => ({ space: { knobs }, seed: 1, classes: [deviceClassId('any')] });

describe('grid', () => {
  it('varies one knob at a time first, the far end before the middle', () => {
    const grid = makeGrid(options([knob('a', 5), knob('b', 3)]));
    const texts = grid.ask(8).map((ask) => formatRecipe(ask.recipe));
    expect(texts.slice(0, 6)).toEqual(['b{by=2}', 'a{by=4}', 'b{by=1}', 'a{by=2}', 'a{by=1}', 'a{by=3}']);
    expect(texts.slice(6)).toEqual(['a{by=4} | b{by=2}', 'a{by=4} | b{by=1}']);
  });

  it('begins at once in a space too large to list', () => {
    const grid = makeGrid(options(Array.from({ length: 75 }, (_, i) => knob(`k${i}`, 8))));
    const asks = grid.ask(600);
    expect(asks.slice(0, 525).every((ask) => ask.recipe.length === 1)).toBe(true);
    expect(asks.slice(525).every((ask) => ask.recipe.length === 2)).toBe(true);
  });
});
