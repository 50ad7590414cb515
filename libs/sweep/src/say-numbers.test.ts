import { describe, expect, it } from 'vitest';
import {
  sayAgo,
  sayBytes,
  sayClock,
  sayCount,
  sayDuration,
  sayFixed,
  sayLatency,
  sayLatencyInterval,
  sayLatencyMargin,
  sayLeft,
  sayPercent,
  sayPoints,
  sayPointsInterval,
  saySpeed,
  saySpeedInterval,
  saySpeedMargin,
  sayThreeDigits,
} from './say-numbers.ts';

const range = (value: number, low: number, high: number) => ({ value, low, high });

describe('numbers', () => {
  it('have a true minus, and none where they round to zero', () => {
    expect(sayFixed(-0.5, 1)).toBe('−0.5');
    expect(sayFixed(-0.04, 1)).toBe('0.0');
    expect(sayFixed(-0, 1)).toBe('0.0');
    expect(sayPoints(-0.049)).toBe('0.0');
  });

  it('have commas between thousands', () => {
    expect(sayCount(13_964_244)).toBe('13,964,244');
    expect(sayCount(999)).toBe('999');
    expect(sayFixed(-1234.56, 1)).toBe('−1,234.6');
  });

  it('have three significant digits, also where rounding adds one', () => {
    expect([0.01234, 1.277, 9.996, 15.14, 99.96, 468.2, 12_345].map(sayThreeDigits)).toEqual([
      '0.0123',
      '1.28',
      '10.0',
      '15.1',
      '100',
      '468',
      '12,345',
    ]);
  });

  it('are a dash where there is none', () => {
    expect(sayFixed(Number.NaN, 1)).toBe('–');
    expect(sayPercent(Number.NaN)).toBe('–');
  });
});

describe('latency', () => {
  it('is in ms, and in seconds from 1,000', () => {
    expect(sayLatency(15.14)).toBe('15.1 ms');
    expect(sayLatency(999.4)).toBe('999 ms');
    expect(sayLatency(999.6)).toBe('1.00 s');
    expect(sayLatency(12_345)).toBe('12.3 s');
  });

  it('has no digit that its interval does not earn', () => {
    expect(sayLatency(15.14, range(15.14, 14.94, 15.34))).toBe('15.1 ms');
    expect(sayLatency(15.14, range(15.14, -5, 35))).toBe('15 ms');
    expect(sayLatencyInterval(range(15.14, 14.94, 15.34))).toBe('14.9–15.3');
    expect(sayLatencyInterval(range(1514, 1494, 1534))).toBe('1.49–1.53');
  });

  it('keeps one digit, however wide the interval', () => {
    expect(sayLatency(0.504, range(0.504, -14, 15))).toBe('0.5 ms');
    expect(sayLatency(49.9, range(49.9, -500, 600))).toBe('50 ms');
  });

  it('never claims a margin of nothing', () => {
    expect(sayLatencyMargin(range(15.1, 14.9, 15.3))).toBe('±0.2');
    expect(sayLatencyMargin(range(15.1, 15.0999, 15.1001))).toBe('±0.1');
  });
});

describe('speed', () => {
  it('is always faster or slower, never a factor below one', () => {
    expect(saySpeed(range(2.547, 2.51, 2.58), 'faster')).toBe('2.55× faster');
    expect(saySpeed(range(0.78, 0.77, 0.8), 'slower')).toBe('1.28× slower');
    expect(saySpeed(range(1.01, 0.99, 1.03), 'no difference')).toBe('no difference');
  });

  it('turns its interval round with it', () => {
    expect(saySpeedInterval(range(2.547, 2.51, 2.58))).toBe('2.51–2.58');
    expect(saySpeedInterval(range(1.02, 0.001, 14_197.1))).toBe('0.00–14,197');
    expect(saySpeedInterval(range(0.78, 0.77, 0.8))).toBe('1.25–1.30');
    expect(saySpeedMargin(range(2.547, 2.51, 2.58))).toBe('±0.04');
  });
});

it('says a change of accuracy in points', () => {
  expect(sayPointsInterval(range(-0.5, -0.94, -0.06))).toBe('−0.9 to −0.1');
  expect(sayPercent(0.7194)).toBe('71.9 %');
});

it('says sizes so that no unit has four digits', () => {
  expect([640, 812_000, 999_900, 3_249_000, 13_964_244, 102_400_000].map(sayBytes)).toEqual([
    '640 bytes',
    '812 kB',
    '1.0 MB',
    '3.2 MB',
    '14.0 MB',
    '102 MB',
  ]);
});

describe('time', () => {
  it('is said in its largest units', () => {
    expect([300, 41_000, 780_000, 3_600_000, 3_900_000].map(sayDuration)).toEqual(['under 1 s', '41 s', '13 min', '1 h', '1 h 5 min']);
  });

  it('left has its interval in the same unit', () => {
    expect(sayLeft(range(780_000, 600_000, 1_080_000))).toBe('about 13 min left (10–18)');
    expect(sayLeft(range(41_000, 30_000, 60_000))).toBe('about 41 s left (30–60)');
    expect(sayLeft(range(7_200_000, 5_400_000, 9_000_000))).toBe('about 2.0 h left (1.5–2.5)');
  });

  it('is relative only under one hour', () => {
    expect(sayAgo(0, 20_000)).toBe('20 s ago');
    expect(sayAgo(0, 2_000)).toBe('just now');
    expect(sayAgo(0, 3_600_000)).toBe(`at ${sayClock(0)}`);
    expect(sayClock(0)).toMatch(/^\d\d:\d\d$/);
  });
});
