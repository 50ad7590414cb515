import { deviceClassId, seededRng } from '@fleetfit/core';
import { formatRecipe, type Knob, recipeOf } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { importanceOfKnobs } from './importance.ts';
import { FULL_FIDELITY, type Told } from './sampler.ts';

const knobs = Array.from(
  { length: 6 },
  (_, i): Knob => ({
    name: `k${i}`,
    label: `k${i}`,
    order: i < 3 ? 'ordinal' : 'categorical',
    levels: ['0', '1', '2', '3'].map((name) => ({
      name,
      label: name,
      adds: { kind: 'steps', steps: [{ word: `k${i}`, args: { at: Number(name) } }] },
    })),
  }),
);

/** k1 matters most, level by level; of k4 only one level does; the others do nothing. */
function toldOf(count: number): Told[] {
  const rng = seededRng(4);
  return Array.from({ length: count }, () => {
    const point = Object.fromEntries(knobs.map(({ name }) => [name, `${rng.integer(4)}`]));
    const value = 3 * Number(point['k1']) + (point['k4'] === '2' ? 4 : 0) + 0.3 * rng.normal();
    const metrics = { score: { value, variance: 0, low: value, high: value, count: 1 } };
    return {
      recipe: formatRecipe(recipeOf({ knobs }, point)),
      deviceClass: deviceClassId('any'),
      outcome: { kind: 'measured', metrics },
      fidelity: FULL_FIDELITY,
    };
  });
}

describe('importanceOfKnobs', () => {
  const important = importanceOfKnobs({ knobs }, { objectives: ['score'] }, toldOf(90));

  it('ranks the knobs that matter first, with shares that add up', () => {
    expect(important.slice(0, 2).map(({ knob }) => knob)).toEqual(['k1', 'k4']);
    expect(important.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9); // a sum of six shares
    expect(important.slice(2).reduce((sum, { share }) => sum + share, 0)).toBeLessThan(0.1);
  });

  it('says which level of a knob does it', () => {
    const effects = important.find(({ knob }) => knob === 'k1')?.levels.map(({ effect }) => effect) ?? [];
    expect([...effects].sort((a, b) => a - b)).toEqual(effects);
    const worst = important.find(({ knob }) => knob === 'k4')?.levels.reduce((a, b) => (a.effect > b.effect ? a : b));
    expect(worst?.name).toBe('2');
  });

  it('says nothing of a handful of candidates', () => {
    expect(importanceOfKnobs({ knobs }, { objectives: ['score'] }, toldOf(11))).toEqual([]);
  });
});
