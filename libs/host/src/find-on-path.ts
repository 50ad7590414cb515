import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from './folders.ts';

/** The first executable file with this name on PATH, then in the extra folders. */
export function findOnPath(
  name: string,
  { env = process.env, folders = [] }: { env?: Environment; folders?: readonly string[] } = {},
): string | undefined {
  const all = [...(env['PATH'] ?? '').split(delimiter), ...folders].filter(Boolean);
  return all.map((folder) => join(folder, name)).find(isExecutable);
}

/** Whether this is a file that the present user may run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
