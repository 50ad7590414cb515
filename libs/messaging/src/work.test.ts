import { FleetError, hostId, milliseconds, seconds, workId } from '@fleetfit/core';
import { WorkBeginResponse_Answer as Answer, type WorkBegin, type WorkItem, type WorkResult } from '@fleetfit/protocol';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MessageServer, startMessageServer } from '../test/message-server.ts';
import { compressorLogin } from './operator/index.ts';
import { type TakenWork, type TakeWorkOptions, takeWork } from './take-work.ts';
import { openWorkQueue, type WorkHandlers, type WorkQueue } from './work-queue.ts';

const never = new AbortController().signal;
const ACK_WAIT = milliseconds(1000);

let server: MessageServer;
let coordinator: NatsConnection;
let queue: WorkQueue;
const stops: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  server = await startMessageServer();
  coordinator = await server.open(server.logins.coordinator);
}, 120_000);
beforeEach(async () => {
  queue = await openWorkQueue(coordinator, { ackWait: ACK_WAIT });
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await coordinator.request('$JS.API.STREAM.DELETE.WORK');
});
afterAll(() => server.close());

let count = 0;
const makeItem = (epoch = 1): WorkItem => ({
  workId: `work-${++count}`,
  epoch,
  task: { $case: 'importModel', value: { path: '/models/a.onnx', sidecarJson: '' } },
});
const refused: NonNullable<WorkResult['result']> = { $case: 'refused', value: { why: 'too small' } };

function serve(handlers: Partial<WorkHandlers>): void {
  const all: WorkHandlers = {
    begin: async () => ({ answer: Answer.ANSWER_GO, why: '' }),
    progress: async () => ({ goOn: true }),
    result: async () => {},
    ...handlers,
  };
  stops.push(queue.serve(all));
}

/** A compressor of its own connection; `kill` ends it as a crash does: without a word. */
async function compressor(worker: string, options: Partial<TakeWorkOptions> = {}) {
  const connection = await server.open(await compressorLogin(server.keys, worker));
  const stop = new AbortController();
  const iterator = takeWork(connection, {
    worker,
    hostId: hostId('host-1'),
    signal: stop.signal,
    keepAlive: milliseconds(200),
    askAgain: milliseconds(50),
    answerWithin: seconds(2),
    ...options,
  });
  stops.push(async () => {
    stop.abort();
    // Ends the keep-alive of what is in hand: its numbers will be those of other items in the stream of the next test.
    await iterator.return();
  });
  const next = async (): Promise<TakenWork> => {
    const { value } = await iterator.next();
    if (!value) throw new Error('the compressor stopped');
    return value;
  };
  return { next, iterator, stop: () => stop.abort(), kill: () => connection.close() };
}

