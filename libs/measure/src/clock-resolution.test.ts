import { milliseconds } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { clockResolution } from './clock-resolution.ts';

describe('clockResolution', () => {
  const clock = (read: () => number) => ({ now: () => milliseconds(0), monotonic: () => milliseconds(read()) });

  it('finds the smallest step of a coarse clock', () => {
    let reading = 0;
    expect(clockResolution(clock(() => Math.floor(reading++ / 50) * 0.1))).toBeCloseTo(0.1, 9);
  });

  it('gives up on a clock that stands still', () => {
    expect(clockResolution(clock(() => 7))).toBe(0);
  });
});
