import { describe, expect, it } from 'vitest';
import { accuracyByClass, accuracyOf, rankOf, topClasses } from './classify.ts';

describe('topClasses', () => {
  it('gives the best first and ties to the lower index', () => {
    expect(topClasses([1, 5, 3, 5, 0], 3)).toEqual([1, 3, 2]);
    expect(topClasses([2, 2, 2], 2)).toEqual([0, 1]);
    expect(topClasses([1, 2], 5)).toEqual([1, 0]);
  });

  it('puts what is not a number last', () => {
    expect(topClasses([Number.NaN, -9, Number.NaN, 3], 4)).toEqual([3, 1, 0, 2]);
  });

  it('agrees with rankOf', () => {
    const scores = [3, 1, 3, 2, Number.NaN, 1];
    topClasses(scores, scores.length).forEach((label, rank) => {
      expect(rankOf(scores, label)).toBe(rank);
    });
  });
});

describe('accuracy', () => {
  it('counts an image as right when its label is among the k best', () => {
    expect(accuracyOf([0, 1, 2], [0, 2, 2])).toEqual({ correct: 2, count: 3, share: 2 / 3 });
    expect(accuracyOf([4, 0, 1, 9], [0, 2], 2)).toEqual({ correct: 1, count: 2, share: 0.5 });
    expect(accuracyOf([], []).share).toBe(0);
  });

  it('is told by class', () => {
    const found = accuracyByClass([7, 3, 7, 7], [7, 7, 3, 7]);
    expect([...found]).toEqual([
      [3, { correct: 0, count: 1, share: 0 }],
      [7, { correct: 2, count: 3, share: 2 / 3 }],
    ]);
  });
});