describe('the work queue', { timeout: 30_000 }, () => {
  it('hands an item to a compressor and its result to the coordinator, then forgets it', async () => {
    const calls: unknown[] = [];
    serve({
      begin: async (begin) => {
        calls.push(begin);
        return { answer: Answer.ANSWER_GO, why: '' };
      },
      progress: async (progress) => {
        calls.push(progress);
        return { goOn: true };
      },
      result: async (result) => {
        calls.push(result);
      },
    });
    const item = makeItem();
    await queue.publish(item, never);
    const worker = await compressor('a');
    const work = await worker.next();
    expect(work.item).toEqual(item);
    expect(await work.begin()).toBe(true);
    await work.progress(0.5, 'reading');
    expect(await queue.outstanding(never)).toEqual([{ workId: item.workId, epoch: 1 }]);
    await work.finish(refused);
    const who = { workId: item.workId, epoch: 1, worker: 'a' };
    expect(calls).toEqual([
      { ...who, hostId: 'host-1', task: 'importModel' },
      { ...who, done: 0.5, what: 'reading' },
      { ...who, hostId: 'host-1', result: refused },
    ]);
    await expect.poll(() => queue.outstanding(never)).toEqual([]);
  });

  it('queues the same work and epoch once, and the next epoch again', async () => {
    const item = makeItem();
    await queue.publish(item, never);
    await queue.publish(item, never);
    await queue.publish({ ...item, epoch: 2 }, never);
    expect(await queue.outstanding(never)).toEqual([
      { workId: item.workId, epoch: 1 },
      { workId: item.workId, epoch: 2 },
    ]);
  });

  it('shares items between two compressors, each to one', async () => {
    serve({});
    const items = Array.from({ length: 6 }, () => makeItem());
    const taken: string[] = [];
    const run = async (worker: string): Promise<void> => {
      const { iterator } = await compressor(worker);
      for await (const work of iterator) {
        taken.push(work.item.workId);
        if (await work.begin()) await work.finish(refused);
      }
    };
    const runs = [run('a'), run('b')];
    for (const item of items) await queue.publish(item, never);
    await expect.poll(() => queue.outstanding(never)).toEqual([]);
    expect(taken.toSorted()).toEqual(items.map((item) => item.workId).toSorted());
    for (const stop of stops.splice(0)) await stop();
    await Promise.all(runs);
  });

  it('gives the item of a killed compressor to another', async () => {
    const workers: string[] = [];
    serve({
      begin: async ({ worker }) => {
        workers.push(worker);
        return { answer: Answer.ANSWER_GO, why: '' };
      },
    });
    const item = makeItem();
    await queue.publish(item, never);
    const first = await compressor('a');
    await (await first.next()).begin();
    await first.kill();
    const second = await compressor('b');
    const work = await second.next();
    expect(work.item).toEqual(item);
    await work.begin();
    await work.finish(refused);
    expect(workers).toEqual(['a', 'b']);
    await expect.poll(() => queue.outstanding(never)).toEqual([]);
  });

  it('leaves an item with a compressor that takes its time', async () => {
    serve({});
    await queue.publish(makeItem(), never);
    const slow = await compressor('a');
    const work = await slow.next();
    const other = await compressor('b');
    let taken = 0;
    void other.next().then(
      () => taken++,
      () => {},
    );
    await new Promise((resolve) => setTimeout(resolve, ACK_WAIT * 2.5));
    expect(taken).toBe(0);
    await work.finish(refused);
    await expect.poll(() => queue.outstanding(never)).toEqual([]);
    expect(taken).toBe(0);
  });

  it('waits while the host measures, and begins when it may', async () => {
    const answers = [Answer.ANSWER_WAIT, Answer.ANSWER_WAIT, Answer.ANSWER_GO];
    const asked: WorkBegin[] = [];
    serve({
      begin: async (begin) => {
        asked.push(begin);
        return { answer: answers[asked.length - 1] ?? Answer.ANSWER_GO, why: 'an agent measures' };
      },
    });
    await queue.publish(makeItem(), never);
    expect(await (await (await compressor('a')).next()).begin()).toBe(true);
    expect(asked).toHaveLength(3);
  });

  it('takes an item off that the coordinator drops', async () => {
    serve({ begin: async () => ({ answer: Answer.ANSWER_DROP, why: 'done' }) });
    await queue.publish(makeItem(), never);
    expect(await (await (await compressor('a')).next()).begin()).toBe(false);
    await expect.poll(() => queue.outstanding(never)).toEqual([]);
  });

  it('aborts cancelled work, and not its neighbour', async () => {
    serve({});
    const items = [makeItem(), makeItem()];
    for (const item of items) await queue.publish(item, never);
    const [a, b] = [await compressor('a'), await compressor('b')];
    const works = [await a.next(), await b.next()];
    const [mine, other] = works;
    if (!mine || !other) throw new Error('no work');
    queue.cancel(workId(mine.item.workId));
    await expect.poll(() => mine.signal.aborted).toBe(true);
    expect(mine.signal.reason).toMatchObject({ code: 'cancelled', message: expect.stringContaining('cancelled') });
    expect(other.signal.aborted).toBe(false);
  });

  it('aborts work that is no longer wanted when it tells its progress', async () => {
    serve({ progress: async () => ({ goOn: false }) });
    await queue.publish(makeItem(), never);
    const work = await (await compressor('a')).next();
    expect(work.signal.aborted).toBe(false);
    await work.progress(0.1, 'x');
    expect(work.signal.aborted).toBe(true);
  });

  it('gives an item back: to another compressor, in a moment', async () => {
    serve({});
    const item = makeItem();
    await queue.publish(item, never);
    const first = await compressor('a');
    (await first.next()).giveBack(milliseconds(0));
    first.stop();
    expect((await (await compressor('b')).next()).item).toEqual(item);
  });

  it('gives back what a compressor has in hand when it stops', async () => {
    serve({});
    const item = makeItem();
    await queue.publish(item, never);
    const first = await compressor('a');
    const work = await first.next();
    first.stop();
    expect(work.signal.aborted).toBe(true);
    await first.iterator.return();
    expect((await (await compressor('b')).next()).item).toEqual(item);
  });

  it('keeps a result until the coordinator is back, and hands it in once more where it failed', async () => {
    const results: string[] = [];
    await queue.publish(makeItem(), never);
    const work = await (await compressor('a')).next();
    const finished = work.finish(refused);
    await new Promise((resolve) => setTimeout(resolve, 150));
    let failures = 0;
    serve({
      result: async ({ workId: id }) => {
        if (failures++ === 0) throw new FleetError('exhausted', 'Cannot store the result: the disk is full');
        results.push(id);
      },
    });
    await finished;
    expect(results).toEqual([work.item.workId]);
  });

  it('tells a compressor that its result is refused for good', async () => {
    serve({
      result: async () => {
        throw new FleetError('invalid', 'Cannot take the result: it names no artifact');
      },
    });
    await queue.publish(makeItem(), never);
    const work = await (await compressor('a')).next();
    await expect(work.finish(refused)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('refuses work beyond its size, and loses none', async () => {
    const small = await openWorkQueue(coordinator, { ackWait: ACK_WAIT, capacity: 9 });
    const published: string[] = [];
    const fill = async (): Promise<void> => {
      for (let n = 0; n < 30; n++) {
        const item = makeItem();
        await small.publish(item, never);
        published.push(item.workId);
      }
    };
    await expect(fill()).rejects.toMatchObject({ code: 'exhausted' });
    expect(published).toHaveLength(9);
    expect((await small.outstanding(never)).map((item) => item.workId)).toEqual(published);
  });

  it('takes off what is no work item', async () => {
    serve({});
    await coordinator.request('work.importModel', new Uint8Array([255, 255, 255]));
    const item = makeItem();
    await queue.publish(item, never);
    expect((await (await compressor('a')).next()).item).toEqual(item);
  });

  it('loses nothing when the server is killed: taken, waiting and finished work', async () => {
    const results: string[] = [];
    serve({
      result: async ({ workId: id }) => {
        results.push(id);
      },
    });
    const items = Array.from({ length: 4 }, () => makeItem());
    for (const item of items) await queue.publish(item, never);
    const worker = await compressor('a');
    const inHand = await worker.next();
    expect(await inHand.begin()).toBe(true);
    await server.killAndRestart();
    await inHand.finish(refused);
    while (new Set(results).size < items.length) {
      const work = await worker.next();
      if (await work.begin()) await work.finish(refused);
    }
    expect([...new Set(results)].toSorted()).toEqual(items.map((item) => item.workId).toSorted());
    // Another item, published after the restart by the same connection, arrives too.
    const late = makeItem();
    await queue.publish(late, never);
    expect((await worker.next()).item).toEqual(late);
  });

  it('reaches a compressor that waits with an empty queue across the restart', async () => {
    serve({});
    const worker = await compressor('a');
    const next = worker.next();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.killAndRestart();
    const item = makeItem();
    await expect
      .poll(
        () =>
          queue.publish(item, never).then(
            () => true,
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true);
    expect((await next).item).toEqual(item);
  });
});
