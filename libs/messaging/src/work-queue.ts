import { FleetError, type Log, type Milliseconds, type WorkId } from '@fleetfit/core';
import type { WorkBegin, WorkBeginResponse, WorkItem, WorkProgress, WorkProgressResponse, WorkResult } from '@fleetfit/protocol';
import type { NatsConnection } from '@nats-io/nats-core';

export interface WorkQueueOptions {
  readonly log?: Log;
  /** Silence of a compressor after which its item goes to another. Default 30 s. Changing it updates the consumer. */
  readonly ackWait?: Milliseconds;
  /** The queue refuses new work beyond this. Default 64 MB. */
  readonly maxBytes?: number;
}

/** What the coordinator says to compressors; each answer is sent only after the promise resolves, so store first. */
export interface WorkHandlers {
  begin(begin: WorkBegin): Promise<WorkBeginResponse>;
  progress(progress: WorkProgress): Promise<WorkProgressResponse>;
  /** May be called again with a result that was taken already: resolve then too. */
  result(result: WorkResult): Promise<void>;
}

/** One publication of a work item. */
export interface QueuedWork {
  readonly workId: WorkId;
  readonly epoch: number;
}

/** The coordinator's side of the JetStream work queue. The ledger is the truth; the queue may lose or repeat. */
export interface WorkQueue {
  /**
   * Resolves when the queue holds the item. The same work and epoch is queued once.
   * @throws FleetError `exhausted` (the queue is full), `unavailable` (try again: it is safe), `cancelled`
   */
  publish(item: WorkItem, signal: AbortSignal): Promise<void>;
  /** Tells whoever runs it to stop; whoever takes it later is told to drop it by `begin`. */
  cancel(workId: WorkId): void;
  /** What the queue holds now, taken or not: compare with the ledger and publish what is missing with the next epoch. */
  outstanding(signal: AbortSignal): Promise<readonly QueuedWork[]>;
  /** Answers compressors until the returned function is called. */
  serve(handlers: WorkHandlers): () => Promise<void>;
}

/**
 * Opens the queue, making its stream and consumer where they are missing, over a connection to an account with JetStream.
 * @throws FleetError `unavailable` when JetStream does not answer
 */
export function openWorkQueue(_connection: NatsConnection, _options: WorkQueueOptions = {}): Promise<WorkQueue> {
  throw new FleetError('bug', 'Cannot open the work queue: not built yet');
}
