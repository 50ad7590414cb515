import { FleetError } from '@fleetfit/core';

/** Files that somebody pointed at, by path relative to that place, `/` between folders. */
export interface FileTree {
  /** What people call it: for sentences. */
  readonly name: string;
  /** Every file, folders walked, sorted. */
  list(): Promise<readonly string[]>;
  /** @throws FleetError `not-found` */
  read(path: string): Promise<Uint8Array>;
}

/** Reads a file, unpacked where its name ends in `.gz`. @throws FleetError `corrupt` for a broken archive */
export async function readUnpacked(tree: FileTree, path: string): Promise<Uint8Array> {
  const bytes = await tree.read(path);
  if (!path.endsWith('.gz')) return bytes;
  try {
    const unpacked = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(unpacked).arrayBuffer());
  } catch (cause) {
    throw new FleetError('corrupt', `Cannot read the dataset: "${path}" cannot be unpacked`, {
      cause,
      next: 'copy or download the file again: it is not complete',
    });
  }
}

/** The last part of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Reads names of classes from `classes.json`, a list, where the tree has one. @throws FleetError `invalid` for another content */
export async function classNamesIn(tree: FileTree, files: readonly string[]): Promise<readonly string[] | undefined> {
  const path = files.find((file) => file === 'classes.json');
  if (path === undefined) return undefined;
  const names = parseNames(new TextDecoder().decode(await tree.read(path)));
  if (!names) throw new FleetError('invalid', `Cannot read the dataset: "${path}" is no JSON list of names`);
  return names;
}

function parseNames(text: string): readonly string[] | undefined {
  try {
    const names: unknown = JSON.parse(text);
    return Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string') ? names : undefined;
  } catch {
    return undefined;
  }
}
