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
  const result = await process.run(work.item, { signal: work.signal, progress: sparing(work) });
  await work.finish(result);
  log.info('a work item is done', { ...about, result: result.$case, ...(result.$case === 'failed' ? { why: result.value.why } : {}) });
}

/** Passes on the newest progress, one message at a time and not too often. */
function sparing(work: TakenWork): (done: number, what: string) => void {
  let busy = false;
  let last = Number.NEGATIVE_INFINITY;
  return (done, what) => {
    const now = performance.now();
    if (busy || now - last < PROGRESS_EVERY_MS) return;
    busy = true;
    last = now;
    // Lost progress is no harm; a refusal reaches the work through its signal.
    work.progress(done, what).then(
      () => {
        busy = false;
      },
      () => {
        busy = false;
      },
    );
  };
}
