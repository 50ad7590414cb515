import { describe, expect, it } from 'vitest';
import { SIDE } from './canvas.ts';
import { drawDrink } from './draw-drink.ts';
import { CLASSES } from './vessels.ts';

describe('drawDrink', { timeout: 60_000 }, () => {
  it('draws the same bytes for the same seed and index, and other bytes for another seed, index or style', () => {
    const first = drawDrink({ seed: 7, index: 3 });
    expect(Buffer.compare(drawDrink({ seed: 7, index: 3 }).pixels, first.pixels)).toBe(0);
    for (const other of [
      drawDrink({ seed: 8, index: 3 }),
      drawDrink({ seed: 7, index: 13 }),
      drawDrink({ seed: 7, index: 3, style: 'night' }),
    ]) {
      expect(other.label).toBe(first.label);
      expect(Buffer.compare(other.pixels, first.pixels)).not.toBe(0);
    }
  });

  it('draws every class in turn, as 64 x 64 RGB bytes that are no flat colour', () => {
    CLASSES.forEach((_, index) => {
      const { label, pixels } = drawDrink({ seed: 'turns', index });
      expect(label).toBe(index);
      expect(pixels.length).toBe(SIDE * SIDE * 3);
      const mean = pixels.reduce((sum, v) => sum + v, 0) / pixels.length;
      const variance = pixels.reduce((sum, v) => sum + (v - mean) ** 2, 0) / pixels.length;
      expect(mean).toBeGreaterThan(8);
      expect(mean).toBeLessThan(247);
      expect(variance).toBeGreaterThan(40);
    });
  });

  it('names the classes in the order that folders sort in', () => {
    const names = CLASSES.map(({ name }) => name);
    expect([...names].sort()).toEqual(names);
  });
});
