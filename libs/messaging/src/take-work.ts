import { FleetError, type HostId, type Log, type Milliseconds } from '@fleetfit/core';
import type { WorkItem, WorkResult } from '@fleetfit/protocol';
import type { NatsConnection } from '@nats-io/nats-core';

export interface TakeWorkOptions {
  /** Names this compressor in the ledger: unique among processes, new at every start. */
  readonly worker: string;
  readonly hostId: HostId;
  /** Ends the iteration; an item that is being worked on is given back by the caller or goes to another after the wait. */
  readonly signal: AbortSignal;
  readonly log?: Log;
  /** How often the queue is told that an item is being worked on: at most a third of its `ackWait`. Default 10 s. */
  readonly keepAlive?: Milliseconds;
  /** Pause before `begin` asks again when the host is measuring. Default 1 s. */
  readonly askAgain?: Milliseconds;
  /** How long one request to the coordinator may take. Default 10 s. */
  readonly answerWithin?: Milliseconds;
}

/**
 * One item, kept alive in the queue from being taken until it is finished, dropped or given back.
 * The keep-alive needs the event loop: do heavy work in another thread or process.
 */
export interface TakenWork {
  readonly item: WorkItem;
  /** Aborts when the item is cancelled, is somebody else's by now, or the compressor stops; the reason is a FleetError `cancelled`. */
  readonly signal: AbortSignal;
  /** Waits until the work may start: `true` to go on, `false` when it is over already (then it is off the queue: take the next). */
  begin(): Promise<boolean>;
  /** Tells how far it is, 0..1, and what is being done; loss is no harm. Aborts `signal` when the work is no longer wanted. */
  progress(done: number, what: string): Promise<void>;
  /**
   * Hands the result in until the coordinator has stored it, then takes the item off the queue.
   * @throws FleetError `cancelled` when the compressor stops first (the item will be done again), or as the coordinator refuses the result
   */
  finish(result: NonNullable<WorkResult['result']>): Promise<void>;
  /** Puts the item back for another compressor after `delay`. */
  giveBack(delay: Milliseconds): void;
}

/** Takes items one at a time, for ever: `for await (const work of takeWork(…)) { if (await work.begin()) … }`. */
export function takeWork(_connection: NatsConnection, _options: TakeWorkOptions): AsyncIterable<TakenWork> {
  throw new FleetError('bug', 'Cannot take work: not built yet');
}
