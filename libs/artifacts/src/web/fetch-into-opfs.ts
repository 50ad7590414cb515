import { type ErrorCode, FleetError, type Milliseconds, type Sha256, seconds, sha256 } from '@fleetfit/core';
import type { Blob } from '@fleetfit/protocol';
import type { OpfsCache } from './opfs-cache.ts';
import { type SyncFile, storageError } from './opfs-files.ts';

/** Where blobs come from, and where they go. */
export interface WebBlobSource {
  /** Origin of the coordinator's door for devices, without `/t/`. */
  readonly url: string;
  readonly bearer: string;
  readonly cache: OpfsCache;
  /** Told of bytes as they come. */
  readonly onBytes?: (bytes: number) => void;
  /** No byte for this long ends a try. Default 15 s. */
  readonly stallAfter?: Milliseconds;
  /** Tries that bring nothing, or the wrong bytes. Default 3. */
  readonly tries?: number;
}

/** Trying again cannot help, or is not ours to decide. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['cancelled', 'unauthenticated', 'denied', 'not-found', 'exhausted', 'invalid', 'bug']);

/**
 * Brings a blob into the cache, goes on where an earlier try stopped, and checks its hash before it counts.
 * @throws FleetError `corrupt` (wrong bytes at every try), `unavailable`, `exhausted`, `unauthenticated`, `denied`, `not-found`, `cancelled`
 */
export async function fetchIntoOpfs(blob: Blob, source: WebBlobSource, signal: AbortSignal): Promise<void> {
  const hash = sha256(blob.sha256);
  const { cache, tries = 3 } = source;
  const doing = `fetch blob ${hash.slice(0, 8)}`;
  await cache.makeRoom(blob.bytes);
  for (let failures = 0; ; ) {
    const tally = { came: 0 };
    try {
      await downloadRest(
        { hash, bytes: blob.bytes, doing },
        {
          ...source,
          onBytes: (came) => {
            tally.came += came;
            source.onBytes?.(came);
          },
        },
        signal,
      );
      await cache.adopt(hash);
      return;
    } catch (thrown) {
      if (signal.aborted) throw new FleetError('cancelled', `Cannot ${doing}: cancelled`, { cause: thrown });
      const error = storageError(doing, thrown);
      if (FINAL.has(error.code)) throw error;
      // Wrong bytes are thrown away, so only bytes that stay are progress.
      if (tally.came === 0 || error.code === 'corrupt') failures++;
      if (failures >= tries) throw error;
      await pause(100 * 2 ** failures, signal);
    }
  }
}

interface Wanted {
  readonly hash: Sha256;
  readonly bytes: number;
  readonly doing: string;
}

async function downloadRest(wanted: Wanted, source: WebBlobSource, signal: AbortSignal): Promise<void> {
  const part = await source.cache.openPart(wanted.hash);
  try {
    if (part.getSize() > wanted.bytes) part.truncate(0);
    if (part.getSize() < wanted.bytes) await appendRest(part, wanted, { source, signal });
    part.flush();
  } finally {
    part.close();
  }
}

async function appendRest(
  part: SyncFile,
  { hash, bytes, doing }: Wanted,
  { source, signal }: { readonly source: WebBlobSource; readonly signal: AbortSignal },
): Promise<void> {
  const have = part.getSize();
  const stall = stallTimer(source.stallAfter ?? seconds(15));
  const away = (why: string, cause?: unknown): FleetError => new FleetError('unavailable', `Cannot ${doing}: ${why}`, { cause });
  try {
    const response = await fetch(`${source.url}/t/${hash}`, {
      signal: AbortSignal.any([signal, stall.signal]),
      // Nothing of the coordinator redirects; the bearer must not travel elsewhere.
      redirect: 'error',
      // It is kept here, by us: a second copy in the browser's own cache would be a waste.
      cache: 'no-store',
      credentials: 'omit',
      headers: { authorization: `Bearer ${source.bearer}`, ...(have > 0 ? { range: `bytes=${have}-` } : {}) },
    });
    let at = startOf(response, have, { hash, bytes, doing });
    if (at === 0) part.truncate(0);
    const reader = response.body?.getReader();
    for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
      stall.sign();
      if (at + next.value.length > bytes) throw new FleetError('corrupt', `Cannot ${doing}: more than its ${bytes} bytes came`);
      at += part.write(next.value, { at });
      source.onBytes?.(next.value.length);
    }
    if (at < bytes) throw away(`the connection ended at byte ${at} of ${bytes}`);
  } catch (thrown) {
    if (thrown instanceof FleetError && thrown.code === 'corrupt') part.truncate(0);
    if (stall.signal.aborted) throw away('no byte came for too long', thrown);
    throw thrown instanceof TypeError ? away(thrown.message, thrown) : thrown;
  } finally {
    stall.stop();
  }
}

/** Where the body of an answer belongs in the file. */
function startOf(response: Response, have: number, { bytes, doing }: Wanted): number {
  const { status } = response;
  if (status === 200) return 0;
  if (status === 206) {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? [];
    if (Number(start) === have && Number(total) === bytes) return have;
    throw new FleetError(
      'corrupt',
      `Cannot ${doing}: it was asked to go on at byte ${have} of ${bytes}, and came from ${start} of ${total}`,
    );
  }
  if (status === 416) throw new FleetError('corrupt', `Cannot ${doing}: the part of ${have} bytes is longer than what is served`);
  if (status === 401)
    throw new FleetError('unauthenticated', `Cannot ${doing}: the bearer is not accepted`, { next: 'open a new session' });
  if (status === 403) throw new FleetError('denied', `Cannot ${doing}: it is not for this device`);
  if (status === 404) throw new FleetError('not-found', `Cannot ${doing}: the coordinator does not have it`);
  throw new FleetError('unavailable', `Cannot ${doing}: the coordinator answered ${status}`);
}

/** Aborts its signal when there was no sign for too long: a slow server may send a byte now and then, a dead one sends none. */
function stallTimer(after: Milliseconds) {
  const controller = new AbortController();
  let timer = setTimeout(() => controller.abort(), after);
  return {
    signal: controller.signal,
    sign: () => {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(), after);
    },
    stop: () => clearTimeout(timer),
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
