import { FleetError } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { hashOf, scratchFolder, serveHttp, someBytes } from '../../test/scratch.ts';
import { openBlobCache } from './blob-cache.ts';
import { blobHandler } from './blob-handler.ts';
import { openBlobStore } from './blob-store.ts';
import { fetchArtifact } from './fetch-artifact.ts';

const never = new AbortController().signal;
const graph = someBytes(500, 1);
const tensors = [2, 3, 4, 5, 6, 7].map((seed) => someBytes(1000, seed));
const blobOf = (bytes: Uint8Array) => ({ sha256: hashOf(bytes), bytes: bytes.length });
const artifact = { graph: blobOf(graph), tensors: tensors.map(blobOf) };

async function start(cap = 100_000, lacking: readonly Uint8Array[] = []) {
  const store = await openBlobStore(await scratchFolder());
  for (const bytes of [graph, ...tensors]) if (!lacking.includes(bytes)) await store.put(bytes);
  const served: string[] = [];
  const barrier = openBarrier(4);
  const handle = blobHandler(store, async (_bearer, sha256) => {
    served.push(sha256);
    await barrier.pass();
  });
  const url = await serveHttp((request, response) => void handle(request, response));
  const cache = await openBlobCache(await scratchFolder(), cap);
  return { source: { url, bearer: () => 'good', cache }, cache, served, mostAtOnce: barrier.most };
}

/** Holds the first ones until `count` of them are there and a moment longer; tells how many there ever were at once. */
function openBarrier(count: number) {
  let inside = 0;
  let most = 0;
  let open = (): void => {};
  const full = new Promise<void>((resolve) => {
    open = () => setTimeout(resolve, 50);
  });
  return {
    most: () => most,
    async pass() {
      most = Math.max(most, ++inside);
      if (inside >= count) open();
      await full;
      inside--;
    },
  };
}

describe('fetchArtifact', { timeout: 30_000 }, () => {
  it('brings graph and tensors, named as the graph names them', async () => {
    const { source } = await start();
    const found = await fetchArtifact(artifact, source, never);
    expect(found.graph).toEqual(graph);
    expect([...found.externalData]).toEqual(tensors.map((tensor) => [hashOf(tensor), tensor]));
    expect(found.fetchedBytes).toBe(6500);
  });

  it('fetches only what is new, a few at a time, each once', async () => {
    const { source, served, mostAtOnce } = await start();
    await fetchArtifact({ ...artifact, tensors: artifact.tensors.slice(0, 5) }, source, never);
    const again = await fetchArtifact({ ...artifact, tensors: [...artifact.tensors, ...artifact.tensors] }, source, never);
    expect(again.fetchedBytes).toBe(1000);
    expect(served.toSorted()).toEqual([artifact.graph, ...artifact.tensors].map(({ sha256 }) => sha256).toSorted());
    expect(mostAtOnce()).toBe(4);
  });

  it('keeps its files while they are in use, and lets them go after', async () => {
    const { source, cache } = await start(7000);
    const found = await fetchArtifact(artifact, source, never);
    await expect(cache.put(someBytes(1000, 99))).rejects.toMatchObject({ code: 'exhausted' });
    found.release();
    await cache.put(someBytes(1000, 99));
    expect(await cache.has(hashOf(someBytes(1000, 99)))).toBe(true);
  });

  it('fails as a whole when one tensor cannot be had, and pins nothing then', async () => {
    const { source, cache } = await start(7000, [tensors[3] ?? graph]);
    await expect(fetchArtifact(artifact, source, never)).rejects.toMatchObject({ code: 'not-found' });
    await cache.put(someBytes(6900, 99));
  });

  it('refuses an artifact without a graph, or with a path in place of a hash', async () => {
    const { source } = await start();
    await expect(fetchArtifact({ graph: undefined, tensors: [] }, source, never)).rejects.toThrow(FleetError);
    const evil = { ...artifact, tensors: [{ sha256: '../../x', bytes: 1 }] };
    await expect(fetchArtifact(evil, source, never)).rejects.toMatchObject({ code: 'invalid' });
  });
});
