import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, FleetError, type Milliseconds, type Sha256, seconds, sha256 } from '@fleetfit/core';
import type { Blob } from '@fleetfit/protocol';
import type { BlobCache } from './blob-cache.ts';
import { type BlobStore, short } from './blob-store.ts';
import { diskError } from './disk-error.ts';
import { downloadRest } from './download-rest.ts';

/** Where blobs come from, and where they go. */
export interface BlobSource {
  /** Origin of the coordinator, without `/t/`: `http://host:port`. */
  readonly url: string;
  /** The newest bearer, read at each request. */
  readonly bearer: () => string;
  readonly cache: BlobStore | BlobCache;
  /** No byte for this long ends a try. Default 15 s. */
  readonly stallAfter?: Milliseconds;
  /** Tries of one blob that bring nothing, or the wrong bytes. Default 3. */
  readonly tries?: number;
  /** Blobs of an artifact that are fetched at once. Default 4. */
  readonly atOnce?: number;
}

/** Trying again cannot help, or is not ours to decide. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['cancelled', 'unauthenticated', 'denied', 'not-found', 'exhausted', 'invalid', 'bug']);

// One download of a blob at a time: two would write into the same part.
const underWay = new WeakMap<BlobStore, Map<Sha256, Promise<boolean>>>();

/**
 * Brings a blob into the cache, continuing a part that an earlier try left, and checks its hash before it counts.
 * True when something had to be fetched.
 * @throws FleetError `corrupt` (wrong bytes at every try), `unavailable`, `exhausted`, `unauthenticated`, `denied`, `not-found`, `cancelled`
 */
export async function fetchBlob(blob: Blob, source: BlobSource, signal: AbortSignal): Promise<boolean> {
  const hash = sha256(blob.sha256);
  const { cache } = source;
  const downloads = underWay.get(cache) ?? new Map<Sha256, Promise<boolean>>();
  underWay.set(cache, downloads);
  // Another's download may end by its own signal: then it is our turn. Nothing may wait between the last look and our own entry.
  for (let other = downloads.get(hash); other; other = downloads.get(hash)) await other.catch(() => {});
  const download = bring({ hash, bytes: blob.bytes }, source, signal).finally(() => downloads.delete(hash));
  downloads.set(hash, download);
  return download;
}

/** The bytes of a blob, from the cache or fetched, and checked in any case. @throws as `fetchBlob` */
export async function loadBlob(blob: Blob, source: BlobSource, signal: AbortSignal): Promise<Uint8Array> {
  const hash = sha256(blob.sha256);
  await fetchBlob(blob, source, signal);
  try {
    return await source.cache.get(hash);
  } catch (thrown) {
    // Damaged on our disk, or evicted in between: once more.
    if (!(thrown instanceof FleetError) || (thrown.code !== 'corrupt' && thrown.code !== 'not-found')) throw thrown;
    await fetchBlob(blob, source, signal);
    return source.cache.get(hash);
  }
}

interface Wanted {
  readonly hash: Sha256;
  readonly bytes: number;
}

async function bring(wanted: Wanted, source: BlobSource, signal: AbortSignal): Promise<boolean> {
  if (await source.cache.has(wanted.hash)) return false;
  await persist(wanted, source, signal);
  return true;
}

async function persist(wanted: Wanted, source: BlobSource, signal: AbortSignal): Promise<void> {
  const { cache, url, bearer, stallAfter = seconds(15), tries = 3 } = source;
  const file = await partOf(cache, wanted.hash);
  if ('makeRoom' in cache) await cache.makeRoom(wanted.bytes);
  const download = { ...wanted, url: `${url.replace(/\/+$/, '')}/t/${wanted.hash}`, bearer, file, stallAfter };
  for (let failures = 0; ; ) {
    const before = await sizeOf(file);
    try {
      await downloadRest(download, signal);
      await cache.adopt(file, wanted.hash);
      return;
    } catch (thrown) {
      const error = diskError(`fetch blob ${short(wanted.hash)}`, thrown);
      if (FINAL.has(error.code)) throw error;
      // Wrong bytes are thrown away, so only a longer part is progress.
      if ((await sizeOf(file)) <= before) failures++;
      if (failures >= tries) throw error;
      await pause(100 * 2 ** failures, signal);
    }
  }
}

/** Parts lie beside the blobs, under names that are no hashes' own place. */
async function partOf(cache: BlobStore, hash: Sha256): Promise<string> {
  const folder = join(cache.folder, '.parts');
  try {
    await mkdir(folder, { recursive: true });
  } catch (thrown) {
    throw diskError('fetch a blob', thrown);
  }
  return join(folder, hash);
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Throws away the parts of downloads that nobody will continue. */
export async function forgetParts(cache: BlobStore): Promise<void> {
  await rm(join(cache.folder, '.parts'), { recursive: true, force: true });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(new FleetError('cancelled', 'Cannot fetch a blob: cancelled', { cause: signal.reason }));
    };
    if (signal.aborted) return reject(new FleetError('cancelled', 'Cannot fetch a blob: cancelled', { cause: signal.reason }));
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
