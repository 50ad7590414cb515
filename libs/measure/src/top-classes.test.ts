import { describe, expect, it } from 'vitest';
import { NO_CLASS, topClasses } from './top-classes.ts';

const scores = (...values: number[]) => ({ type: 'float32', dims: [1, values.length], data: Float32Array.from(values) }) as const;

describe('topClasses', () => {
  it('ranks by score, and equal scores by class', () => {
    expect(topClasses(scores(0.1, 0.7, 0.7, 0.9, 0.1), 4)).toEqual({ classes: [3, 1, 2, 0], finite: true });
  });

  it('puts NaN last and says so', () => {
    expect(topClasses(scores(Number.NaN, -5, Number.NaN, 1), 4)).toEqual({ classes: [3, 1, 0, 2], finite: false });
  });

  it('fills a row up where the model has fewer classes', () => {
    expect(topClasses(scores(0, 1), 5).classes).toEqual([1, 0, NO_CLASS, NO_CLASS, NO_CLASS]);
  });

  it('reads half floats, negative ones, tiny ones and infinity too', () => {
    // 1.5, -2, infinity, the smallest subnormal, 0
    const data = Uint16Array.of(0x3e00, 0xc000, 0x7c00, 0x0001, 0);
    expect(topClasses({ type: 'float16', dims: [1, 5], data }, 5)).toEqual({ classes: [2, 0, 3, 4, 1], finite: false });
  });

  it('reads integers of 64 bits', () => {
    expect(topClasses({ type: 'int64', dims: [3], data: BigInt64Array.of(3n, -1n, 7n) }, 1).classes).toEqual([2]);
  });

  it('agrees with a full sort on random scores with many ties', () => {
    let seed = 1;
    const next = (): number => (seed = (seed * 16807) % 2147483647) % 50;
    for (let trial = 0; trial < 50; trial++) {
      const values = Array.from({ length: 100 }, next);
      const sorted = [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
      expect(topClasses(scores(...values), 7).classes).toEqual(sorted.slice(0, 7));
    }
  });
});
