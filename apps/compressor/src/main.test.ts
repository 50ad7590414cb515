import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { milliseconds, workId } from '@fleetfit/core';
import { openWorkQueue, type WorkQueue } from '@fleetfit/messaging';
import { WorkBeginResponse_Answer as Answer, type WorkBegin, type WorkItem, type WorkResult } from '@fleetfit/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startMessageServer } from './fakes/message-server.ts';
import { colourFolder, scratch } from './fakes/scratch.ts';
import { colourModel } from './fakes/tiny-model.ts';

const { folder, write, endless } = scratch();
const home = join(folder, 'home');
const never = new AbortController().signal;
let server: Awaited<ReturnType<typeof startMessageServer>>;
let queue: WorkQueue;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  server = await startMessageServer(join(folder, 'nats'));
  queue = await openWorkQueue(server.connection, { ackWait: milliseconds(2000) });
  mkdirSync(home);
  writeFileSync(
    join(home, 'compressor.json'),
    JSON.stringify({ natsUrl: server.url, login: server.login, blobsFolder: join(folder, 'blobs') }),
  );
  write('colours.onnx', colourModel());
  await colourFolder(write, 'colours');
}, 30_000);
afterEach(async () => {
  await Promise.all(processes.splice(0).map(ended));
});
afterAll(() => server.close());

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    await gone;
  }
  return child.exitCode;
}

/** Starts a compressor as a person would and waits for its first word. */
async function compressor(args: readonly string[]) {
  const entry = fileURLToPath(new URL('./main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  processes.push(child);
  for await (const line of createInterface({ input: child.stdout })) return { child, said: JSON.parse(line) };
  throw new Error('the compressor said nothing');
}

/** A coordinator in a few lines: what began, what came back; an item that is over is dropped. */
function coordinator({ mayBegin, onProgress }: { mayBegin?: () => Answer; onProgress?: (worker: string) => void } = {}) {
  const began: WorkBegin[] = [];
  const results = new Map<string, WorkResult[]>();
  const stop = queue.serve({
    begin: async (begin) => {
      if (results.has(begin.workId)) return { answer: Answer.ANSWER_DROP, why: 'it is over' };
      began.push(begin);
      return { answer: mayBegin?.() ?? Answer.ANSWER_GO, why: '' };
    },
    progress: async ({ worker }) => {
      onProgress?.(worker);
      return { goOn: true };
    },
    result: async (result) => {
      results.set(result.workId, [...(results.get(result.workId) ?? []), result]);
    },
  });
  return { began, results, stop };
}

let made = 0;
const item = (task: NonNullable<WorkItem['task']>): WorkItem => ({ workId: `work-${++made}`, epoch: 1, task });
const importing = (path = join(folder, 'colours.onnx')): WorkItem => item({ $case: 'importModel', value: { path, sidecarJson: '' } });
const slow = (): WorkItem =>
  item({ $case: 'importDataset', value: { path: join(folder, 'colours'), format: 'auto', seed: 1, shares: [] } });

describe('a compressor, as a process', () => {
  it('says in a sentence why it cannot start', async () => {
    const none = await compressor(['--home', join(folder, 'nowhere')]);
    expect(none.said).toMatchObject({ kind: 'failed', code: 'not-found', message: expect.stringContaining('compressor.json') });
    await new Promise((resolve) => none.child.once('exit', resolve));
    expect(none.child.exitCode).toBe(1);
  }, 30_000);

  it('does what is queued, waits while its host measures, and leaves what is over', async () => {
    let waits = 2;
    const desk = coordinator({ mayBegin: () => (waits-- > 0 ? Answer.ANSWER_WAIT : Answer.ANSWER_GO) });
    const { child, said } = await compressor(['--home', home, '--threads', '1']);
    expect(said).toMatchObject({ kind: 'ready' });
    const items = [importing(), importing(join(folder, 'none.onnx')), slow()];
    for (const each of items) await queue.publish(each, never);
    await expect.poll(() => desk.results.size, { timeout: 30_000 }).toBe(3);
    const kinds = items.map(({ workId: id }) => desk.results.get(id)?.map(({ result }) => result?.$case));
    expect(kinds).toEqual([['importedModel'], ['failed'], ['importedDataset']]);
    expect(desk.began.filter((begin) => begin.workId === items[0]?.workId).length).toBe(3);
    await queue.publish({ ...importing(), workId: items[0]?.workId ?? '', epoch: 2 }, never);
    await expect.poll(() => queue.outstanding(never), { timeout: 10_000 }).toEqual([]);
    expect(desk.results.get(items[0]?.workId ?? '')?.length).toBe(1);
    expect(await ended(child)).toBe(0);
    await desk.stop();
  }, 60_000);

  it('killed in the middle of an item loses nothing: the other does it', async () => {
    let victim: ChildProcess | undefined;
    const ofWorker = new Map<string, ChildProcess>();
    // Whoever gets going first dies without a word.
    const onProgress = (worker: string): void => {
      victim ??= ofWorker.get(worker);
      victim?.kill('SIGKILL');
    };
    const desk = coordinator({ onProgress });
    for (const { child, said } of await Promise.all([compressor(['--home', home]), compressor(['--home', home])]))
      ofWorker.set(said.worker, child);
    const items = Array.from({ length: 4 }, () => importing());
    for (const each of items) await queue.publish(each, never);
    await expect.poll(() => desk.results.size, { timeout: 30_000 }).toBe(items.length);
    expect(victim?.signalCode).toBe('SIGKILL');
    for (const { workId: id } of items) expect(desk.results.get(id)?.map(({ result }) => result?.$case)).toEqual(['importedModel']);
    const lost = desk.began.filter((begin) => ofWorker.get(begin.worker) === victim).map((begin) => begin.workId);
    expect(desk.results.get(lost[0] ?? '')?.[0]?.worker).not.toBe(desk.began.find((begin) => begin.workId === lost[0])?.worker);
    await expect.poll(() => queue.outstanding(never), { timeout: 10_000 }).toEqual([]);
    await desk.stop();
  }, 60_000);

  it('stops an item that is cancelled', async () => {
    const work = importing(endless('endless.onnx'));
    const seen = { running: false, cancelled: false, results: 0 };
    const stop = queue.serve({
      begin: async () => ({ answer: seen.cancelled ? Answer.ANSWER_DROP : Answer.ANSWER_GO, why: '' }),
      progress: async () => {
        seen.running = true;
        return { goOn: !seen.cancelled };
      },
      result: async () => {
        seen.results++;
      },
    });
    await compressor(['--home', home]);
    await queue.publish(work, never);
    await expect.poll(() => seen.running, { timeout: 15_000 }).toBe(true);
    seen.cancelled = true;
    queue.cancel(workId(work.workId));
    await expect.poll(() => queue.outstanding(never), { timeout: 15_000 }).toEqual([]);
    expect(seen.results).toBe(0);
    await stop();
  }, 60_000);
});
