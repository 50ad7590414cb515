import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FleetError, hostId, silent, workId } from '@fleetfit/core';
import { ExclusiveLock } from '@fleetfit/host';
import type { WorkQueue } from '@fleetfit/messaging';
import { WorkBeginResponse_Answer as Answer, type WorkBegin } from '@fleetfit/protocol';
import { openStore, type Store } from '@fleetfit/store';
import { workerFromSource } from '@fleetfit/store/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeChanges } from './changes.ts';
import { type HostDesk, openHostDesk } from './host-desk.ts';
import { WorkDesk } from './work-desk.ts';

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'work-desk-'));
  const lock = (path: string) => ExclusiveLock.take({ path, what: 'the test' });
  store = await openStore({ folder: join(folder, 'database'), worker: workerFromSource, lock });
}, 60_000);
afterAll(async () => {
  await store?.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** To begin work asks nothing of the queue: whatever does is wrong. */
const unused = (): never => {
  throw new FleetError('bug', 'Cannot use the queue: to begin work needs none');
};
const queue: WorkQueue = { publish: unused, serve: unused, cancel: unused, outstanding: unused, waiting: unused };

const HERE = hostId('h-here');
let hosts: HostDesk;
let desk: WorkDesk;
let stop: AbortController;
beforeEach(() => {
  const changes = makeChanges();
  hosts = openHostDesk(changes);
  stop = new AbortController();
  desk = new WorkDesk({ store, queue, hosts, changes, log: silent, onOver: async () => {}, signal: stop.signal });
});
afterEach(() => stop.abort());

let count = 0;
/** Work on the books that nobody has begun, and what a compressor asks to begin it. */
async function waitingWork(): Promise<WorkBegin> {
  const id = workId(`w${++count}`);
  const input = { owner: { kind: 'model', model: 'm' }, task: { $case: 'importModel', value: { path: '/x', sidecarJson: '' } } };
  await store.work.insert({ id, kind: 'importModel', input, createdAt: 1 });
  const row = await store.work.get(id);
  return { workId: id, epoch: row?.epoch ?? 0, worker: 'compressor-1', hostId: HERE, task: 'importModel' };
}

const measure = (device: string): string | undefined => hosts.claim({ host: HERE, kind: 'measure', by: `device ${device}` });

/** Undefined while the question is still held. */
async function soFar<Value>(asked: Promise<Value>): Promise<Value | undefined> {
  // The books are asked first: long enough for every answer that is not held.
  return Promise.race([asked, new Promise<undefined>((resolve) => setTimeout(resolve, 500, undefined))]);
}

describe('a compressor that asks to begin', { timeout: 30_000 }, () => {
  it('begins at once where nobody measures', async () => {
    const work = await waitingWork();
    expect(await desk.begin(work)).toMatchObject({ answer: Answer.ANSWER_GO });
    expect(hosts.holding(HERE)).toEqual([{ host: HERE, kind: 'work', by: `work ${work.workId}` }]);
    expect(await store.work.get(workId(work.workId))).toMatchObject({ state: 'running', worker: 'compressor-1' });
  });

  it('is kept waiting while a device measures, and begins as soon as that is over', async () => {
    const work = await waitingWork();
    expect(measure('one')).toBeUndefined();
    const asked = desk.begin(work);
    expect(await soFar(asked)).toBeUndefined();
    expect(await store.work.get(workId(work.workId))).toMatchObject({ state: 'ready' });
    hosts.release('device one');
    expect(await asked).toMatchObject({ answer: Answer.ANSWER_GO });
  });

  it('keeps its place while it waits: a device that asks later measures later', async () => {
    const work = await waitingWork();
    measure('one');
    const asked = desk.begin(work);
    expect(await soFar(asked)).toBeUndefined();
    hosts.release('device one');
    expect(measure('two')).toBe('a compressor works on this computer');
    expect(await asked).toMatchObject({ answer: Answer.ANSWER_GO });
    await desk.result({
      workId: work.workId,
      epoch: work.epoch,
      worker: 'compressor-1',
      hostId: HERE,
      result: { $case: 'failed', value: { code: 'invalid', why: 'x', next: '' } },
    });
    expect(measure('two')).toBeUndefined();
  });

  it('is told to ask again where the device measures on, before it would give up by itself', async () => {
    const work = await waitingWork();
    measure('one');
    expect(await desk.begin(work)).toEqual({ answer: Answer.ANSWER_WAIT, why: 'another device measures on this computer' });
    expect(await store.work.get(workId(work.workId))).toMatchObject({ state: 'ready' });
  });

  it('is let go at once when the coordinator stops', async () => {
    const work = await waitingWork();
    measure('one');
    const asked = desk.begin(work);
    expect(await soFar(asked)).toBeUndefined();
    stop.abort();
    expect(await soFar(asked)).toMatchObject({ answer: Answer.ANSWER_WAIT });
  });

  it('is sent away with work that is over or was published again', async () => {
    const work = await waitingWork();
    expect(await desk.begin({ ...work, epoch: work.epoch + 1 })).toMatchObject({ answer: Answer.ANSWER_DROP });
    await store.work.finish(workId(work.workId), { state: 'cancelled', endedAt: 2 });
    expect(await desk.begin(work)).toMatchObject({ answer: Answer.ANSWER_DROP });
    expect(hosts.holding(HERE)).toEqual([]);
  });
});
