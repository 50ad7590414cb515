import { describe, expect, it } from 'vitest';
import { comparedShown, msShown } from './numbers.ts';

describe('numbers on a phone', () => {
  it('have three significant digits, and a unit', () => {
    expect([0.0432, 0.5, 2.461, 35.04, 128.7, 1234].map(msShown)).toEqual([
      '0.043 ms',
      '0.500 ms',
      '2.46 ms',
      '35.0 ms',
      '129 ms',
      '1.23 s',
    ]);
  });

  it('say faster or slower only where the interval leaves no doubt', () => {
    expect(comparedShown('c001', { value: 0.746, low: 0.7, high: 0.8 })).toBe('1.34× faster');
    expect(comparedShown('c001', { value: 1.28, low: 1.2, high: 1.4 })).toBe('1.28× slower');
    expect(comparedShown('c001', { value: 0.97, low: 0.9, high: 1.05 })).toBe('no difference shown');
    expect(comparedShown('c000', { value: 0.9, low: 0.8, high: 0.95 })).toBe('the original');
    expect(comparedShown('c001', undefined)).toBe('');
  });
});
