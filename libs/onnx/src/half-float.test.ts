import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float16Of, float32Of } from './index.ts';

describe('half floats', () => {
  it('all 65536 come back as they were', () => {
    for (let half = 0; half < 65536; half++) {
      const value = float32Of(half);
      if (Number.isNaN(value)) expect(Number.isNaN(float32Of(float16Of(value)))).toBe(true);
      else if (float16Of(value) !== half) expect.fail(`${half} became ${float16Of(value)}`);
    }
  });

  it('takes the nearest, and the even one of two', () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const half = float16Of(value);
        const error = Math.abs(float32Of(half) - value);
        for (const neighbour of [half - 1, half + 1]) {
          if ((neighbour & 0x7fff) >= 0x7c00 || neighbour < 0 || neighbour > 0xffff) continue;
          const other = Math.abs(float32Of(neighbour) - value);
          expect(error < other || (error === other && half % 2 === 0) || (half & 0x7fff) === 0).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('knows the edges', () => {
    expect(float16Of(65504)).toBe(0x7bff);
    expect(float16Of(65519.99)).toBe(0x7bff);
    expect(float16Of(65520)).toBe(0x7c00);
    expect(float16Of(-Infinity)).toBe(0xfc00);
    expect(float16Of(2 ** -24)).toBe(1);
    expect(float16Of(2 ** -25)).toBe(0); // halfway to the smallest: even is zero
    expect(float16Of(2 ** -25 * 1.0001)).toBe(1);
    expect(float16Of(-0)).toBe(0x8000);
    expect(float32Of(0x3555)).toBe(0.333251953125);
  });
});
