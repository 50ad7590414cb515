import { FleetError, type Log, type Milliseconds, seconds, silent, type WorkId, workId } from '@fleetfit/core';
import {
  decodeMessage,
  encodeMessage,
  type Message,
  WorkBegin,
  WorkBeginResponse,
  WorkItem,
  WorkProgress,
  WorkProgressResponse,
  WorkResult,
  WorkResultResponse,
  workSubjects,
} from '@fleetfit/protocol';
import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/nats-core';
import { answer } from './answer.ts';
import { cancelled, whileConnected } from './while-connected.ts';

export interface WorkQueueOptions {
  readonly log?: Log;
  /** Silence of a compressor after which its item goes to another. Default 30 s. Changing it updates the consumer. */
  readonly ackWait?: Milliseconds;
  /** The queue refuses new work beyond so many items. Default 10 000. */
  readonly capacity?: number;
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
  /** Compressors that wait for work at this moment. @throws FleetError `unavailable` */
  waiting(): Promise<number>;
  /** Answers compressors until the returned function is called, which waits for what is under way. */
  serve(handlers: WorkHandlers): () => Promise<void>;
}

/**
 * Opens the queue, making its stream and consumer where they are missing, over a connection to an account with JetStream.
 * @throws FleetError `unavailable` when JetStream does not answer
 */
export async function openWorkQueue(connection: NatsConnection, options: WorkQueueOptions = {}): Promise<WorkQueue> {
  const { log = silent, ackWait = seconds(30), capacity = 10_000 } = options;
  try {
    const manager = await jetstreamManager(connection);
    await ensureStream(manager, capacity);
    await ensureConsumer(manager, ackWait);
    return queueOn(connection, { manager, publisher: jetstream(connection), log });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('unavailable', `Cannot open the work queue: ${why}`, { cause });
  }
}

async function ensureStream(manager: JetStreamManager, capacity: number): Promise<void> {
  const config = {
    name: workSubjects.stream,
    subjects: [workSubjects.all],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    // Not max_bytes: near that limit nats-server 2.9.10 takes the new message and drops the oldest in spite of `discard: new`.
    max_msgs: capacity,
    // Longer than any retry of a publication.
    duplicate_window: nanos(600_000),
  };
  try {
    await manager.streams.info(config.name);
    await manager.streams.update(config.name, config);
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
    await manager.streams.add(config);
  }
}

async function ensureConsumer(manager: JetStreamManager, ackWait: Milliseconds): Promise<void> {
  const { stream, consumer } = workSubjects;
  // Attempts are counted in the ledger, and poison is decided there: the server's own counting leaves messages behind.
  const limits = { ack_wait: nanos(ackWait), max_deliver: -1, max_ack_pending: -1 };
  try {
    await manager.consumers.info(stream, consumer);
    await manager.consumers.update(stream, consumer, limits);
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
    await manager.consumers.add(stream, { durable_name: consumer, ack_policy: AckPolicy.Explicit, ...limits });
  }
}

const isMissing = (thrown: unknown): boolean => thrown instanceof JetStreamApiError && thrown.status === 404;

interface QueueParts {
  readonly manager: JetStreamManager;
  readonly publisher: JetStreamClient;
  readonly log: Log;
}

function queueOn(connection: NatsConnection, { manager, publisher, log }: QueueParts): WorkQueue {
  return {
    publish: (item, signal) => publishItem({ connection, publisher }, item, signal),
    cancel(id) {
      if (!connection.isClosed()) connection.publish(workSubjects.cancel, id);
    },
    outstanding: (signal) => outstanding(manager, signal),
    waiting: async () => {
      try {
        return (await manager.consumers.info(workSubjects.stream, workSubjects.consumer)).num_waiting;
      } catch (cause) {
        throw new FleetError('unavailable', 'Cannot count the compressors: the work queue does not answer', { cause });
      }
    },
    serve: (handlers) => serveWork(connection, handlers, log),
  };
}

async function publishItem(
  { connection, publisher }: { readonly connection: NatsConnection; readonly publisher: JetStreamClient },
  item: WorkItem,
  signal: AbortSignal,
): Promise<void> {
  const kind = item.task?.$case;
  if (!kind) throw new FleetError('invalid', `Cannot queue work ${item.workId}: it has no task`);
  const doing = `queue work ${item.workId}`;
  const id = `${workId(item.workId)}:${item.epoch}`;
  const bytes = encodeMessage(WorkItem, item);
  try {
    await whileConnected(connection, { doing, signal }, () =>
      publisher.publish(workSubjects.queue(kind), bytes, { msgID: id, timeout: 5000 }),
    );
  } catch (cause) {
    if (cause instanceof FleetError) throw cause;
    if (cause instanceof JetStreamApiError && cause.message.includes('maximum'))
      throw new FleetError('exhausted', `Cannot queue work ${item.workId}: the queue is full (${cause.message})`, { cause });
    throw new FleetError('unavailable', `Cannot queue work ${item.workId}: the message server did not confirm it`, { cause });
  }
}

async function outstanding(manager: JetStreamManager, signal: AbortSignal): Promise<readonly QueuedWork[]> {
  const found: QueuedWork[] = [];
  try {
    for (let seq = 1; ; seq++) {
      if (signal.aborted) throw cancelled('list the queued work', signal);
      // The next at or after `seq`: numbers of what has left the queue are gaps. Known to the server, not to the client's types.
      const next = { seq, next_by_subj: workSubjects.all };
      const message = await manager.streams.getMessage(workSubjects.stream, next);
      if (!message) return found;
      seq = message.seq;
      const item = decodeMessage(WorkItem, message.data, 'queued work');
      found.push({ workId: workId(item.workId), epoch: item.epoch });
    }
  } catch (thrown) {
    if (isMissing(thrown)) return found;
    if (thrown instanceof FleetError) throw thrown;
    throw new FleetError('unavailable', 'Cannot list the queued work: the message server did not answer', { cause: thrown });
  }
}

function serveWork(connection: NatsConnection, handlers: WorkHandlers, log: Log): () => Promise<void> {
  const underWay = new Set<Promise<void>>();
  const on = <Request, Response>(
    subject: string,
    codec: { readonly request: Message<Request>; readonly response: Message<Response> },
    work: (request: Request) => Promise<Response>,
  ) =>
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) return log.error('cannot hear compressors', { subject, why: error.message });
        const done = answer(message, { ...codec, log }, work).finally(() => underWay.delete(done));
        underWay.add(done);
      },
    });
  const subscriptions = [
    on(workSubjects.begin, { request: WorkBegin, response: WorkBeginResponse }, (begin) => handlers.begin(begin)),
    on(workSubjects.progress, { request: WorkProgress, response: WorkProgressResponse }, (progress) => handlers.progress(progress)),
    on(workSubjects.result, { request: WorkResult, response: WorkResultResponse }, async (result) => {
      await handlers.result(result);
      return {};
    }),
  ];
  return async () => {
    for (const subscription of subscriptions) subscription.unsubscribe();
    await Promise.all(underWay);
  };
}
