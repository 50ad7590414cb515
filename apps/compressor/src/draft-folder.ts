import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetError } from '@fleetfit/core';
import type { Drafts } from './work/work-context.ts';

/** Drafts that nobody came back to in this time are dropped. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** Drafts as files. Written under another name first, so that a process that ends in the middle leaves the draft before. */
export function draftFolder(folder: string): Drafts {
  const fileOf = (key: string): string => {
    if (!/^[0-9a-f]{64}$/.test(key)) throw new FleetError('bug', `Cannot keep a draft as "${key}": it is no sha256`);
    return join(folder, key);
  };
  return {
    async read(key) {
      try {
        return new Uint8Array(await readFile(fileOf(key)));
      } catch (thrown) {
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
        throw thrown;
      }
    },
    async write(key, bytes) {
      await mkdir(folder, { recursive: true });
      await dropOld(folder);
      const unfinished = `${fileOf(key)}.${process.pid}`;
      await writeFile(unfinished, bytes, { flush: true });
      await rename(unfinished, fileOf(key));
    },
    drop: (key) => rm(fileOf(key), { force: true }),
  };
}

async function dropOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const age = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > KEPT_MS) await rm(file, { force: true });
  }
}
