import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describeInChromium } from '@fleetfit/host/describe-in-chromium';
import { parseRange } from '../node/parse-range.ts';
import { content, LENGTHS } from './testing/content.ts';

const blobs = new Map(
  LENGTHS.map((length, seed) => {
    const bytes = content(seed, length);
    return [createHash('sha256').update(bytes).digest('hex'), bytes] as const;
  }),
);

/** What was asked for, in order: `whole`, or the range. */
let log: string[] = [];
let wrongServed = false;

// Serves the blobs in the way that the first part of the path names.
function answer(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.url === '/log') {
    response.end(JSON.stringify(log));
    log = [];
    return true;
  }
  const [, way = '', hash = ''] = /^\/([\w-]+)\/t\/([0-9a-f]{64})$/.exec(request.url ?? '') ?? [];
  const bytes = blobs.get(hash);
  if (!bytes) return false;
  log.push(request.headers.range ?? 'whole');
  if (way === 'stranger' || request.headers.authorization !== 'Bearer secret') response.writeHead(401).end();
  else serve(bytes, way, { request, response });
  return true;
}

function serve(bytes: Uint8Array, way: string, { request, response }: { request: IncomingMessage; response: ServerResponse }): void {
  const range = way === 'rangeless' ? undefined : parseRange(request.headers.range, bytes.length);
  if (range === 'unsatisfiable') return void response.writeHead(416).end();
  const { start, end } = range ?? { start: 0, end: bytes.length };
  const length = { 'content-length': end - start };
  if (range) response.writeHead(206, { ...length, 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` });
  else response.writeHead(200, length);
  const body = Uint8Array.from(bytes.subarray(start, end));
  const half = body.subarray(0, Math.ceil(body.length / 2));
  if (way === 'slow') response.write(half);
  // Whatever has arrived by then is kept; only the first answer breaks off.
  else if ((way === 'cut' || way === 'rangeless') && request.headers.range === undefined && log.length === 1)
    response.write(half, () => setTimeout(() => response.destroy(), 100));
  else if (way === 'wrong' || (way === 'wrong-once' && !wrongServed)) {
    wrongServed = way === 'wrong-once';
    body[7] = 255 - (body[7] ?? 0);
    response.end(body);
  } else response.end(body);
}

describeInChromium('the cache of a browser', {
  suite: new URL('./testing/cache.ts', import.meta.url),
  workers: { 'keeper-worker': new URL('./testing/keeper-worker.ts', import.meta.url) },
  answer,
  isolated: true,
});
