import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { FileTree } from '@fleetfit/vision';
import { reaching } from './reaching.ts';

/**
 * A folder of this machine, or one file of it together with the files beside it that explain it: `classes.json`, and the labels
 * of an idx file.
 * @throws FleetError `not-found`, `denied`
 */
export async function folderTree(path: string): Promise<FileTree> {
  const root = resolve(path);
  const isFolder = (await reaching(path, () => stat(root))).isDirectory();
  const folder = isFolder ? root : dirname(root);
  return {
    name: path,
    list: () => reaching(path, () => (isFolder ? walk(folder) : explained(folder, basename(root)))),
    read: async (file) => reaching(file, async () => new Uint8Array(await readFile(join(folder, file)))),
  };
}

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

async function explained(folder: string, file: string): Promise<string[]> {
  const labels = file.replace('images', 'labels').replace('idx3', 'idx1');
  const beside = (await readdir(folder)).filter((name) => name !== file && (name === 'classes.json' || name === labels));
  return [file, ...beside].sort();
}
