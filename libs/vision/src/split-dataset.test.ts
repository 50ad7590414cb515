import { describe, expect, it } from 'vitest';
import { SPLITS } from './dataset-index.ts';
import { sharesOf, splitDataset } from './split-dataset.ts';

const items = (perClass: readonly number[], origin?: 'train' | 'test') =>
  perClass.flatMap((count, label) => Array.from({ length: count }, (_, i) => ({ label, origin, name: `${origin ?? ''}${label}-${i}` })));
const counts = (placed: readonly { split: string; item: { label: number } }[], label?: number) =>
  SPLITS.map((split) => placed.filter((each) => each.split === split && (label === undefined || each.item.label === label)).length);
const shares = { training: 0.5, calibration: 0.1, validation: 0.3, test: 0.1 };

describe('splitDataset', () => {
  it('divides each class by the shares', () => {
    const placed = splitDataset(items([100, 20, 40]), { seed: 1, shares });
    expect(counts(placed)).toEqual([80, 16, 48, 16]);
    for (const [label, count] of [100, 20, 40].entries()) {
      counts(placed, label).forEach((found, i) => {
        const share = Object.values(shares)[i] ?? 0;
        expect(Math.abs(found - share * count)).toBeLessThanOrEqual(1);
      });
    }
  });

  it('keeps to the shares where every class has one image', () => {
    expect(counts(splitDataset(items(Array.from({ length: 500 }, () => 1)), { seed: 1, shares }))).toEqual([250, 50, 150, 50]);
  });

  it('places every image once, the same for the same seed and otherwise for another', () => {
    const all = items([30, 30]);
    const placed = splitDataset(all, { seed: 4, shares });
    expect(new Set(placed.map((each) => each.item.name)).size).toBe(60);
    expect(splitDataset(all, { seed: 4, shares })).toEqual(placed);
    expect(splitDataset(all, { seed: 5, shares })).not.toEqual(placed);
  });

  it('spreads the first images of a split over its classes in proportion', () => {
    const validation = splitDataset(items([400, 100]), { seed: 2, shares }).filter((each) => each.split === 'validation');
    const first = validation.slice(0, 50).filter((each) => each.item.label === 0).length;
    expect(first).toBeGreaterThanOrEqual(39);
    expect(first).toBeLessThanOrEqual(41);
  });

  it('never validates on what was published for training', () => {
    const placed = splitDataset([...items([50, 50], 'train'), ...items([20, 20], 'test')], { seed: 1, shares });
    for (const { item, split } of placed) expect(item.origin).toBe(split === 'training' || split === 'calibration' ? 'train' : 'test');
    expect(counts(placed)).toEqual([83, 17, 30, 10]);
  });

  it('leaves a split with no share empty', () => {
    expect(counts(splitDataset(items([10]), { seed: 1, shares: sharesOf([0, 0.2, 0.8, 0]) }))).toEqual([0, 2, 8, 0]);
  });

  it('refuses shares that are no shares', () => {
    expect(() => sharesOf([0.5, 0.5])).toThrow(/2 shares were given/);
    expect(() => sharesOf([0.5, 0.5, 0.5, 0])).toThrow(/must sum to 1/);
    expect(() => sharesOf([1.5, -0.5, 0, 0])).toThrow(/must not be negative/);
  });
});
