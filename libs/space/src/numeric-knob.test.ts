import { describe, expect, it } from 'vitest';
import { floatKnob, integerKnob, positionsOf } from './numeric-knob.ts';

const named = { name: 'rate', label: 'Rate', sets: { word: 'train', key: 'rate' } };

describe('a knob over numbers', () => {
  it('takes every whole number of a short range and thins out a long one', () => {
    expect(integerKnob({ ...named, low: 3, high: 6 }).levels.map(({ value }) => value)).toEqual([3, 4, 5, 6]);
    const values = integerKnob({ ...named, low: 1, high: 1024, scale: 'log', count: 11 }).levels.map(({ value }) => value);
    expect(values).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]);
    expect(integerKnob({ ...named, low: 1, high: 4, scale: 'log', count: 20 }).levels).toHaveLength(4);
  });

  it('lays floats evenly or by even factors, in short text', () => {
    const knob = floatKnob({ ...named, low: 1e-4, high: 1e-1, scale: 'log', count: 4 });
    expect(knob.levels.map(({ name }) => name)).toEqual(['0.0001', '0.001', '0.01', '0.1']);
    positionsOf(knob).forEach((position, i) => expect(position).toBeCloseTo(i / 3, 12)); // a logarithm and back
    expect(floatKnob({ ...named, low: 0, high: 1, count: 4 }).levels.map(({ name }) => name)).toEqual(['0', '0.333333', '0.666667', '1']);
  });

  it('refuses ranges that are none', () => {
    expect(() => floatKnob({ ...named, low: 1, high: 1 })).toThrow('1 is not below 1');
    expect(() => floatKnob({ ...named, low: 0, high: 1, scale: 'log' })).toThrow('a log scale cannot begin at 0');
    expect(() => integerKnob({ ...named, low: 0.5, high: 2 })).toThrow('not both whole numbers');
    expect(() => floatKnob({ ...named, low: 0, high: 1, count: 1 })).toThrow('needs two at least');
  });
});

describe('positionsOf', () => {
  it('follows the values where levels have them, and else lies evenly', () => {
    const level = (name: string, value?: number) => ({
      name,
      label: name,
      adds: { kind: 'steps' as const, steps: [] },
      ...(value !== undefined && { value }),
    });
    const bits = [level('2', 2), level('4', 4), level('16', 16)];
    const knob = { name: 'bits', label: 'Bits', order: 'ordinal' as const };
    expect(positionsOf({ ...knob, levels: bits, scale: 'log' })[1]).toBeCloseTo(1 / 3, 12); // log 2 of 1, 2 and 4
    expect(positionsOf({ ...knob, levels: bits })).toEqual([0, 0.5, 1]);
    expect(positionsOf({ ...knob, levels: [level('only', 3)], scale: 'linear' })).toEqual([0.5]);
  });
});
