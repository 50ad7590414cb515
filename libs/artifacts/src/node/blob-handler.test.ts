import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { FleetError, milliseconds } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { hashOf, scratchFolder, serveHttp, someBytes } from '../../test/scratch.ts';
import { type Authorize, type BlobHandlerOptions, blobHandler } from './blob-handler.ts';
import { openBlobStore } from './blob-store.ts';

const bytes = someBytes(10_000);
const hash = hashOf(bytes);
const secret = someBytes(50, 7);

const onlyGood: Authorize = async (bearer, wanted) => {
  if (bearer !== 'good') throw new FleetError('unauthenticated', 'Cannot read a blob: the bearer is not accepted');
  if (wanted === hashOf(secret)) throw new FleetError('denied', 'Cannot read a blob: it is not of a lease of this device');
};

async function start(options: BlobHandlerOptions = {}) {
  const store = await openBlobStore(await scratchFolder());
  await store.put(bytes);
  await store.put(secret);
  const handle = blobHandler(store, onlyGood, options);
  const origin = await serveHttp((request, response) => {
    void handle(request, response).then((handled) => handled || response.writeHead(418).end());
  });
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${origin}${path}`, { method, headers: { authorization: 'Bearer good', ...headers } });
  return { store, origin, get };
}

describe('blobHandler', { timeout: 30_000 }, () => {
  it('serves a blob for good', async () => {
    const { get } = await start();
    const response = await get(`/t/${hash}`);
    expect(response.status).toBe(200);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'private, max-age=31536000, immutable',
      'content-length': '10000',
      'accept-ranges': 'bytes',
      etag: `"${hash}"`,
    });
  });

  it('serves a part', async () => {
    const { get } = await start();
    const response = await get(`/t/${hash}`, { range: 'bytes=9990-' });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe('bytes 9990-9999/10000');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes.subarray(9990));
    const beyond = await get(`/t/${hash}`, { range: 'bytes=10000-' });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10000']);
  });

  it('answers HEAD without a body, and a known etag with 304', async () => {
    const { get } = await start();
    const head = await get(`/t/${hash}`, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10000', '']);
    expect((await get(`/t/${hash}`, { 'if-none-match': `"${hash}"` })).status).toBe(304);
  });

  it('asks who it is before it says what it has', async () => {
    const { get, origin } = await start();
    const unknown = hashOf(someBytes(3, 99));
    for (const name of [hash, unknown]) expect((await fetch(`${origin}/t/${name}`)).status, name).toBe(401);
    expect((await get(`/t/${hash}`, { authorization: 'Bearer bad' })).status).toBe(401);
    expect((await get(`/t/${hashOf(secret)}`)).status).toBe(403);
    expect((await get(`/t/${unknown}`)).status).toBe(404);
  });

  it('takes no name but a hash', async () => {
    const { origin } = await start();
    for (const path of [
      '/t/../package.json',
      '/t/%2e%2e%2fpackage.json',
      '/t/',
      `/t/${hash}/x`,
      `/t/${hash.toUpperCase()}`,
      '/t/.incoming',
    ])
      expect(await rawStatus(origin, path), path).toBe(404);
  });

  it('leaves other paths to others, and changes nothing', async () => {
    const { get, store } = await start();
    expect((await get('/x')).status).toBe(418);
    for (const method of ['PUT', 'POST', 'DELETE']) expect((await get(`/t/${hash}`, {}, method)).status).toBe(405);
    expect(await store.has(hash)).toBe(true);
  });

  it('cuts off a reader that takes nothing', async () => {
    const { store, origin } = await start({ stallAfter: milliseconds(200) });
    // More than the buffers between the two hold.
    const big = new Uint8Array(30_000_000);
    const { sha256 } = await store.put(big);
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    socket.pause();
    socket.write(`GET /t/${sha256} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer good\r\n\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 600));
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
    });
    const closed = new Promise((resolve) => socket.on('close', resolve).on('error', () => {}));
    socket.resume();
    await closed;
    expect(received).toBeLessThan(big.length);
  });
});

/** The path as it is: fetch would tidy it up. */
function rawStatus(origin: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    httpRequest({ hostname, port, path, headers: { authorization: 'Bearer good' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
