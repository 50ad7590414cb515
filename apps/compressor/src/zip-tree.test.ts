import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zipOf } from './testing.ts';
import { zipTree } from './zip-tree.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetfit-zip-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function open(files: Parameters<typeof zipOf>[0], cut?: number) {
  const path = join(folder, `${crypto.randomUUID()}.zip`);
  await writeFile(path, zipOf(files).subarray(0, cut));
  return zipTree(path);
}
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

describe('a zip as a tree of files', () => {
  it('reads stored and deflated entries, in order of their names', async () => {
    const tree = await open([
      { name: 'cup/2.png', bytes: text('two'), packed: deflateRawSync(text('two')) },
      { name: 'bowl/1.png', bytes: text('one') },
    ]);
    expect(await tree.list()).toEqual(['bowl/1.png', 'cup/2.png']);
    expect(new TextDecoder().decode(await tree.read('cup/2.png'))).toBe('two');
    await expect(tree.read('cup/3.png')).rejects.toThrow('it is not in the zip');
    tree.close();
  });

  it('looks through the folder around everything, and past what a Mac adds', async () => {
    const tree = await open([
      { name: 'drinks/cup/1.png', bytes: text('a') },
      { name: 'drinks/mug/1.png', bytes: text('b') },
      { name: '__MACOSX/drinks/cup/._1.png', bytes: text('c') },
      { name: 'drinks/.DS_Store', bytes: text('d') },
    ]);
    expect(await tree.list()).toEqual(['cup/1.png', 'mug/1.png']);
    tree.close();
  });

  it('keeps the folder of an only class: it is its name', async () => {
    const tree = await open([{ name: 'cup/1.png', bytes: text('a') }]);
    expect(await tree.list()).toEqual(['cup/1.png']);
    tree.close();
  });

  it('refuses a path that leads outside', async () => {
    await expect(open([{ name: '../../evil.png', bytes: text('x') }])).rejects.toThrow(/Cannot read the zip .*invalid relative path/);
  });

  it('says that an archive is cut off', async () => {
    await expect(open([{ name: 'cup/1.png', bytes: text('abc') }], 40)).rejects.toThrow('Cannot read the zip');
  });

  it('does not hand out an entry that is longer than it says', async () => {
    const tree = await open([{ name: 'cup/1.png', bytes: text('ab'), packed: deflateRawSync(text('abcdefgh')) }]);
    await expect(tree.read('cup/1.png')).rejects.toThrow('Cannot read the zip');
    tree.close();
  });
});
