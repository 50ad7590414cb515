import { FleetError, type HostId, type Log, milliseconds } from '@fleetfit/core';
import { type TakenWork, type TakeWorkOptions, takeWork } from '@fleetfit/messaging';
import type { NatsConnection } from '@nats-io/transport-node';
import type { WorkProcess } from './work-process.ts';

export interface CompressorOptions {
  readonly connection: NatsConnection;
  readonly worker: string;
  readonly hostId: HostId;
  readonly process: WorkProcess;
  readonly log: Log;
  /** Stops it: what is under way is given back. */
  readonly signal: AbortSignal;
  readonly queue?: Pick<TakeWorkOptions, 'keepAlive' | 'askAgain' | 'answerWithin'>;
}

/** Least time between two messages of progress. */
const PROGRESS_EVERY_MS = 250;
/** The last progress is told again after this much silence. */
const SIGN_OF_LIFE_MS = 5_000;

/** Takes work items one after another until it is told to stop. Whatever an item does, the next is taken. */
export async function runCompressor(options: CompressorOptions): Promise<void> {
  const { connection, worker, hostId, signal, log, queue = {} } = options;
  for await (const work of takeWork(connection, { worker, hostId, signal, log, ...queue })) {
    const about = { work: work.item.workId, task: work.item.task?.$case };
    try {
      if (await work.begin()) await doOne(work, options);
    } catch (thrown) {
      const error = thrown instanceof FleetError ? thrown : undefined;
      if (error?.code === 'cancelled') log.info('a work item was stopped', about);
      else log.warn('cannot hand in a work item', { ...about, why: error?.message ?? String(thrown) });
      // Nothing is lost: whoever takes it next is told by the coordinator whether it is still wanted. Not at once, lest it go round.
      work.giveBack(milliseconds(2000));
    }
  }
}

async function doOne(work: TakenWork, { process, log }: CompressorOptions): Promise<void> {
  const about = { work: work.item.workId, task: work.item.task?.$case };
  log.info('a work item begins', about);
  const progress = tellProgress(work);
  try {
    const result = await process.run(work.item, { signal: work.signal, progress: progress.take });
    progress.stop();
    await work.finish(result);
    log.info('a work item is done', { ...about, result: result.$case, ...(result.$case === 'failed' ? { why: result.value.why } : {}) });
  } finally {
    progress.stop();
  }
}

/**
 * Passes on the newest progress, one message at a time and not too often; and the last one again and again where nothing new comes,
 * because to the coordinator a silent compressor is a dead one.
 */
function tellProgress(work: TakenWork) {
  let last = { done: 0, what: '' };
  let sentAt = Number.NEGATIVE_INFINITY;
  let busy = false;
  const send = (): void => {
    if (busy || performance.now() - sentAt < PROGRESS_EVERY_MS) return;
    busy = true;
    sentAt = performance.now();
    const free = (): void => {
      busy = false;
    };
    // Lost progress is no harm; that the work is no longer wanted reaches it through its signal.
    work.progress(last.done, last.what).then(free, free);
  };
  const timer = setInterval(send, SIGN_OF_LIFE_MS);
  return {
    take: (done: number, what: string): void => {
      last = { done, what };
      send();
    },
    stop: () => clearInterval(timer),
  };
}
