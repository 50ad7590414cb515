import { describe, expect, it } from 'vitest';
import { formatRecipe, parseRecipe } from './recipe.ts';
import { isActive, type Knob, type Level, pointsOf, recipeOf } from './space.ts';
import { sweepDefinition } from './sweep-definition.ts';

const adds = (name: string, recipe: string): Level => ({ name, label: name, adds: { kind: 'steps', steps: parseRecipe(recipe) } });
const sets = (value: number): Level => ({ name: String(value), label: String(value), adds: { kind: 'argument', value } });
const precision: Knob = {
  name: 'precision',
  label: 'Precision',
  order: 'categorical',
  levels: [adds('float', 'original'), adds('int8', 'quantize{per=channel}')],
};
const bits: Knob = {
  name: 'bits',
  label: 'Bits',
  order: 'ordinal',
  sets: { word: 'quantize', key: 'bits' },
  when: { knob: 'precision', levels: ['int8'] },
  levels: [sets(7), sets(8)],
};
const prune: Knob = {
  name: 'prune',
  label: 'Prune',
  order: 'categorical',
  levels: [adds('no', 'original'), adds('half', 'prune{keep=0.5}')],
};
const space = { knobs: [prune, precision, bits] };

describe('a space', () => {
  it('has one point for every recipe that conditions leave, and no recipe twice', () => {
    const recipes = [...pointsOf(space)].map((point) => formatRecipe(recipeOf(space, point)));
    expect(recipes).toEqual([
      'original',
      'quantize{per=channel,bits=7}',
      'quantize{per=channel,bits=8}',
      'prune{keep=0.5}',
      'prune{keep=0.5} | quantize{per=channel,bits=7}',
      'prune{keep=0.5} | quantize{per=channel,bits=8}',
    ]);
  });

  it('leaves a knob out whose condition does not hold, even where a point names it', () => {
    expect(isActive(bits, { precision: 'float' })).toBe(false);
    expect(recipeOf(space, { precision: 'float', bits: '7' })).toEqual([]);
  });

  it('survives JSON: it is stored with a sweep', () => {
    expect(JSON.parse(JSON.stringify(space))).toEqual(space);
  });
});

describe('the definition of a sweep', () => {
  it('holds one point where nothing was said, and nothing but what was said otherwise', () => {
    expect(sweepDefinition.parse({ model: 'm', dataset: 'd' }).constraints).toEqual({ accuracyDropPoints: 1 });
    expect(sweepDefinition.parse({ model: 'm', dataset: 'd', constraints: { latencyMs: 9 } }).constraints).toEqual({ latencyMs: 9 });
  });

  it.each([{ candidates: 0 }, { sampler: 'guess' }, { objectives: [] }, { measure: { blocks: 1 } }, { recipes: [] }])(
    'refuses %o',
    (wrong) => {
      expect(sweepDefinition.safeParse({ model: 'm', dataset: 'd', ...wrong }).success).toBe(false);
    },
  );
});
