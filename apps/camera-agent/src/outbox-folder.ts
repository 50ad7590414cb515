import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutboxPort } from '@fleetfit/agent';
import { attemptId } from '@fleetfit/core';
import { writeWhole } from './write-whole.ts';

const REPORT = '.report';

/** Reports that wait, one file each, named by the attempt. Opening it removes what an interrupted writer left. */
export async function openOutboxFolder(folder: string): Promise<OutboxPort> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) if (name.endsWith('.part')) await rm(join(folder, name), { force: true });
  const fileOf = (attempt: string): string => join(folder, `${attempt}${REPORT}`);
  return {
    put: (attempt, report) => writeWhole(fileOf(attempt), report),
    get: (attempt) => readOrNothing(fileOf(attempt)),
    remove: (attempt) => rm(fileOf(attempt), { force: true }),
    async list() {
      const names = (await readdir(folder)).filter((name) => name.endsWith(REPORT));
      const dated = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })));
      return dated.sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1)).map(({ name }) => attemptId(name.slice(0, -REPORT.length)));
    },
  };
}

/** The bytes of a file, or undefined where there is none. */
export async function readOrNothing(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}
