import { mkdir, readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetError, type Sha256 } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { hashOf, scratchFolder, someBytes } from '../../test/scratch.ts';
import { openBlobStore } from './blob-store.ts';

const bytes = someBytes(10_000);
const hash = hashOf(bytes);

async function* inPieces(all: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}

async function collected(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: number[] = [];
  for await (const part of parts) all.push(...part);
  return Uint8Array.from(all);
}

describe('a blob store', { timeout: 30_000 }, () => {
  it('keeps bytes and streams under their hash, each once', async () => {
    const store = await openBlobStore(await scratchFolder());
    expect(await store.put(bytes)).toEqual({ sha256: hash, bytes: 10_000 });
    expect(await store.put(inPieces(bytes, 777))).toEqual({ sha256: hash, bytes: 10_000 });
    expect(await store.get(hash)).toEqual(bytes);
    expect(await readdir(store.folder)).toEqual(['.incoming', hash]);
    expect(await store.list()).toEqual([{ sha256: hash, bytes: 10_000 }]);
  });

  it('keeps nothing at all, too', async () => {
    const store = await openBlobStore(await scratchFolder());
    const empty = await store.put(new Uint8Array());
    expect(await store.get(empty.sha256)).toEqual(new Uint8Array());
    expect(await collected(store.read(empty.sha256, { start: 0, end: 0 }))).toEqual(new Uint8Array());
  });

  it('reads parts', async () => {
    const store = await openBlobStore(await scratchFolder());
    await store.put(bytes);
    expect(await collected(store.read(hash, { start: 100, end: 200 }))).toEqual(bytes.subarray(100, 200));
    expect(await collected(store.read(hash))).toEqual(bytes);
  });

  it('says that it lacks a blob', async () => {
    const store = await openBlobStore(await scratchFolder());
    expect(await store.has(hash)).toBe(false);
    expect(await store.size(hash)).toBeUndefined();
    await expect(store.get(hash)).rejects.toMatchObject({ code: 'not-found' });
    await expect(collected(store.read(hash))).rejects.toMatchObject({ code: 'not-found' });
    expect(await store.remove(hash)).toBe(false);
  });

  it('refuses bytes that are not what was expected, and leaves nothing behind', async () => {
    const store = await openBlobStore(await scratchFolder());
    const other = hashOf(someBytes(5, 9));
    await expect(store.put(bytes, { expect: other })).rejects.toMatchObject({ code: 'corrupt' });
    await expect(store.put(inPieces(bytes, 100), { expect: other })).rejects.toMatchObject({ code: 'corrupt' });
    expect(await readdir(store.folder, { recursive: true })).toEqual(['.incoming']);
  });

  it.each([
    ['a flipped bit', async (path: string) => writeFile(path, bytes.with(5000, (bytes[5000] ?? 0) ^ 4))],
    ['a lost end', async (path: string) => truncate(path, 9_999)],
  ])('never gives out %s, and makes room for the right bytes', async (_what, damage) => {
    const store = await openBlobStore(await scratchFolder());
    await store.put(bytes);
    await damage(store.path(hash));
    await expect(store.get(hash)).rejects.toMatchObject({ code: 'corrupt' });
    expect(await store.has(hash)).toBe(false);
    await store.put(bytes);
    expect(await store.get(hash)).toEqual(bytes);
  });

  it('shows no half-written blob, and none after a writer failed', async () => {
    const store = await openBlobStore(await scratchFolder());
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 5000);
      expect(await store.list()).toEqual([]);
      throw new FleetError('unavailable', 'the wire broke');
    }
    await expect(store.put(failing())).rejects.toMatchObject({ code: 'unavailable', message: 'the wire broke' });
    expect(await readdir(join(store.folder, '.incoming'))).toEqual([]);
  });

  it('stops at once when told to', async () => {
    const store = await openBlobStore(await scratchFolder());
    const stop = new AbortController();
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let n = 0; ; n++) {
        if (n === 3) stop.abort();
        yield bytes;
      }
    }
    await expect(store.put(endless(), { signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('calls a full disk "exhausted"', async () => {
    const store = await openBlobStore(await scratchFolder());
    async function* full(): AsyncGenerator<Uint8Array> {
      yield bytes;
      // The system's own error for a full device.
      await writeFile('/dev/full', bytes);
    }
    await expect(store.put(full())).rejects.toMatchObject({ code: 'exhausted', next: expect.any(String) });
  });

  it('takes a finished file over only when it is what it should be', async () => {
    const store = await openBlobStore(await scratchFolder());
    const file = join(store.folder, 'download');
    await writeFile(file, bytes.subarray(1));
    await expect(store.adopt(file, hash)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(readFile(file)).rejects.toThrow(/ENOENT/);
    await writeFile(file, bytes);
    expect(await store.adopt(file, hash)).toEqual({ sha256: hash, bytes: 10_000 });
    expect(await store.get(hash)).toEqual(bytes);
  });

  it('removes what a dead writer left, and not what a living one writes', async () => {
    const folder = await scratchFolder();
    const incoming = join(folder, '.incoming');
    await mkdir(incoming);
    // No process has this number: it is beyond the largest that Linux gives.
    const [dead, alive, ancient] = ['99999999-a', `${process.pid}-b`, `${process.pid}-c`];
    for (const name of [dead, alive, ancient]) await writeFile(join(incoming, name), 'x');
    await utimes(join(incoming, ancient), 0, 0);
    await openBlobStore(folder);
    expect(await readdir(incoming)).toEqual([alive]);
  });

  it('names no file but by a hash, whatever the types were told', async () => {
    const store = await openBlobStore(await scratchFolder());
    for (const name of ['../secret', '/etc/passwd', `${'a'.repeat(63)}/`, 'A'.repeat(64), ''])
      expect(() => store.path(name as Sha256), name).toThrow(FleetError);
  });

  it('says why it cannot be opened', async () => {
    const folder = join(await scratchFolder(), 'file');
    await writeFile(folder, 'x');
    await expect(openBlobStore(folder)).rejects.toThrow(/Cannot open the blob store/);
  });
});
