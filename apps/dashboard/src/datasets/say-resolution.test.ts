import { describe, expect, it } from 'vitest';
import { leastLoss, sayResolution } from './say-resolution.ts';

describe('what a number of images can tell', () => {
  it('is finer the more there are', () => {
    const losses = [50, 200, 1_000, 5_000].map(leastLoss);
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    expect(leastLoss(5_000)).toBeLessThan(1);
    expect(leastLoss(50)).toBeGreaterThan(3);
  });

  it('is said in a sentence', () => {
    expect(sayResolution(1_000)).toMatch(/^With 1,000 validation images a loss of about \d\.\d points or more can be told from chance\.$/);
  });
});
