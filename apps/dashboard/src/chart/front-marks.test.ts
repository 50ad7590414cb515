import { describe, expect, it } from 'vitest';
import type { CrowdView } from '../client/views.ts';
import { smallCandidate, smallClass, smallOn, smallSweep } from '../testing/small-sweep.ts';
import { type Across, changeTicks, type FrontChoice, frontMarks, logTicks } from './front-marks.ts';

const choose = (across: Across = 'latency', crowd: readonly CrowdView[] = []): FrontChoice => ({ across, shown: () => true, crowd });
const original = smallCandidate('c000', {
  isOriginal: true,
  bytes: 14e6,
  classes: [smallOn('pi', { ms: 40, points: 0 }, { onFront: true })],
});
const fast = smallCandidate('c001', { bytes: 4e6, classes: [smallOn('pi', { ms: 10, points: -0.8 }, { onFront: true })] });
const half = smallCandidate('c003', { bytes: 5e6, classes: [smallOn('pi', { ms: 12, points: -0.4 }, { state: 'measuring' })] });
const crowd: readonly CrowdView[] = [
  { kind: 'marks', classId: smallClass('pi').id, ids: ['c002', 'c004'].map((id) => smallCandidate(id).id), x: [20, 8], y: [-1.5, -60] },
];
const pi = smallClass('pi', {
  front: ['c001', 'c000'].map((id) => smallCandidate(id).id),
  sizeFront: ['c001', 'c000'].map((id) => smallCandidate(id).id),
  limits: { latencyMs: 20, accuracyDropPoints: 1 },
  extent: { latencyMs: [8, 40], bytes: [4e6, 14e6] },
});

describe('the marks of the front', () => {
  const front = frontMarks(smallSweep([original, fast, half], [pi]), choose('latency', crowd));

  it('tell what is on the front from what is measured so far, dominated or the original', () => {
    expect(front.marks.map((mark) => [mark.candidate, mark.kind])).toEqual([
      ['c000', 'original'],
      ['c001', 'front'],
      ['c003', 'so far'],
      ['c002', 'dominated'],
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
    const [low, high] = front.xRange;
    expect(low).toBeLessThan(8);
    expect(high).toBeGreaterThan(40);
  });
});

it('gives every mark of the front a place on the axis where there is no limit', () => {
  const deep = smallCandidate('c001', { classes: [smallOn('pi', { ms: 10, points: -12 }, { onFront: true })] });
  const front = frontMarks(smallSweep([original, deep], [smallClass('pi', { front: [deep.id] })]), choose());
  expect(front.marks.map((mark) => mark.below)).toEqual([false, false]);
});

it('never leaves a mark above the axis', () => {
  const better = smallCandidate('c001', { classes: [smallOn('pi', { ms: 10, points: 7 }, { onFront: true })] });
  const front = frontMarks(smallSweep([original, better], [pi]), choose());
  expect(front.changeRange[1]).toBeGreaterThan(7);
});

it('draws one line for limits that are equal', () => {
  const classes = [pi, smallClass('x86', { position: 1, limits: { latencyMs: 20, accuracyDropPoints: 2 } })];
  const front = frontMarks(smallSweep([original], classes), choose());
  expect(front.xLimits).toEqual([{ value: 20, positions: [0, 1], classIds: ['pi', 'x86'] }]);
  expect(front.changeLimits.map((limit) => limit.value)).toEqual([-2, -1]);
});

it('shows only the classes that are asked for', () => {
  const classes = [pi, smallClass('x86', { position: 1, limits: { latencyMs: 8 } })];
  const front = frontMarks(smallSweep([original], classes), { across: 'latency', shown: (id) => id === 'x86' });
  expect(front.marks).toEqual([]);
  expect(front.xLimits.map(({ value, positions }) => [value, positions])).toEqual([[8, [1]]]);
});

it('puts size across, or multiples of the original, limits too', () => {
  const sweep = smallSweep([original, fast], [pi]);
  expect(frontMarks(sweep, choose('size')).marks.map((mark) => mark.x.value)).toEqual([14e6, 4e6]);
  const ratio = frontMarks(sweep, choose('ratio'));
  expect(ratio.marks.map((mark) => mark.x.value)).toEqual([1, 0.25]);
  expect(ratio.xLimits.map((limit) => limit.value)).toEqual([0.5]);
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
