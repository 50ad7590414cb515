import { attemptId, milliseconds, seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { type AgentEvent, type AgentState, startingState } from './agent-state.ts';
import { backoff } from './backoff.ts';
import { nextDue, nextSteps } from './next-steps.ts';
import { takeEvent } from './take-event.ts';
import { leaseOf } from './testing/fake-coordinator.ts';

const at = milliseconds;
const rng = seededRng(1);
const names = (steps: readonly { readonly do: string }[]): string[] => steps.map((step) => step.do);

function after(events: readonly AgentEvent[], now = at(0), from: AgentState = startingState([], now)): AgentState {
  return events.reduce((state, event) => takeEvent(nextSteps(state, now).state, event, { now, rng }), from);
}

describe('next steps', () => {
  it('are begun once: asked again, nothing is left to do', () => {
    const { state, steps } = nextSteps(startingState([attemptId('old')], at(0)), at(0));
    expect(names(steps)).toEqual(['send']);
    expect(nextSteps(state, at(0)).steps).toEqual([]);
  });

  it('are sending first, then asking: until its last report has arrived a device counts as busy', () => {
    const state = after([], at(0), startingState([attemptId('old')], at(0)));
    const sending = nextSteps(state, at(0)).state;
    const answered = takeEvent(sending, { kind: 'report-answered', attempt: attemptId('old') }, { now: at(1), rng });
    expect(names(nextSteps(answered, at(1)).steps)).toEqual(['ask']);
    const failed = takeEvent(sending, { kind: 'report-failed', attempt: attemptId('old'), why: 'away' }, { now: at(1), rng });
    expect(names(nextSteps(failed, at(1)).steps)).toEqual(['ask']);
  });

  it('know when something falls due', () => {
    expect(nextDue(startingState([], at(5)))).toBe(5);
    const asking = nextSteps(startingState([], at(5)), at(5)).state;
    expect(nextDue(asking)).toBeUndefined();
    const leased = takeEvent(asking, { kind: 'answered', answer: leaseOf('a1') }, { now: at(10), rng });
    const { state, steps } = nextSteps(leased, at(10));
    expect(names(steps)).toEqual(['attempt']);
    expect(nextDue(state)).toBe(1_010);
    expect(names(nextSteps(state, at(1_010)).steps)).toEqual(['beat']);
  });

  it('never ask in a tight loop, whatever the coordinator answers', () => {
    const state = after([{ kind: 'answered', answer: { $case: 'noWork', value: { why: 'busy', againInMs: 0 } } }]);
    expect(nextSteps(state, at(10)).steps).toEqual([]);
    expect(names(nextSteps(state, at(50)).steps)).toEqual(['ask']);
  });

  it('are the same whatever comes late or twice of another attempt', () => {
    const measuring = nextSteps(after([{ kind: 'answered', answer: leaseOf('a2') }]), at(0)).state;
    const late: AgentEvent[] = [
      { kind: 'entered', attempt: 'a1', phase: 4 },
      { kind: 'progressed', attempt: 'a1', done: 0.9 },
      { kind: 'beat-answered', attempt: 'a1', goOn: false, why: 'over' },
      { kind: 'beat-failed', attempt: 'a1', why: 'away' },
      { kind: 'attempt-ended', attempt: 'a1', how: { kind: 'stopped' } },
      { kind: 'answered', answer: leaseOf('a3') },
      { kind: 'ask-failed', why: 'late' },
      { kind: 'report-answered', attempt: attemptId('a1') },
    ];
    for (const event of late) expect(takeEvent(measuring, event, { now: at(3), rng }), event.kind).toEqual(measuring);
  });

  it('stop an attempt once, however often it is told', () => {
    const measuring = nextSteps(after([{ kind: 'answered', answer: leaseOf('a1') }]), at(0)).state;
    const cancel: AgentEvent = { kind: 'command', command: { $case: 'cancel', value: { attemptId: 'a1', why: 'over' } } };
    const told = nextSteps(takeEvent(measuring, cancel, { now: at(1), rng }), at(1));
    expect(told.steps).toEqual([{ do: 'stop-attempt', attempt: 'a1', why: 'over' }]);
    const again = takeEvent(told.state, cancel, { now: at(2), rng });
    const beaten = takeEvent(again, { kind: 'beat-answered', attempt: 'a1', goOn: false, why: 'over' }, { now: at(3), rng });
    expect(nextSteps(beaten, at(3)).steps).toEqual([]);
  });
});

describe('backoff', () => {
  it('draws from a ceiling that doubles from half a second to a minute', () => {
    for (const [failures, ceiling] of [
      [1, 500],
      [2, 1_000],
      [5, 8_000],
      [8, 60_000],
      [1_000, 60_000],
    ] as const) {
      const draws = Array.from({ length: 300 }, () => backoff(failures, rng));
      expect(Math.max(...draws)).toBeLessThanOrEqual(ceiling);
      expect(Math.max(...draws)).toBeGreaterThan(0.9 * ceiling);
      expect(Math.min(...draws)).toBeLessThan(0.1 * ceiling);
    }
  });
});
