import { type AttemptId, type Milliseconds, milliseconds, type Rng, unreachable } from '@fleetfit/core';
import type { AgentEvent, AgentState, AttemptEnd, Measuring, WaitingReport, Work } from './agent-state.ts';
import { backoff } from './backoff.ts';
import type { Command, LeaseAnswer } from './ports.ts';

/** However a coordinator answers, a device without work does not ask in a tight loop. */
const SHORTEST_PAUSE = 50;

export interface TakeOptions {
  readonly now: Milliseconds;
  readonly rng: Rng;
}

/** The state after an event. Events that are late, repeated, or of another attempt change nothing. */
export function takeEvent(state: AgentState, event: AgentEvent, options: TakeOptions): AgentState {
  switch (event.kind) {
    case 'answered':
    case 'ask-failed':
      return { ...state, work: afterAsking(state.work, event, options) };
    case 'entered':
      return measuring(state, event.attempt, (work) => ({ ...work, phase: event.phase }));
    case 'progressed':
      return measuring(state, event.attempt, (work) => ({ ...work, done: Math.max(work.done, event.done) }));
    case 'beat-answered':
      return measuring(state, event.attempt, (work) => afterBeat(work, event.goOn ? undefined : event.why, options.now));
    case 'beat-failed':
      // Sooner than the next one would be due: the lease lapses when none arrives in time.
      return measuring(state, event.attempt, (work) => ({ ...work, beat: beatAt(options.now + work.lease.heartbeatMs / 4) }));
    case 'attempt-ended':
      return afterAttempt(state, event, options);
    case 'report-answered':
      return { ...state, outbox: state.outbox.filter(({ attempt }) => attempt !== event.attempt) };
    case 'report-failed':
      return { ...state, outbox: state.outbox.map((report) => (report.attempt === event.attempt ? again(report, options) : report)) };
    case 'command':
      return { ...state, work: afterCommand(state.work, event.command, options.now) };
    default:
      return unreachable(event);
  }
}

function afterAsking(work: Work, event: AgentEvent & { kind: 'answered' | 'ask-failed' }, { now, rng }: TakeOptions): Work {
  if (work.kind !== 'asking') return work;
  if (event.kind === 'answered') return afterAnswer(event.answer, now);
  const failures = work.failures + 1;
  return { kind: 'waiting', until: milliseconds(now + backoff(failures, rng)), failures };
}

function afterAnswer(answer: LeaseAnswer, now: Milliseconds): Work {
  switch (answer.$case) {
    case 'lease':
      return { kind: 'leased', lease: answer.value };
    case 'noWork':
      return { kind: 'waiting', until: milliseconds(now + Math.max(SHORTEST_PAUSE, answer.value.againInMs)), failures: 0 };
    case 'turned':
      return { kind: 'turned', why: answer.value.why };
    default:
      return unreachable(answer);
  }
}

// The one place where an attempt that is over ignores what still comes of it.
function measuring(state: AgentState, attempt: string, change: (work: Measuring) => Measuring): AgentState {
  const { work } = state;
  return work.kind === 'measuring' && work.lease.attemptId === attempt ? { ...state, work: change(work) } : state;
}

function afterBeat(work: Measuring, stop: string | undefined, now: Milliseconds): Measuring {
  const beat = beatAt(now + work.lease.heartbeatMs);
  return stop === undefined || work.stop ? { ...work, beat } : { ...work, beat, stop: { why: stop, told: false } };
}

const beatAt = (at: number): Measuring['beat'] => ({ kind: 'due', at: milliseconds(at) });

function afterAttempt(state: AgentState, { attempt, how }: { attempt: string; how: AttemptEnd }, { now, rng }: TakeOptions): AgentState {
  const outbox = how.kind === 'reported' ? withReport(state.outbox, how.attempt, now) : state.outbox;
  if (state.work.kind !== 'measuring' || state.work.lease.attemptId !== attempt) return { ...state, outbox };
  // A device that gave work back takes a breath, or it would be handed the same job at once.
  const pause = how.kind === 'released' ? backoff(4, rng) : 0;
  return { outbox, work: { kind: 'waiting', until: milliseconds(now + pause), failures: 0 } };
}

function withReport(outbox: readonly WaitingReport[], attempt: AttemptId, now: Milliseconds): readonly WaitingReport[] {
  return [...outbox.filter((report) => report.attempt !== attempt), { attempt, failures: 0, sending: false, due: now }];
}

function again(report: WaitingReport, { now, rng }: TakeOptions): WaitingReport {
  const failures = report.failures + 1;
  return { ...report, failures, sending: false, due: milliseconds(now + backoff(failures, rng)) };
}

function afterCommand(work: Work, command: Command, now: Milliseconds): Work {
  switch (command.$case) {
    case 'wake':
      return work.kind === 'waiting' ? { ...work, until: now } : work;
    case 'cancel': {
      const { attemptId, why } = command.value;
      if (work.kind !== 'measuring' || work.lease.attemptId !== attemptId || work.stop) return work;
      return { ...work, stop: { why, told: false } };
    }
    default:
      return unreachable(command);
  }
}
