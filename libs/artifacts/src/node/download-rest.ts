import { open, rm, stat } from 'node:fs/promises';
import { FleetError, type Milliseconds, type Sha256 } from '@fleetfit/core';
import { short } from './blob-store.ts';

export interface Download {
  readonly hash: Sha256;
  /** Of the whole blob. */
  readonly bytes: number;
  /** Of the blob itself. */
  readonly url: string;
  readonly bearer: () => string;
  /** Where the part grows. */
  readonly file: string;
  readonly stallAfter: Milliseconds;
}

/**
 * Downloads what `file` lacks, and appends it. Returns when the file has its full length; its hash is not checked here.
 * @throws FleetError `unavailable` (what came is kept), `corrupt` (the part is thrown away), `unauthenticated`, `denied`, `not-found`, `cancelled`
 */
export async function downloadRest(download: Download, signal: AbortSignal): Promise<void> {
  const have = await lengthOf(download);
  if (have === download.bytes && have > 0) return;
  const stall = stallTimer(download.stallAfter);
  try {
    const response = await fetch(download.url, {
      signal: AbortSignal.any([signal, stall.signal]),
      // Nothing of the coordinator redirects; the bearer must not travel elsewhere.
      redirect: 'error',
      headers: { authorization: `Bearer ${download.bearer()}`, ...(have > 0 ? { range: `bytes=${have}-` } : {}) },
    });
    const from = await startOf(response, have, download);
    await append(response, from, { download, sign: stall.sign });
  } catch (thrown) {
    if (signal.aborted) throw new FleetError('cancelled', `Cannot fetch blob ${short(download.hash)}: cancelled`, { cause: signal.reason });
    if (stall.signal.aborted) throw away(download, `no byte came for ${download.stallAfter} ms`, thrown);
    // Errors of the network are TypeErrors of fetch; those of the disk carry a code and pass as they are.
    throw thrown instanceof TypeError ? away(download, causeOf(thrown), thrown) : thrown;
  } finally {
    stall.stop();
  }
}

/** What the part has already; one that is too long is none of ours. */
async function lengthOf({ file, bytes }: Download): Promise<number> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size <= bytes) return size;
  await rm(file, { force: true });
  return 0;
}

/** Where the body of an answer belongs in the file. */
async function startOf(response: Response, have: number, download: Download): Promise<number> {
  const { status } = response;
  if (status === 200) return 0;
  if (status === 206) {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? [];
    if (Number(start) === have && Number(total) === download.bytes) return have;
    await response.body?.cancel();
    throw await spoilt(download, `it was asked to go on at byte ${have} of ${download.bytes}, and came from ${start} of ${total}`);
  }
  await response.body?.cancel();
  if (status === 416) throw await spoilt(download, `the part of ${have} bytes is longer than what is served`);
  throw refused(download, status);
}

async function append(
  response: Response,
  from: number,
  { download, sign }: { readonly download: Download; readonly sign: () => void },
): Promise<void> {
  const handle = await open(download.file, from === 0 ? 'w' : 'a');
  let at = from;
  try {
    for await (const chunk of response.body ?? []) {
      sign();
      at += chunk.length;
      if (at > download.bytes) break;
      await handle.writeFile(chunk);
    }
  } finally {
    await handle.close();
  }
  if (at > download.bytes) throw await spoilt(download, `more than its ${download.bytes} bytes came`);
  if (at < download.bytes) throw away(download, `the connection ended at byte ${at} of ${download.bytes}`);
}

/** The part cannot be trusted: the next try begins at nothing. */
async function spoilt(download: Download, why: string): Promise<FleetError> {
  await rm(download.file, { force: true });
  return new FleetError('corrupt', `Cannot fetch blob ${short(download.hash)}: ${why}`);
}

function away(download: Download, why: string, cause?: unknown): FleetError {
  return new FleetError('unavailable', `Cannot fetch blob ${short(download.hash)}: ${why}`, { cause });
}

function refused(download: Download, status: number): FleetError {
  const doing = `Cannot fetch blob ${short(download.hash)}`;
  if (status === 401) return new FleetError('unauthenticated', `${doing}: the bearer is not accepted`, { next: 'open a new session' });
  if (status === 403) return new FleetError('denied', `${doing}: it is not for this device`);
  if (status === 404) return new FleetError('not-found', `${doing}: the coordinator does not have it`);
  return new FleetError('unavailable', `${doing}: the coordinator answered ${status}`);
}

function causeOf(thrown: TypeError): string {
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
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
