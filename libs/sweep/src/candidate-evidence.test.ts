import { describe, expect, it } from 'vitest';
import { compareAnswers, latencyBins } from './candidate-evidence.ts';

describe('answers side by side', () => {
  const labels = [0, 1, 2, 0];
  const original = [{ first: 0, count: 4, classes: [0, 1, 1, 0, 2, 1, 2, 0] }];

  it('name the images that got worse and better, and where the label stands now', () => {
    const candidate = [
      { first: 0, count: 2, classes: [0, 2, 0, 1] },
      { first: 2, count: 2, classes: [1, 0, 0, 1] },
    ];
    const { images, lost, won } = compareAnswers(labels, { original, candidate });
    expect(images).toBe(4);
    expect(lost).toEqual([
      { image: 1, label: 1, original: 1, candidate: 0, place: 2 },
      { image: 2, label: 2, original: 2, candidate: 1, place: undefined },
    ]);
    expect(won.map(({ image }) => image)).toEqual([3]);
  });

  it('count by label, and only images that both have answered', () => {
    const candidate = [{ first: 2, count: 2, classes: [2, 0, 0, 1] }];
    expect(compareAnswers(labels, { original, candidate })).toMatchObject({
      images: 2,
      labels: [
        { label: 0, images: 1, original: 0, candidate: 1 },
        { label: 2, images: 1, original: 1, candidate: 1 },
      ],
    });
  });
});

describe('run times in bins', () => {
  it('lose no run, share their edges, and keep the tail in the last bin', () => {
    const steady = Array.from({ length: 200 }, (_, i) => 10 + (i % 10) / 10);
    const [one, two] = latencyBins([steady, [...steady, 500]], 20);
    expect(one?.map(({ fromMs }) => fromMs)).toEqual(two?.map(({ fromMs }) => fromMs));
    const total = (bins: typeof one) => bins?.reduce((sum, { count }) => sum + count, 0);
    expect([total(one), total(two)]).toEqual([200, 201]);
    expect(two?.at(-1)?.toMs).toBeLessThan(20);
    expect((two?.at(-1)?.count ?? 0) - (one?.at(-1)?.count ?? 0)).toBe(1);
  });

  it('have a bin for runs that all took the same time, and none for none', () => {
    expect(latencyBins([[5, 5]], 4)[0]?.reduce((sum, { count }) => sum + count, 0)).toBe(2);
    expect(latencyBins([[]], 4)[0]?.every(({ count }) => count === 0)).toBe(true);
  });
});
