import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { milliseconds } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { hashOf, scratchFolder, serveHttp, someBytes } from '../../test/scratch.ts';
import { openBlobCache } from './blob-cache.ts';
import { blobHandler } from './blob-handler.ts';
import { openBlobStore } from './blob-store.ts';
import { type BlobSource, fetchBlob, loadBlob } from './fetch-blob.ts';

const never = new AbortController().signal;
const bytes = someBytes(100_000);
const blob = { sha256: hashOf(bytes), bytes: bytes.length };

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A coordinator that answers badly a few times, as the list says, and then as ours does. */
async function serving(...bad: Answer[]) {
  const store = await openBlobStore(await scratchFolder());
  await store.put(bytes);
  const good = blobHandler(store, async () => {});
  const ranges: (string | undefined)[] = [];
  const url = await serveHttp((request, response) => {
    ranges.push(request.headers.range);
    const answer = bad.shift();
    if (answer) answer(request, response);
    else void good(request, response);
  });
  return { url, ranges };
}

async function sourceOf(url: string, more: Partial<BlobSource> = {}): Promise<BlobSource> {
  const cache = await openBlobCache(await scratchFolder(), 1_000_000);
  return { url, bearer: () => 'good', cache, ...more };
}

const whole =
  (body: Uint8Array): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': body.length }).end(body);
  };
const cutAt =
  (length: number): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, length), () => setTimeout(() => response.destroy(), 20));
  };
const status =
  (code: number): Answer =>
  (_request, response) => {
    response.writeHead(code).end();
  };

const flipped = bytes.with(70_000, (bytes[70_000] ?? 0) ^ 1);

