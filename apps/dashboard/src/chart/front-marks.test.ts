import { describe, expect, it } from 'vitest';
import { smallCandidate, smallClass, smallOn, smallSweep } from '../testing/small-sweep.ts';
import { changeTicks, frontMarks, logTicks } from './front-marks.ts';

const all = () => true;
const original = smallCandidate('c000', { isOriginal: true, classes: [smallOn('pi', { ms: 40, points: 0 }, { onFront: true })] });
const fast = smallCandidate('c001', { classes: [smallOn('pi', { ms: 10, points: -0.8 }, { onFront: true })] });
const dominated = smallCandidate('c002', { classes: [smallOn('pi', { ms: 20, points: -1.5 })] });
const half = smallCandidate('c003', { classes: [smallOn('pi', { ms: 12, points: -0.4 }, { state: 'measuring' })] });
const wreck = smallCandidate('c004', { classes: [smallOn('pi', { ms: 8, points: -60 })] });
const pi = smallClass('pi', {
  front: ['c001', 'c000'].map((id) => smallCandidate(id).id),
  limits: { latencyMs: 20, accuracyDropPoints: 1 },
});

describe('the marks of the front', () => {
  const front = frontMarks(smallSweep([original, fast, dominated, half, wreck], [pi]), all);

  it('tell what is on the front from what is measured so far, dominated or the original', () => {
    expect(front.marks.map((mark) => [mark.candidate, mark.kind])).toEqual([
      ['c000', 'original'],
      ['c001', 'front'],
      ['c002', 'dominated'],
      ['c003', 'so far'],
      ['c004', 'dominated'],
    ]);
  });

  it('climb in stairs from the axis to the original', () => {
    const floor = front.changeRange[0];
    expect(front.stairs[0]?.points).toEqual([
      [10, floor],
      [10, -0.8],
      [40, -0.8],
      [40, 0],
    ]);
  });

  it('keep an axis that a lost candidate cannot press flat, and mark it as below', () => {
    expect(front.changeRange[0]).toBeGreaterThanOrEqual(-4.2);
    expect(front.marks.filter((mark) => mark.below).map((mark) => mark.candidate)).toEqual(['c004']);
  });

  it('stand inside the range of latencies, limits too', () => {
    const [low, high] = front.latencyRange;
    expect(low).toBeLessThan(8);
    expect(high).toBeGreaterThan(40);
  });
});

it('gives every mark of the front a place on the axis where there is no limit', () => {
  const deep = smallCandidate('c001', { classes: [smallOn('pi', { ms: 10, points: -12 }, { onFront: true })] });
  const front = frontMarks(smallSweep([original, deep], [smallClass('pi', { front: [deep.id] })]), all);
  expect(front.marks.map((mark) => mark.below)).toEqual([false, false]);
});

it('never leaves a mark above the axis', () => {
  const better = smallCandidate('c001', { classes: [smallOn('pi', { ms: 10, points: 7 }, { onFront: true })] });
  const front = frontMarks(smallSweep([original, better], [pi]), all);
  expect(front.changeRange[1]).toBeGreaterThan(7);
});

it('draws one line for limits that are equal', () => {
  const classes = [pi, smallClass('x86', { position: 1, limits: { latencyMs: 20, accuracyDropPoints: 2 } })];
  const front = frontMarks(smallSweep([original], classes), all);
  expect(front.latencyLimits).toEqual([{ value: 20, positions: [0, 1] }]);
  expect(front.changeLimits.map((limit) => limit.value)).toEqual([-2, -1]);
});

it('shows only the classes that are asked for', () => {
  const classes = [pi, smallClass('x86', { position: 1, limits: { latencyMs: 8 } })];
  const front = frontMarks(smallSweep([original], classes), (id) => id === 'x86');
  expect(front.marks).toEqual([]);
  expect(front.latencyLimits).toEqual([{ value: 8, positions: [1] }]);
});

describe('ticks', () => {
  it('of latency are round and inside, wide or narrow', () => {
    expect(logTicks([3, 90])).toEqual([3, 4, 6, 8, 10, 15, 20, 30, 40, 60, 80]);
    expect(logTicks([0.5, 900])).toEqual([1, 10, 100]);
  });

  it('of change are whole steps, seven at most', () => {
    expect(changeTicks([-4.2, 0.7])).toEqual([-4, -3, -2, -1, 0]);
    expect(changeTicks([-30, 2]).length).toBeLessThanOrEqual(7);
  });
});
