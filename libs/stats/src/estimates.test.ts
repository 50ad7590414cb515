import { describe, expect, it } from 'vitest';
import { exactEstimate, intervalEstimate, pooledEstimate, proportionEstimate, scaledEstimate } from './estimates.ts';
import { mapInterval } from './interval.ts';

describe('estimates', () => {
  it('has no variance where nothing was measured', () => {
    expect(exactEstimate(1024)).toEqual({ value: 1024, variance: 0, low: 1024, high: 1024, count: 1 });
  });

  it('takes the variance from the width of a 95 % interval', () => {
    expect(intervalEstimate({ value: 10, low: 10 - 1.959963984540054, high: 10 + 1.959963984540054 }, 8).variance).toBeCloseTo(1, 12);
  });

  it('is not certain of an accuracy of 100 of 100', () => {
    const { value, variance, low, count } = proportionEstimate(100, 100);
    expect({ value, count }).toEqual({ value: 1, count: 100 });
    expect(variance).toBeGreaterThan(1e-4);
    expect(low).toBeCloseTo(0.963, 3);
  });

  it('changes the unit of value, interval and variance alike', () => {
    const ratio = intervalEstimate({ value: 0.5, low: 0.4, high: 0.6 }, 8);
    const latency = scaledEstimate(ratio, 20);
    expect(latency).toMatchObject({ value: 10, low: 8, high: 12, count: 8 });
    expect(latency.variance).toBeCloseTo(400 * ratio.variance, 12);
    expect(() => scaledEstimate(ratio, 0)).toThrow('0');
  });

  it('maps an interval through a growing function', () => {
    expect(mapInterval({ value: 0, low: -1, high: 1 }, Math.exp)).toEqual({ value: 1, low: Math.exp(-1), high: Math.E });
  });
});

describe('pooledEstimate', () => {
  const near = (value: number, variance: number) =>
    intervalEstimate({ value, low: value - 1.96 * Math.sqrt(variance), high: value + 1.96 * Math.sqrt(variance) }, 10);

  it('weights agreeing estimates by their precision', () => {
    const pooled = pooledEstimate([near(10, 1), near(10.4, 4)]);
    expect(pooled.value).toBeCloseTo(10.08, 3);
    expect(pooled.variance).toBeCloseTo(0.8, 3);
    expect(pooled.count).toBe(20);
  });

  it('widens where devices disagree', () => {
    const pooled = pooledEstimate([near(10, 0.01), near(20, 0.01)]);
    expect(pooled.value).toBeCloseTo(15, 6);
    expect(pooled.low).toBeLessThan(10);
    expect(pooled.high).toBeGreaterThan(20);
  });
});
