import { describe, expect, it } from 'vitest';
import { isWithin, knownCost } from './known-costs.ts';
import { floatKnob } from './numeric-knob.ts';
import { pointOf } from './point-of.ts';
import { formatRecipe, parseRecipe } from './recipe.ts';
import { type Knob, type Level, pointsOf, recipeOf, type Space } from './space.ts';

const adds = (name: string, recipe: string, bytes?: number): Level => ({
  name,
  label: name,
  adds: { kind: 'steps', steps: parseRecipe(recipe) },
  ...(bytes !== undefined && { bytes }),
});
const prune = (layer: string, bytes: number): Knob => ({
  name: `prune-${layer}`,
  label: 'Prune',
  order: 'ordinal',
  layer,
  levels: [adds('all', 'original', bytes), adds('half', `prune{layer=${layer},keep=2}`, bytes / 2)],
});
const bits = (layer: string, bytes: number): Knob => ({
  name: `bits-${layer}`,
  label: 'Bits',
  order: 'ordinal',
  layer,
  levels: [adds('4', `quantize-layer{layer=${layer},bits=4}`, bytes / 8), adds('32', 'original', bytes)],
});
const form: Knob = {
  name: 'form',
  label: 'Form',
  order: 'categorical',
  levels: [adds('float', 'original'), adds('int8', 'quantize{per=tensor}')],
};
const when = { knob: 'form', levels: ['int8'] };
const share: Knob = {
  ...floatKnob({ name: 'share', label: 'Share', low: 0, high: 1, count: 3, sets: { word: 'quantize', key: 'share' } }),
  when,
};
const space: Space = { knobs: [prune('a', 100), bits('a', 100), prune('b', 50), form, share] };

describe('pointOf', () => {
  it('finds the point of every recipe of a space', () => {
    for (const point of pointsOf(space)) {
      const recipe = parseRecipe(formatRecipe(recipeOf(space, point)));
      expect(pointOf(space, recipe)).toEqual(point);
    }
  });

  it('finds none for what the space cannot make', () => {
    for (const text of ['quantize{per=channel,share=0}', 'fold', 'prune{layer=b,keep=2} | prune{layer=a,keep=2}', 'prune{layer=a,keep=3}'])
      expect(pointOf(space, parseRecipe(text))).toBeUndefined();
  });

  it('gives up in time on a recipe that a large space cannot make', () => {
    const twins = Array.from({ length: 60 }, (_, i): Knob => ({ ...form, name: `form${i}` }));
    expect(pointOf({ knobs: twins }, parseRecipe('quantize{per=tensor} | quantize{per=tensor} | fold'))).toBeUndefined();
  });
});

describe('what is known before measuring', () => {
  const point = { 'prune-a': 'half', 'bits-a': '4', 'prune-b': 'all', form: 'float' };

  it('multiplies shares within a layer and adds layers', () => {
    expect(knownCost(space, 'bytes', point)).toBe(100 / 16 + 50);
    expect(knownCost(space, 'macs', point)).toBeUndefined();
  });

  it('says nothing of a level whose bytes are not known, and lets it pass', () => {
    const open: Space = { knobs: [{ ...prune('a', 100), levels: [...prune('a', 100).levels, adds('odd', 'fold')] }], limits: { bytes: 1 } };
    expect(knownCost(open, 'bytes', { 'prune-a': 'odd' })).toBeUndefined();
    expect(isWithin(open, { 'prune-a': 'odd' })).toBe(true);
    expect(isWithin(open, { 'prune-a': 'half' })).toBe(false);
  });

  it('keeps points out that are above a limit', () => {
    expect(isWithin({ ...space, limits: { bytes: 57 } }, point)).toBe(true);
    expect(isWithin({ ...space, limits: { bytes: 56 } }, point)).toBe(false);
    expect(isWithin({ ...space, limits: { macs: 1 } }, point)).toBe(true);
  });
});
