import { describe, expect, it } from 'vitest';
import { sayLayers } from './say-layers.ts';

const layer = (id: string, macs: number | undefined, bytes: number, depthwise = false) => ({ id, macs, bytes, depthwise });

describe('what stands out among layers', () => {
  it('is where the weights are, where the work is, and what depthwise layers do', () => {
    expect(sayLayers([layer('stem', 60, 100), layer('dw', 30, 20, true), layer('fc', 10, 880)])).toBe(
      'fc: 88 % of the weights, 10 % of the MACs. stem does most: 60 % of the MACs. Depthwise layers do 30 %.',
    );
  });

  it('is said once of a layer that is both', () => {
    expect(sayLayers([layer('a', 99, 90), layer('b', 1, 10)])).toBe('a holds 90 % of the weights and does 99 % of the MACs.');
  });

  it('owns up to shapes that are not known', () => {
    expect(sayLayers([layer('a', undefined, 10)])).toContain('MACs are not known');
  });
});
