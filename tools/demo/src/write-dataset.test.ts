import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { drawDrink } from './draw/draw-drink.ts';
import { writeDataset } from './write-dataset.ts';

describe('writeDataset', { timeout: 60_000 }, () => {
  const folders: string[] = [];
  const folder = async (): Promise<string> => {
    const made = await mkdtemp(join(tmpdir(), 'drinks-'));
    folders.push(made);
    return made;
  };
  afterEach(async () => {
    for (const made of folders.splice(0)) await rm(made, { recursive: true });
  });

  it('writes a folder per class whose PNG files hold the drawn pixels', async () => {
    const out = await folder();
    await writeDataset({ out, count: 12, seed: 's' });
    expect(await readdir(join(out, 'can'))).toEqual(['000001.png', '000011.png']);
    expect(await readdir(join(out, 'wine-glass'))).toEqual(['000009.png']);
    const { data } = await sharp(await readFile(join(out, 'can', '000011.png')))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(Buffer.compare(data, drawDrink({ seed: 's', index: 11 }).pixels)).toBe(0);
  });

  it('refuses a count that leaves a class empty', async () => {
    await expect(writeDataset({ out: await folder(), count: 9, seed: 's' })).rejects.toThrow('Cannot draw 9 images');
  });
});
