import { seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { dominates, hypervolume, paretoFront } from './pareto.ts';

describe('paretoFront', () => {
  const objectives = [(p: readonly number[]) => p[0] ?? 0, (p: readonly number[]) => p[1] ?? 0];

  it('keeps what nothing beats, in the order of the first objective', () => {
    const points = [
      [3, 1],
      [1, 3],
      [2, 2],
      [2, 3],
      [4, 1],
    ];
    expect(paretoFront(points, objectives)).toEqual([
      [1, 3],
      [2, 2],
      [3, 1],
    ]);
  });

  it('keeps equal points together and leaves NaN out', () => {
    expect(
      paretoFront(
        [
          [1, 1],
          [1, 1],
          [Number.NaN, 0],
        ],
        objectives,
      ),
    ).toHaveLength(2);
  });

  it('holds only points that do not dominate each other, and for every other point one that does', () => {
    const rng = seededRng(8);
    const points = Array.from({ length: 200 }, () => [rng.integer(20), rng.integer(20), rng.integer(20)]);
    const front = paretoFront(points, [...objectives, (p) => p[2] ?? 0]);
    for (const point of points) {
      const beaten = front.some((other) => dominates(other, point));
      expect(front.includes(point), `${point.join(' ')}, seed 8`).toBe(!beaten);
    }
  });
});

describe('hypervolume', () => {
  it('adds the area of the steps', () => {
    expect(
      hypervolume(
        [
          [1, 3],
          [2, 2],
          [3, 1],
          [3, 3],
        ],
        [4, 4],
      ),
    ).toBe(6);
  });

  it('counts nothing beyond the reference', () => {
    expect(hypervolume([[5, 0]], [4, 4])).toBe(0);
    expect(hypervolume([], [4, 4])).toBe(0);
  });
});
