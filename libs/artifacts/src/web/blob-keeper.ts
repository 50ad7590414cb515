import { type ErrorCode, FleetError, sha256, toFleetError } from '@fleetfit/core';
import type { Blob } from '@fleetfit/protocol';
import { fetchIntoOpfs, type WebBlobSource } from './fetch-into-opfs.ts';
import { type OpfsCache, openOpfsCache } from './opfs-cache.ts';

/** Brings blobs into the cache of this origin. A worker does the work: only there files can be written in place. */
export interface BlobKeeper {
  /**
   * Brings all of these, each checked against its hash, and keeps them from being dropped until `release`.
   * @throws FleetError as the transport and the storage do
   */
  fetch(blobs: readonly Blob[], from: FetchFrom, signal: AbortSignal): Promise<{ release(): void }>;
  /** Bytes that all blobs take. */
  held(): Promise<number>;
}

interface FetchFrom {
  readonly url: string;
  readonly bearer: string;
  /** Told of bytes as they come over the network. */
  readonly onBytes?: (bytes: number) => void;
}

type ToKeeper =
  | { readonly id: number; readonly do: 'fetch'; readonly blobs: readonly Blob[]; readonly url: string; readonly bearer: string }
  | { readonly id: number; readonly do: 'stop' | 'release' | 'held' };

type FromKeeper =
  | { readonly id: number; readonly said: 'bytes'; readonly bytes: number }
  | { readonly id: number; readonly said: 'done'; readonly bytes: number }
  | { readonly id: number; readonly said: 'failed'; readonly code: ErrorCode; readonly message: string; readonly next: string };

/** The page's end of a worker whose program is `keepBlobs`. */
export function blobKeeper(worker: Worker): BlobKeeper {
  const waiting = new Map<number, (answer: FromKeeper) => void>();
  let ids = 0;
  worker.addEventListener('message', ({ data }: MessageEvent<FromKeeper>) => waiting.get(data.id)?.(data));
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const message = `Cannot use the cache: its worker ended: ${event.message || 'it could not be loaded'}`;
    for (const [id, tell] of waiting) tell({ id, said: 'failed', code: 'unavailable', message, next: 'load the page again' });
  });
  const send = (message: ToKeeper): void => worker.postMessage(message);
  const answer = (id: number, onBytes: (bytes: number) => void = () => {}): Promise<number> =>
    new Promise((resolve, reject) => {
      waiting.set(id, (said) => {
        if (said.said === 'bytes') return onBytes(said.bytes);
        waiting.delete(id);
        if (said.said === 'done') resolve(said.bytes);
        else reject(new FleetError(said.code, said.message, said.next === '' ? {} : { next: said.next }));
      });
    });
  return {
    async fetch(blobs, { url, bearer, onBytes }, signal) {
      const id = ids++;
      const stop = (): void => send({ id, do: 'stop' });
      const done = answer(id, onBytes);
      send({ id, do: 'fetch', blobs, url, bearer });
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      try {
        await done;
      } finally {
        signal.removeEventListener('abort', stop);
      }
      return { release: () => send({ id, do: 'release' }) };
    },
    held() {
      const id = ids++;
      const held = answer(id);
      send({ id, do: 'held' });
      return held;
    },
  };
}

/** What the worker uses of its global scope. */
interface WorkerScope {
  addEventListener(type: 'message', take: (event: MessageEvent<ToKeeper>) => void): void;
  postMessage(message: FromKeeper): void;
}

interface Kept {
  readonly stop: AbortController;
  release: () => void;
}

/** The program of the keeping worker. */
export function keepBlobs(open: () => Promise<{ readonly folder: FileSystemDirectoryHandle; readonly limit: number }>): void {
  const scope = globalThis as unknown as WorkerScope;
  const kept = new Map<number, Kept>();
  let opened: Promise<OpfsCache> | undefined;
  // Opened when it is first needed; what failed is tried anew the next time.
  const cache = async (): Promise<OpfsCache> => {
    opened ??= open().then(({ folder, limit }) => openOpfsCache(folder, limit));
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
  // What an earlier worker left is checked once before it is used; what this one fetches is checked as it comes.
  const checked = new Set<string>();

  const fetchAll = async (id: number, blobs: readonly Blob[], from: Omit<WebBlobSource, 'cache'>): Promise<void> => {
    // Known before anything is waited for: it may be stopped at once.
    const mine: Kept = { stop: new AbortController(), release: () => {} };
    kept.set(id, mine);
    try {
      const here = await cache();
      mine.release = here.pin(blobs.map((blob) => sha256(blob.sha256)));
      await eachOf(blobs, (blob, signal) => bring(blob, { ...from, cache: here }, { checked, signal }), mine.stop.signal);
      await here.save();
    } catch (thrown) {
      mine.release();
      kept.delete(id);
      throw thrown;
    }
  };

  scope.addEventListener('message', ({ data }) => {
    const { id } = data;
    const fail = (thrown: unknown): void => {
      const { code, message, next = '' } = toFleetError(thrown, 'Cannot use the cache');
      scope.postMessage({ id, said: 'failed', code, message, next });
    };
    const done = (bytes: number): void => scope.postMessage({ id, said: 'done', bytes });
    if (data.do === 'fetch') {
      const onBytes = (bytes: number): void => scope.postMessage({ id, said: 'bytes', bytes });
      fetchAll(id, data.blobs, { url: data.url, bearer: data.bearer, onBytes }).then(() => done(0), fail);
    } else if (data.do === 'held') cache().then((here) => done(here.held()), fail);
    else if (data.do === 'stop') kept.get(id)?.stop.abort();
    else {
      kept.get(id)?.release();
      kept.delete(id);
    }
  });
}

async function bring(
  blob: Blob,
  source: WebBlobSource,
  { checked, signal }: { readonly checked: Set<string>; readonly signal: AbortSignal },
): Promise<void> {
  const hash = sha256(blob.sha256);
  const { cache } = source;
  const here = await cache.has(hash, blob.bytes);
  if (here && (checked.has(hash) || (await cache.isSound(hash)))) checked.add(hash);
  else {
    await cache.remove(hash);
    await fetchIntoOpfs(blob, source, signal);
    checked.add(hash);
  }
}

/** Blobs of a job that are fetched at once. */
const AT_ONCE = 4;

// A few workers on one list; the first failure stops them all, and is the one that is told.
async function eachOf(
  blobs: readonly Blob[],
  bring: (blob: Blob, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  // Each once: candidate and control share most of their tensors.
  const waiting = new Map(blobs.map((blob) => [blob.sha256, blob])).values();
  let first: { readonly thrown: unknown } | undefined;
  const worker = async (): Promise<void> => {
    try {
      for (const blob of waiting) {
        if (either.aborted) throw new FleetError('cancelled', 'Cannot fetch: cancelled');
        await bring(blob, either);
      }
    } catch (thrown) {
      first ??= { thrown };
      failed.abort();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (first) throw first.thrown;
}
