import type { Blob } from '@fleetfit/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BlobKeeper, blobKeeper } from '../blob-keeper.ts';
import { cacheFolder, cacheLimit } from '../cache-folder.ts';
import { digestOf } from '../digest.ts';
import { opfsReader } from '../opfs-reader.ts';
import { content, LENGTHS } from './content.ts';

const blobs: readonly Blob[] = await Promise.all(
  LENGTHS.map(async (bytes, seed) => ({ sha256: await digestOf(content(seed, bytes)), bytes })),
);
const [a, b, c, d, large, empty] = blobs as readonly [Blob, Blob, Blob, Blob, Blob, Blob];

let worker: Worker | undefined;
function openKeeper(limit?: number): BlobKeeper {
  worker?.terminate();
  worker = new Worker(`/keeper-worker.js${limit === undefined ? '' : `?limit=${limit}`}`, { type: 'module' });
  return blobKeeper(worker);
}

/** From a server that behaves in the way of this name. */
const from = (way: string, onBytes?: (bytes: number) => void) => ({
  url: `${location.origin}/${way}`,
  bearer: 'secret',
  ...(onBytes ? { onBytes } : {}),
});
const soon = () => AbortSignal.timeout(20_000);
/** What the server was asked for since it was last asked this. */
const asked = async (): Promise<readonly string[]> => (await fetch('/log')).json();
const read = async (blob: Blob) => opfsReader(await cacheFolder()).read(blob.sha256);

beforeEach(async () => {
  await asked();
});
afterEach(async () => {
  worker?.terminate();
  worker = undefined;
  const root = await navigator.storage.getDirectory();
  // A worker that was just ended may still hold its files for a moment.
  for (let tries = 0; tries < 50; tries++) {
    const left = await root.removeEntry('fleetfit-cache', { recursive: true }).catch((error: Error) => error);
    if (!left || left.name === 'NotFoundError') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

describe('blobs in the origin-private file system', () => {
  it('are brought once, read by hash, and still there for the next worker', async () => {
    const keeper = openKeeper();
    let came = 0;
    await keeper.fetch(
      [a, b, a, empty],
      from('good', (bytes) => (came += bytes)),
      soon(),
    );
    expect(await read(a)).toEqual(content(0, 4_000));
    expect(await read(empty)).toHaveLength(0);
    expect(await opfsReader(await cacheFolder()).readPart(b.sha256, 10, 20)).toEqual(content(1, 4_000).slice(10, 20));
    expect(came).toBe(8_000);
    expect(await keeper.held()).toBe(8_000);
    // Nothing has to come for no bytes.
    expect((await asked()).length).toBe(2);
    await keeper.fetch([a, b], from('good'), soon());
    await openKeeper().fetch([a, b, empty], from('good'), soon());
    expect(await asked()).toEqual([]);
  });

  it('go on where a broken connection stopped', async () => {
    await openKeeper().fetch([large], from('cut'), soon());
    expect(await read(large)).toEqual(content(4, 200_000));
    const [first = '', second = ''] = await asked();
    expect(first).toBe('whole');
    expect(Number(/^bytes=(\d+)-$/.exec(second)?.[1])).toBeGreaterThan(0);
  });

  it('go on where a worker was ended, which is what a closed tab does', async () => {
    let came = 0;
    const half = new Promise<void>((resolve) => {
      void openKeeper()
        .fetch(
          [large],
          from('slow', (bytes) => (came += bytes) >= 100_000 && resolve()),
          soon(),
        )
        .catch(() => {});
    });
    await half;
    await asked();
    // The file of an ended worker is free only a moment later; until then a try fails and is made again.
    await openKeeper().fetch([large], from('good'), soon());
    expect(await read(large)).toEqual(content(4, 200_000));
    expect((await asked()).at(-1)).toMatch(/^bytes=\d+-$/);
  });

  it('begin anew where the server knows no ranges', async () => {
    await openKeeper().fetch([large], from('rangeless'), soon());
    expect(await read(large)).toEqual(content(4, 200_000));
  });

  it('never count with wrong bytes, however often they come', async () => {
    await expect(openKeeper().fetch([a], from('wrong'), soon())).rejects.toMatchObject({ code: 'corrupt' });
    expect((await asked()).length).toBe(3);
    await expect(read(a)).rejects.toMatchObject({ code: 'not-found' });
    await openKeeper().fetch([a], from('wrong-once'), soon());
    expect(await read(a)).toEqual(content(0, 4_000));
  });

  it('are brought again when they were damaged on the disk', async () => {
    await openKeeper().fetch([a], from('good'), soon());
    const file = await (await (await cacheFolder()).getDirectoryHandle('blobs')).getFileHandle(a.sha256);
    const stream = await file.createWritable({ keepExistingData: true });
    await stream.write({ type: 'write', position: 100, data: Uint8Array.of(1, 2, 3) });
    await stream.close();
    await expect(read(a)).rejects.toMatchObject({ code: 'corrupt' });
    await openKeeper().fetch([a], from('good'), soon());
    expect(await read(a)).toEqual(content(0, 4_000));
  });

  it('are dropped when space is short: what was used longest ago first, what is pinned never', async () => {
    const keeper = openKeeper(10_000);
    for (const blob of [a, b, a]) (await keeper.fetch([blob], from('good'), soon())).release();
    const pinned = await keeper.fetch([c], from('good'), soon());
    expect(await read(a)).toHaveLength(4_000);
    await expect(read(b)).rejects.toMatchObject({ code: 'not-found' });
    const both = await keeper.fetch([a, c], from('good'), soon());
    await expect(keeper.fetch([d], from('good'), soon())).rejects.toMatchObject({ code: 'exhausted' });
    both.release();
    pinned.release();
    await keeper.fetch([d], from('good'), soon());
    await expect(read(a)).rejects.toMatchObject({ code: 'not-found' });
    // The next worker knows the order, too.
    const next = openKeeper(10_000);
    (await next.fetch([c], from('good'), soon())).release();
    await next.fetch([b], from('good'), soon());
    expect(await read(c)).toHaveLength(4_000);
  });

  it('stop coming when nobody wants them any more, and say why they cannot come', async () => {
    const stop = new AbortController();
    const fetched = openKeeper().fetch(
      [large],
      from('slow', () => stop.abort()),
      stop.signal,
    );
    await expect(fetched).rejects.toMatchObject({ code: 'cancelled' });
    await expect(openKeeper().fetch([a], from('stranger'), soon())).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(openKeeper().fetch([{ sha256: '../../etc/passwd', bytes: 4 }], from('good'), soon())).rejects.toMatchObject({
      code: 'invalid',
    });
    const missing = new Worker('/no-such-worker.js', { type: 'module' });
    await expect(blobKeeper(missing).held()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('take no more than 1 GB, and no more than 40 % of what the browser would give', async () => {
    const { quota = 0 } = await navigator.storage.estimate();
    expect(await cacheLimit()).toBe(Math.floor(Math.min(2 ** 30, 0.4 * quota)));
  });
});
