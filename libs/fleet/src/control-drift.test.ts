import { describe, expect, it } from 'vitest';
import { controlDrift } from './control-drift.ts';

const runs = (...p50s: readonly number[]) => p50s.map((p50Ms) => ({ key: 's1', p50Ms }));

describe('controlDrift', () => {
  it('compares the last run with the median of those before', () => {
    expect(controlDrift(runs(10, 30, 11, 12.1))).toBeCloseTo(0.1);
    expect(controlDrift(runs(10, 12, 30, 8, 9.9))).toBeCloseTo(-0.1);
  });

  it('says nothing of a device that has hardly measured, or not this model', () => {
    expect(controlDrift([])).toBeUndefined();
    expect(controlDrift(runs(10, 10, 20))).toBeUndefined();
    expect(controlDrift([...runs(10, 10, 10), { key: 's2', p50Ms: 20 }])).toBeUndefined();
  });
});
