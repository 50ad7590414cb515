import { seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { chooseFiles, type FileCosts, servedBy } from './choose-files.ts';

const file = (bytes: number, ...ratios: number[]): FileCosts => ({ bytes, ratios });
const worst = (files: readonly FileCosts[], chosen: readonly number[]): number =>
  Math.max(...servedBy(files, chosen).map(({ ratio }) => ratio));

describe('the files to ship', () => {
  const pi = file(3, 1, 1, 1.41);
  const phone = file(5, 2.04, 2, 1);

  it('serve every class with its own best where there may be enough of them, and no more than needed', () => {
    expect(chooseFiles([pi, phone, file(4, 1.1, 1.1, 1.6)], 2)).toEqual([0, 1]);
    expect(chooseFiles([pi, phone], 4)).toEqual([0, 1]);
  });

  it('leave the class that is worst off with as little as possible where there may be only one', () => {
    expect(chooseFiles([pi, phone], 1)).toEqual([0]);
  });

  it('are the ones that lose less elsewhere, then the smaller ones, where the worst is equal', () => {
    expect(chooseFiles([file(1, 1.3, 1.3), file(9, 1.3, 1.1)], 1)).toEqual([1]);
    expect(chooseFiles([file(9, 1.3, 1.1), file(1, 1.3, 1.1)], 1)).toEqual([1]);
  });

  it('are none where a class can be served by nothing', () => {
    expect(chooseFiles([file(1, 1, Number.POSITIVE_INFINITY)], 3)).toEqual([]);
    expect(chooseFiles([], 2)).toEqual([]);
  });

  it('have the smallest worst case of all choices of so many', () => {
    const rng = seededRng(12);
    for (let round = 0; round < 40; round++) {
      const files = Array.from({ length: 9 }, () => file(1 + rng.integer(5), ...Array.from({ length: 5 }, () => 1 + rng.integer(30) / 10)));
      for (const count of [1, 2, 3]) {
        const least = Math.min(...choices(files.length, count).map((chosen) => worst(files, chosen)));
        expect(worst(files, chooseFiles(files, count)), `seed 12, round ${round}, ${count} files`).toBe(least);
      }
    }
  });
});

function choices(of: number, count: number, from = 0): number[][] {
  if (count === 0) return [[]];
  const all: number[][] = [];
  for (let at = from; at < of; at++) for (const rest of choices(of, count - 1, at + 1)) all.push([at, ...rest]);
  return all;
}
