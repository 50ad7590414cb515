import { describe, expect, it } from 'vitest';
import { goalOf } from './goal-of.ts';
import { applyEvent, foldEvents } from './state.ts';
import { figures, ONE, runSweep, SWEEP, setupOf, TWO } from './testing-sweep.ts';

const setup = setupOf({ constraints: { accuracyDropPoints: 1, latencyMs: 9 }, classConstraints: { [TWO]: { sizeBytes: 700 } } });

describe('goalOf', () => {
  it('says the limits in the units of metrics, for all classes and for one', () => {
    const goal = goalOf(applyEvent(undefined, SWEEP, { kind: 'opened', setup, at: 1 }));
    expect(goal.objectives).toEqual(['accuracy', 'latency']);
    expect(goal.limits).toEqual({ accuracyDrop: 0.01, latency: 9 });
    expect(goal.classLimits).toEqual({ [TWO]: { size: 700 } });
    expect(goal.original).toEqual({ size: 1000, latency: {} });
  });

  it('knows the original once it was measured', () => {
    const world = { recipes: ['fast'], compress: () => ({ bytes: 5 }), measure: () => figures({ top1: '1110', controlP50Ms: 8 }) };
    expect(goalOf(foldEvents(SWEEP, runSweep(setup, world))).original).toEqual({
      size: 1000,
      latency: { [ONE]: 8, [TWO]: 8 },
      accuracy: 0.75,
    });
  });
});
