import { expect, it } from 'vitest';
import { slowedBy } from './slowed-by.ts';

it('reads what may hold a candidate up, and nothing from conditions of before that was looked for', () => {
  expect(slowedBy({ threads: 2, slowedBy: ['2 layers stayed float: stem, fc'] })).toEqual(['2 layers stayed float: stem, fc']);
  expect([slowedBy({ threads: 2 }), slowedBy(undefined), slowedBy({ slowedBy: 'x' })]).toEqual([[], [], []]);
});
