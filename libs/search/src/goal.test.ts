import { deviceClassId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { type Goal, objectivesOf, penaltyOf, scalarOf } from './goal.ts';

const phone = deviceClassId('phone');
const goal: Goal = {
  objectives: ['accuracy', 'latency'],
  limits: { latency: 10, size: 1000, accuracyDrop: 0.009 },
  classLimits: { phone: { latency: 20 } },
  original: { accuracy: 0.9, latency: { phone: 40, camera: 100 } },
};

describe('a goal', () => {
  it('asks nothing of what is inside all limits, and 4 for each factor of two outside', () => {
    expect(penaltyOf(goal, { drop: 0.009, latency: 10, size: 1000 })).toBe(0);
    expect(penaltyOf(goal, { drop: 0, latency: 20, size: 4000 })).toBeCloseTo(12, 12);
    expect(penaltyOf(goal, { drop: 0.039 })).toBeCloseTo(8, 12);
  });

  it('holds a class to its own limit', () => {
    expect(penaltyOf(goal, { latency: 20 }, phone)).toBe(0);
    expect(penaltyOf(goal, { latency: 20 })).toBeCloseTo(4, 12);
  });

  it('measures loss and latency in powers of ten, the latter against the original', () => {
    const [loss, latency] = objectivesOf(goal, { drop: 0.009, latency: 4, size: 10 }, phone);
    expect(loss).toBeCloseTo(-2, 12);
    expect(latency).toBeCloseTo(-1, 12);
    expect(scalarOf(goal, { drop: 0.009, latency: 4, size: 10 }, phone)).toBeCloseTo(-3, 12);
  });

  it('counts a gain of accuracy as no loss, and knows no number for what was not measured', () => {
    expect(scalarOf({ objectives: ['accuracy'] }, { drop: -0.2 })).toBeCloseTo(-3, 12);
    expect(scalarOf({ objectives: ['accuracy'] }, {})).toBeNaN();
    expect(scalarOf({ objectives: ['score'] }, { score: -7 })).toBe(-7);
  });
});
