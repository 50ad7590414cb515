import type { SweepId } from '@fleetfit/core';

export interface SweepRow {
  readonly id: SweepId;
  /** 1, 2, 3... for people: "sweep 3". */
  readonly number: number;
  readonly definition: unknown;
  /** A word of the sweep's own state machine. */
  readonly state: string;
  readonly createdAt: number;
  readonly endedAt: number | undefined;
}

export interface NewSweep {
  /** May be made from the number, which the store gives. */
  readonly id: SweepId | ((number: number) => SweepId);
  readonly definition: unknown;
  readonly state: string;
  readonly createdAt: number;
}

/** An event to append. */
export interface NewSweepEvent {
  readonly kind: string;
  readonly body: unknown;
  readonly at: number;
}

/** An event as it stands in the log of its sweep: never changed, never removed. */
export interface SweepEventRow extends NewSweepEvent {
  readonly sweepId: SweepId;
  /** 1, 2, 3... without gaps. */
  readonly seq: number;
}

export interface SweepRepository {
  insert(sweep: NewSweep): Promise<SweepRow>;
  get(id: SweepId): Promise<SweepRow | undefined>;
  /** Oldest first. */
  list(filter?: { readonly states?: readonly string[] }): Promise<readonly SweepRow[]>;
  /** Returns the row as it is now; throws `not-found`. */
  update(id: SweepId, change: Partial<Pick<SweepRow, 'state' | 'endedAt'>>): Promise<SweepRow>;
  /**
   * Appends after the event number `expectedSeq` (0 = none yet) and returns the number of the last event.
   * Throws `conflict` when the log has moved on or is not that long: read again, decide again. Throws `not-found` for an unknown sweep.
   */
  append(id: SweepId, expectedSeq: number, events: readonly NewSweepEvent[]): Promise<number>;
  /** The events after number `afterSeq` (0 = all), in order; `limit` of them at most. */
  read(id: SweepId, afterSeq: number, limit?: number): Promise<readonly SweepEventRow[]>;
  /** The number of the last event; 0 when there is none. */
  lastSeq(id: SweepId): Promise<number>;
}
