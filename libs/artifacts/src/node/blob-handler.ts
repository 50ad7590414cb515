import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FleetError, type Log, type Milliseconds, type Sha256, seconds, sha256, silent } from '@fleetfit/core';
import type { BlobStore } from './blob-store.ts';
import { parseRange } from './parse-range.ts';

/**
 * Whether the holder of a bearer may read a blob. A hash is a name, not a right.
 * @param bearer empty where the request has none
 * @throws FleetError `unauthenticated` (401) or `denied` (403)
 */
export type Authorize = (bearer: string, sha256: Sha256) => Promise<void>;

/** Answers `GET` and `HEAD` of `/t/<sha256>`, with Range; false for any other path, which is left to the caller. Never rejects. */
export type BlobHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export interface BlobHandlerOptions {
  readonly log?: Log;
  /** A reader that takes nothing for this long is cut off. Default 30 s. */
  readonly stallAfter?: Milliseconds;
}

/** Serves a store over node:http(s). */
export function blobHandler(store: BlobStore, authorize: Authorize, options: BlobHandlerOptions = {}): BlobHandler {
  const { log = silent, stallAfter = seconds(30) } = options;
  return async (request, response) => {
    const name = /^\/t\/([^?]*)/.exec(request.url ?? '')?.[1];
    if (name === undefined) return false;
    response.setTimeout(stallAfter, () => response.destroy());
    try {
      await serve({ store, authorize, name }, request, response);
    } catch (thrown) {
      log.warn('could not serve a blob', { name: name.slice(0, 64), why: thrown instanceof Error ? thrown.message : String(thrown) });
      fail(response, thrown);
    }
    return true;
  };
}

interface Wanted {
  readonly store: BlobStore;
  readonly authorize: Authorize;
  readonly name: string;
}

async function serve({ store, authorize, name }: Wanted, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, { allow: 'GET, HEAD' });
  // The brand proves that nothing but a hash goes near the file system.
  if (!/^[0-9a-f]{64}$/.test(name)) return end(response, 404);
  const hash = sha256(name);
  await authorize(bearerOf(request), hash);
  const size = await store.size(hash);
  if (size === undefined) return end(response, 404);
  const headers = headersOf(hash);
  if (request.headers['if-none-match']?.includes(hash)) return end(response, 304, headers);
  const range = parseRange(request.headers.range, size);
  if (range === 'unsatisfiable') return end(response, 416, { ...headers, 'content-range': `bytes */${size}` });
  const { start, end: stop } = range ?? { start: 0, end: size };
  response.writeHead(range ? 206 : 200, {
    ...headers,
    'content-length': stop - start,
    ...(range ? { 'content-range': `bytes ${start}-${stop - 1}/${size}` } : {}),
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(Readable.from(store.read(hash, { start, end: stop }), { objectMode: false }), response);
}

function headersOf(hash: Sha256) {
  return {
    'content-type': 'application/octet-stream',
    // Content never changes under its hash; `private` since a bearer was needed to get it.
    'cache-control': 'private, max-age=31536000, immutable',
    etag: `"${hash}"`,
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
  };
}

function bearerOf(request: IncomingMessage): string {
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

function fail(response: ServerResponse, thrown: unknown): void {
  // The status is out already: only a broken connection can still say that the body is not whole.
  if (response.headersSent || response.destroyed) return void response.destroy();
  const code = thrown instanceof FleetError ? thrown.code : 'bug';
  if (code === 'unauthenticated') return end(response, 401, { 'www-authenticate': 'Bearer' });
  if (code === 'denied') return end(response, 403);
  if (code === 'not-found') return end(response, 404);
  end(response, code === 'unavailable' ? 503 : 500);
}

function end(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, status === 304 ? headers : { ...headers, 'content-length': 0 }).end();
}
