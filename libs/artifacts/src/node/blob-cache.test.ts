import { describe, expect, it } from 'vitest';
import { hashOf, scratchFolder, someBytes } from '../../test/scratch.ts';
import { type BlobCache, openBlobCache } from './blob-cache.ts';

const [a, b, c] = [someBytes(1000, 1), someBytes(1000, 2), someBytes(1000, 3)];
const [hashA, hashB, hashC] = [hashOf(a), hashOf(b), hashOf(c)];

async function held(cache: BlobCache): Promise<readonly string[]> {
  const names = new Map<string, string>([
    [hashA, 'a'],
    [hashB, 'b'],
    [hashC, 'c'],
  ]);
  return (await cache.list()).map(({ sha256 }) => names.get(sha256) ?? '?').toSorted();
}

describe('a blob cache', { timeout: 30_000 }, () => {
  it('drops what was used longest ago', async () => {
    const cache = await openBlobCache(await scratchFolder(), 2500);
    await cache.put(a);
    await cache.put(b);
    await cache.get(hashA);
    await cache.put(c);
    expect(await held(cache)).toEqual(['a', 'c']);
  });

  it('keeps what is pinned, until the last pin is gone', async () => {
    const cache = await openBlobCache(await scratchFolder(), 2500);
    await cache.put(a);
    await cache.put(b);
    const [first, second] = [cache.pin([hashA]), cache.pin([hashA, hashB])];
    await expect(cache.put(c)).rejects.toMatchObject({ code: 'exhausted' });
    second();
    second();
    await cache.put(c);
    expect(await held(cache)).toEqual(['a', 'c']);
    first();
    await cache.put(b);
    expect(await held(cache)).toEqual(['b', 'c']);
  });

  it('refuses what is larger than itself', async () => {
    const cache = await openBlobCache(await scratchFolder(), 900);
    await expect(cache.put(a)).rejects.toMatchObject({ code: 'exhausted' });
    async function* stream(): AsyncGenerator<Uint8Array> {
      yield a;
    }
    await expect(cache.put(stream())).rejects.toMatchObject({ code: 'exhausted' });
    expect(await held(cache)).toEqual([]);
  });

  it('remembers the order of use, and its cap, across a restart', async () => {
    const folder = await scratchFolder();
    const before = await openBlobCache(folder, 10_000);
    for (const bytes of [a, b, c]) await before.put(bytes);
    await before.get(hashA);
    const after = await openBlobCache(folder, 2500);
    expect(await held(after)).toEqual(['a', 'c']);
  });

  it('counts a blob once, however often it is put', async () => {
    const cache = await openBlobCache(await scratchFolder(), 2500);
    await cache.put(a);
    for (let n = 0; n < 5; n++) await cache.put(b);
    expect(await held(cache)).toEqual(['a', 'b']);
  });
});
