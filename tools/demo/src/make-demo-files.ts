import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { zipOf } from '@fleetfit/compressor/testing';
import { writeDataset } from './write-dataset.ts';

// node --import tsx tools/demo/src/make-demo-files.ts --out DIR: the model and a zip of drawn drinks, for those who want to see it work first.
const IMAGES = 400;
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const out = values.out ?? '.';
const zip = join(out, 'drinks.zip');

await mkdir(out, { recursive: true });
await copyFile(fileURLToPath(new URL('../model/drinks.onnx', import.meta.url)), join(out, 'drinks.onnx'));
// The same drawings every time: drawn once.
if (!existsSync(zip)) await drawInto(zip);

async function drawInto(file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetfit-drinks-'));
  try {
    await writeDataset({ out: folder, count: IMAGES, seed: 'demo files' });
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.png')).sort();
    const files = await Promise.all(names.map(async (name) => ({ name: `drinks/${name}`, bytes: await readFile(join(folder, name)) })));
    // Whole or not at all: a build that was cut off leaves no half of it.
    await writeFile(`${file}.part`, zipOf(files));
    await rename(`${file}.part`, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
