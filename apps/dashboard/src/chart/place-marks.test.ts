import { expect, it } from 'vitest';
import type { ChartSpan, Mark } from './front-marks.ts';
import { marginsOf, placesIn, scalesOf } from './place-marks.ts';

const front: ChartSpan = { across: 'latency', xRange: [1, 100], changeRange: [-4, 1] };
const mark = (ms: number, points: number): Mark => ({
  candidate: 'c001',
  classId: 'pi',
  position: 0,
  kind: 'front',
  x: { value: ms, low: ms, high: ms },
  change: { value: points, low: points, high: points },
  below: false,
});

it('puts marks between the margins: logarithmic across, linear up, and on the axis what is below it', () => {
  const { left, right, top, bottom } = marginsOf(700);
  const place = placesIn(front, [700, 400]);
  expect(place(mark(1, -4))).toEqual([left, 400 - bottom]);
  expect(place(mark(100, 1))).toEqual([700 - right, top]);
  expect(place(mark(10, -4))[0]).toBeCloseTo((left + 700 - right) / 2, 6);
  expect(place(mark(1, -60))).toEqual(place(mark(1, -4)));
});

it('finds the values of a place again', () => {
  const { x, y, valueAt, pointsAt } = scalesOf(front, [700, 400]);
  expect(valueAt(x(20))).toBeCloseTo(20, 9);
  expect(pointsAt(y(-1.5))).toBeCloseTo(-1.5, 9);
});
