import { expect, it } from 'vitest';
import type { FrontMarks, Mark } from './front-marks.ts';
import { marginsOf, placesIn } from './place-marks.ts';

const front: FrontMarks = { marks: [], stairs: [], latencyLimits: [], changeLimits: [], latencyRange: [1, 100], changeRange: [-4, 1] };
const mark = (ms: number, points: number): Mark => ({
  candidate: 'c001',
  classId: 'pi',
  position: 0,
  kind: 'front',
  latency: { value: ms, low: ms, high: ms },
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
