import type { AttemptId, Milliseconds } from '@fleetfit/core';
import type { Lease, Phase } from '@fleetfit/protocol';
import type { Command, LeaseAnswer } from './ports.ts';

/** Everything that decides what a device does next. Plain data: `take` makes the next one, `nextSteps` reads it. */
export interface AgentState {
  readonly work: Work;
  readonly outbox: readonly WaitingReport[];
}

/** A device does one thing at a time: it waits, asks, measures, or has been turned away. */
export type Work =
  | { readonly kind: 'waiting'; readonly until: Milliseconds; readonly failures: number }
  | { readonly kind: 'asking'; readonly failures: number }
  /** Leased; the attempt has to be started. */
  | { readonly kind: 'leased'; readonly lease: Lease }
  | Measuring
  | { readonly kind: 'turned'; readonly why: string };

export interface Measuring {
  readonly kind: 'measuring';
  readonly lease: Lease;
  readonly phase: Phase;
  /** 0..1. */
  readonly done: number;
  readonly beat: { readonly kind: 'due'; readonly at: Milliseconds } | { readonly kind: 'sending' };
  /** Why it has to stop, until it has. */
  readonly stop: { readonly why: string; readonly told: boolean } | undefined;
}

export interface WaitingReport {
  readonly attempt: AttemptId;
  readonly failures: number;
  readonly sending: boolean;
  readonly due: Milliseconds;
}

/** What to do now. Each is begun once: the state knows it as begun at once, and hears of its end by an event. */
export type Step =
  | { readonly do: 'ask' }
  | { readonly do: 'attempt'; readonly lease: Lease }
  | { readonly do: 'stop-attempt'; readonly attempt: string; readonly why: string }
  | { readonly do: 'beat'; readonly lease: Lease; readonly phase: Phase; readonly done: number }
  | { readonly do: 'send'; readonly attempt: AttemptId }
  /** Nothing will ever come of this device again. */
  | { readonly do: 'end'; readonly why: string };

export type AgentEvent =
  | { readonly kind: 'answered'; readonly answer: LeaseAnswer }
  | { readonly kind: 'ask-failed'; readonly why: string }
  | { readonly kind: 'entered'; readonly attempt: string; readonly phase: Phase }
  | { readonly kind: 'progressed'; readonly attempt: string; readonly done: number }
  | { readonly kind: 'attempt-ended'; readonly attempt: string; readonly how: AttemptEnd }
  | { readonly kind: 'beat-answered'; readonly attempt: string; readonly goOn: boolean; readonly why: string }
  | { readonly kind: 'beat-failed'; readonly attempt: string; readonly why: string }
  | { readonly kind: 'report-answered'; readonly attempt: AttemptId }
  | { readonly kind: 'report-failed'; readonly attempt: AttemptId; readonly why: string }
  | { readonly kind: 'command'; readonly command: Command };

export type AttemptEnd =
  /** Its report is in the outbox. */
  | { readonly kind: 'reported'; readonly attempt: AttemptId }
  /** Told to stop: nothing to report. */
  | { readonly kind: 'stopped' }
  /** Given back, since this device cannot do it now. */
  | { readonly kind: 'released'; readonly why: string };

/** An agent that has just started, with the reports that an earlier one left. */
export function startingState(outbox: readonly AttemptId[], now: Milliseconds): AgentState {
  return {
    work: { kind: 'waiting', until: now, failures: 0 },
    outbox: outbox.map((attempt) => ({ attempt, failures: 0, sending: false, due: now })),
  };
}
