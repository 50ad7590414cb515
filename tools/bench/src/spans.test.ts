import { describe, expect, it } from 'vitest';
import { lengthOf, union, within, without } from './spans.ts';

describe('spans of time', () => {
  it('are joined where they touch or overlap', () => {
    expect(
      union([
        [5, 7],
        [0, 2],
        [1, 3],
        [3, 4],
        [9, 9],
      ]),
    ).toEqual([
      [0, 4],
      [5, 7],
    ]);
  });

  it('are cut to a window', () => {
    expect(
      within(
        [
          [0, 4],
          [5, 7],
        ],
        [3, 6],
      ),
    ).toEqual([
      [3, 4],
      [5, 6],
    ]);
  });

  it('lose what is taken out of them', () => {
    const left = without(
      [[0, 10]],
      [
        [-1, 1],
        [4, 5],
        [9, 20],
      ],
    );
    expect(left).toEqual([
      [1, 4],
      [5, 9],
    ]);
    expect(lengthOf(left)).toBe(7);
  });
});
