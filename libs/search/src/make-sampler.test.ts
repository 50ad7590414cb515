import { deviceClassId } from '@fleetfit/core';
import { parseRecipe, SAMPLERS } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { listSampler } from './lazy-sampler.ts';
import { makeSampler, samplerNames } from './make-sampler.ts';

const options = { space: { knobs: [] }, seed: 1, classes: [deviceClassId('any')] };

describe('makeSampler', () => {
  it('knows its samplers by name and says which there are', () => {
    for (const name of samplerNames) expect(makeSampler(name, options).snapshot().sampler).toBe(name);
    expect(() => makeSampler('magic', options)).toThrow('Cannot make the sampler "magic": there are grid, random');
  });

  it('has every sampler that a sweep can name, and no other', () => {
    expect(samplerNames).toEqual(SAMPLERS);
  });

  it('has nothing to ask in a space without knobs', () => {
    for (const name of samplerNames) expect(makeSampler(name, options).ask(5)).toEqual([]);
  });
});

describe('listSampler', () => {
  it('asks for a list in its order, without repeats and without the original', () => {
    const recipes = ['cast', 'original', 'fold | cast', 'cast'].map(parseRecipe);
    const sampler = listSampler(recipes);
    expect(sampler.ask(1).map((ask) => ask.recipe)).toEqual([parseRecipe('cast')]);
    const restored = listSampler(recipes, JSON.parse(JSON.stringify(sampler.snapshot())));
    expect(restored.ask(9)).toEqual([{ point: null, recipe: parseRecipe('fold | cast'), classes: 'all', fidelity: expect.anything() }]);
  });
});
