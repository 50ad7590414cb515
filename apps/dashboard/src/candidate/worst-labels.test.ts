import { expect, it } from 'vitest';
import { worstLabels } from './worst-labels.ts';

it('puts what lost most first, and what gained last', () => {
  const count = (label: number, original: number, candidate: number) => ({ label, images: 10, original, candidate });
  expect(worstLabels([count(0, 5, 5), count(1, 9, 6), count(2, 4, 8), count(3, 7, 7)]).map(({ label }) => label)).toEqual([1, 0, 3, 2]);
});