describe('fetchBlob', { timeout: 30_000 }, () => {
  it('brings a blob into the cache, once', async () => {
    const { url, ranges } = await serving();
    const source = await sourceOf(`${url}/`);
    expect(await fetchBlob(blob, source, never)).toBe(true);
    expect(await fetchBlob(blob, source, never)).toBe(false);
    expect(await source.cache.get(hashOf(bytes))).toEqual(bytes);
    expect(ranges).toEqual([undefined]);
    expect(await readdir(join(source.cache.folder, '.parts'))).toEqual([]);
  });

  it('downloads once for many that want it at the same time', async () => {
    const { url, ranges } = await serving();
    const source = await sourceOf(url);
    const fetched = await Promise.all([1, 2, 3].map(() => fetchBlob(blob, source, never)));
    expect(fetched.filter(Boolean)).toHaveLength(1);
    expect(ranges).toHaveLength(1);
  });

  it('takes over when the one that downloads is cancelled', async () => {
    let arrive = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const { url } = await serving(() => arrive());
    const source = await sourceOf(url);
    const stop = new AbortController();
    const first = fetchBlob(blob, source, stop.signal);
    const second = fetchBlob(blob, source, never);
    await arrived;
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    expect(await second).toBe(true);
  });

  it('goes on where a broken connection ended', async () => {
    const { url, ranges } = await serving(cutAt(40_000));
    const source = await sourceOf(url);
    await fetchBlob(blob, source, never);
    expect(ranges).toEqual([undefined, 'bytes=40000-']);
    expect(await source.cache.get(hashOf(bytes))).toEqual(bytes);
  });

  it('goes on where an earlier process ended', async () => {
    const { url, ranges } = await serving();
    const source = await sourceOf(url);
    await mkdir(join(source.cache.folder, '.parts'));
    await writeFile(join(source.cache.folder, '.parts', blob.sha256), bytes.subarray(0, 99_999));
    await fetchBlob(blob, source, never);
    expect(ranges).toEqual(['bytes=99999-']);
  });

  it('does not tire of a connection that breaks often and brings something each time', async () => {
    const cuts = Array.from(
      { length: 8 },
      (): Answer => (request, response) => {
        const from = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
        response.writeHead(from === 0 ? 200 : 206, {
          'content-length': bytes.length - from,
          'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
        });
        response.write(bytes.subarray(from, from + 10_000), () => setTimeout(() => response.destroy(), 20));
      },
    );
    const { url, ranges } = await serving(...cuts);
    await fetchBlob(blob, await sourceOf(url), never);
    expect(ranges).toHaveLength(9);
  });

  it('begins anew where the part was damaged', async () => {
    const { url, ranges } = await serving();
    const source = await sourceOf(url);
    await mkdir(join(source.cache.folder, '.parts'));
    await writeFile(join(source.cache.folder, '.parts', blob.sha256), flipped.subarray(0, 80_000));
    await fetchBlob(blob, source, never);
    expect(ranges).toEqual(['bytes=80000-', undefined]);
    expect(await source.cache.get(hashOf(bytes))).toEqual(bytes);
  });

  it('takes a flipped bit for what it is, and asks again', async () => {
    const { url, ranges } = await serving(whole(flipped), whole(flipped));
    const source = await sourceOf(url);
    await fetchBlob(blob, source, never);
    expect(ranges).toHaveLength(3);
    expect(await source.cache.get(hashOf(bytes))).toEqual(bytes);
  });

  it('gives up after three wrong answers, and keeps nothing of them', async () => {
    const { url } = await serving(...Array.from({ length: 3 }, () => whole(flipped)));
    const source = await sourceOf(url);
    await expect(fetchBlob(blob, source, never)).rejects.toMatchObject({ code: 'corrupt' });
    expect(await source.cache.list()).toEqual([]);
    expect(await readdir(join(source.cache.folder, '.parts'))).toEqual([]);
  });

  it('takes a short answer as broken off, and a long one as wrong', async () => {
    const { url, ranges } = await serving(whole(bytes.subarray(0, 60_000)), whole(new Uint8Array([...bytes, 1])));
    const source = await sourceOf(url);
    await fetchBlob(blob, source, never);
    expect(ranges).toEqual([undefined, 'bytes=60000-', undefined]);
  });

  it('does not believe an answer of another range', async () => {
    const wrong: Answer = (_request, response) => {
      response.writeHead(206, { 'content-range': `bytes 0-9/${bytes.length}`, 'content-length': 10 }).end(bytes.subarray(0, 10));
    };
    const { url, ranges } = await serving(cutAt(40_000), wrong);
    const source = await sourceOf(url);
    await fetchBlob(blob, source, never);
    expect(ranges).toEqual([undefined, 'bytes=40000-', undefined]);
    expect(await source.cache.get(hashOf(bytes))).toEqual(bytes);
  });

  it('ends a try in which nothing comes, before and within the body', async () => {
    const silent: Answer = () => {};
    const stuck: Answer = (_request, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 1000));
    };
    const { url, ranges } = await serving(silent, stuck);
    await fetchBlob(blob, await sourceOf(url, { stallAfter: milliseconds(1000) }), never);
    expect(ranges).toEqual([undefined, undefined, 'bytes=1000-']);
  });

  it('gives up on a server that stays silent', async () => {
    const { url, ranges } = await serving(...Array.from({ length: 3 }, (): Answer => () => {}));
    const fetching = fetchBlob(blob, await sourceOf(url, { stallAfter: milliseconds(50) }), never);
    await expect(fetching).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/no byte came/) });
    expect(ranges).toHaveLength(3);
  });

  it.each([
    [401, 'unauthenticated'],
    [403, 'denied'],
    [404, 'not-found'],
  ])('does not ask again after %i', async (code, expected) => {
    const { url, ranges } = await serving(status(code));
    await expect(fetchBlob(blob, await sourceOf(url), never)).rejects.toMatchObject({ code: expected });
    expect(ranges).toHaveLength(1);
  });

  it('asks again after 503, and finds nobody there unavailable', async () => {
    const { url, ranges } = await serving(status(503));
    await fetchBlob(blob, await sourceOf(url), never);
    expect(ranges).toHaveLength(2);
    await expect(fetchBlob(blob, await sourceOf('http://127.0.0.1:1'), never)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('does not carry the bearer to where it is sent on', async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await serveHttp((request, response) => {
      seen.push(request.headers.authorization);
      response.end(bytes);
    });
    const away: Answer = (request, response) => {
      response.writeHead(302, { location: `${elsewhere}${request.url}` }).end();
    };
    const { url } = await serving(away, away, away);
    await expect(fetchBlob(blob, await sourceOf(url), never)).rejects.toMatchObject({ code: 'unavailable' });
    expect(seen).toEqual([]);
  });

  it('stops at once when told to, and keeps its part', async () => {
    const stop = new AbortController();
    const stuck: Answer = (_request, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 1000), () => setTimeout(() => stop.abort(), 50));
    };
    const { url } = await serving(stuck);
    const source = await sourceOf(url);
    await expect(fetchBlob(blob, source, stop.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readdir(join(source.cache.folder, '.parts'))).toEqual([blob.sha256]);
  });

  it('calls a full disk "exhausted", and does not try again', async () => {
    const { url, ranges } = await serving();
    const source = await sourceOf(url);
    await mkdir(join(source.cache.folder, '.parts'));
    // A device that is always full takes the place of the part.
    await symlink('/dev/full', join(source.cache.folder, '.parts', blob.sha256));
    await expect(fetchBlob(blob, source, never)).rejects.toMatchObject({ code: 'exhausted' });
    expect(ranges).toHaveLength(1);
  });

  it('does not begin what the cache cannot hold', async () => {
    const { url, ranges } = await serving();
    const cache = await openBlobCache(await scratchFolder(), 1000);
    await expect(fetchBlob(blob, await sourceOf(url, { cache }), never)).rejects.toMatchObject({ code: 'exhausted' });
    expect(ranges).toEqual([]);
  });

  it('refuses a hash that is none', async () => {
    const { url } = await serving();
    const path = { sha256: '../../etc/passwd', bytes: 1 };
    await expect(fetchBlob(path, await sourceOf(url), never)).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('loadBlob', { timeout: 30_000 }, () => {
  it('fetches again what was damaged on our own disk', async () => {
    const { url, ranges } = await serving();
    const source = await sourceOf(url);
    expect(await loadBlob(blob, source, never)).toEqual(bytes);
    await writeFile(source.cache.path(hashOf(bytes)), flipped);
    expect(await loadBlob(blob, source, never)).toEqual(bytes);
    expect(ranges).toHaveLength(2);
  });
});
