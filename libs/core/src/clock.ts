import type { Milliseconds } from './units.ts';

/** Time as a parameter, so that the core is deterministic and tests never wait. */
export interface Clock {
  /** Since the Unix epoch. May jump: for people and records, never for durations. */
  now(): Milliseconds;
  /** Never goes back: for durations. */
  monotonic(): Milliseconds;
}
