import type { SweepStateName } from '../client/views.ts';

/** How the state of a sweep is said and drawn. */
export interface SaidState {
  readonly word: string;
  readonly mark: 'working' | 'waiting' | 'off' | 'done' | 'failed';
  readonly tone: string;
}

const STATES: Readonly<Record<SweepStateName, SaidState>> = {
  preparing: { word: 'Preparing', mark: 'working', tone: 'text-accent' },
  running: { word: 'Measuring', mark: 'working', tone: 'text-accent' },
  paused: { word: 'Paused', mark: 'off', tone: 'text-ink-2' },
  judging: { word: 'Judging the best on the test split', mark: 'working', tone: 'text-accent' },
  done: { word: 'Done', mark: 'done', tone: 'text-accent' },
  cancelled: { word: 'Cancelled', mark: 'off', tone: 'text-ink-2' },
  failed: { word: 'Failed', mark: 'failed', tone: 'text-bad' },
};

export function saidState(state: SweepStateName): SaidState {
  return STATES[state];
}

/** It changes by itself no more. */
export function isOver(state: SweepStateName): boolean {
  return state === 'done' || state === 'cancelled' || state === 'failed';
}
