import { describe, expect, it } from 'vitest';
import { domainOf, forestOf } from './forest.ts';

const time = (value: number, low: number, high: number) => ({
  metric: 'latency p50' as const,
  values: [],
  difference: { value, low, high },
});

describe('a difference on its scale', () => {
  it('stands left of the middle where the second is faster, or more accurate', () => {
    const faster = time(1.25, 1.2, 1.3);
    const domain = domainOf([faster]);
    expect(domain.percent).toBe(50);
    expect(forestOf(faster, domain)?.value).toBeCloseTo(30, 9);
    const better = { metric: 'top-1' as const, values: [], difference: { value: 0.3, low: 0.1, high: 0.5 } };
    expect(forestOf(better, domainOf([better]))?.high).toBeLessThan(50);
  });

  it('never leaves its scale, and nothing is drawn for what is exact', () => {
    const slow = time(0.1, 0.05, 0.2);
    expect(forestOf(slow, { percent: 20, points: 1 })).toEqual({ value: 100, low: 100, high: 100 });
    expect(forestOf({ metric: 'size', values: [], difference: { value: 1, low: 1, high: 1 } }, { percent: 20, points: 1 })).toBeUndefined();
  });
});
