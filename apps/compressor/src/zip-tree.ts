import { FleetError } from '@fleetfit/core';
import type { FileTree } from '@fleetfit/vision';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { reaching } from './reaching.ts';

/** More than any file of labelled images: an archive that claims it is broken, or made to fill the memory. */
const MOST_BYTES = 1024 * 1024 * 1024;
const MOST_ENTRIES = 2_000_000;

/**
 * A zip as a tree of files. Nothing is unpacked to the disk: entries are read where they lie, so no path of an archive can lead outside.
 * What a Mac adds is passed over, and a folder around everything counts as the archive itself.
 * @throws FleetError `not-found`, `denied`, `corrupt` for what is no zip or is cut off, `unsupported` for an encrypted one
 */
export async function zipTree(path: string): Promise<FileTree & { close(): void }> {
  const zip = await opened(path);
  try {
    const entries = await listed(zip, path);
    const root = rootOf([...entries.keys()]);
    return {
      name: path,
      list: () => Promise.resolve([...entries.keys()].map((name) => name.slice(root.length)).sort()),
      read: async (file) => {
        const entry = entries.get(root + file);
        if (!entry) throw new FleetError('not-found', `Cannot read "${file}": it is not in the zip ${path}`);
        return reading(path, () => unpacked(zip, entry));
      },
      close: () => zip.close(),
    };
  } catch (thrown) {
    zip.close();
    throw thrown;
  }
}

function opened(path: string): Promise<ZipFile> {
  return reaching(path, () => reading(path, () => openPromise(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true })));
}

async function listed(zip: ZipFile, path: string): Promise<ReadonlyMap<string, Entry>> {
  if (zip.entryCount > MOST_ENTRIES) throw new FleetError('invalid', `Cannot read the zip ${path}: it has ${zip.entryCount} files`);
  const entries = new Map<string, Entry>();
  await reading(path, async () => {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || isLitter(entry.fileName)) continue;
      if (entry.isEncrypted())
        throw new FleetError('unsupported', `Cannot read the zip ${path}: it is encrypted`, { next: 'pack it without a password' });
      entries.set(entry.fileName, entry);
    }
  });
  return entries;
}

const isLitter = (name: string): boolean => name.startsWith('__MACOSX/') || /(^|\/)(\.DS_Store|Thumbs\.db|\._[^/]*)$/.test(name);

/** The folder in which everything lies, `drinks/`; empty where that folder is itself the only class, or there is none. */
function rootOf(names: readonly string[]): string {
  const [first = ''] = names;
  const root = first.slice(0, first.indexOf('/') + 1);
  if (root === '' || !names.every((name) => name.startsWith(root))) return '';
  const inside = names.map((name) => name.slice(root.length));
  const known = /(\.csv|\.json|\.bin|ubyte|\.gz)$/;
  return inside.some((name) => name.includes('/') || known.test(name)) ? root : '';
}

async function unpacked(zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  if (entry.uncompressedSize > MOST_BYTES)
    throw new FleetError('invalid', `Cannot read "${entry.fileName}": it would be ${entry.uncompressedSize} bytes unpacked`);
  const parts: Uint8Array[] = [];
  for await (const part of await zip.openReadStreamPromise(entry)) if (part instanceof Uint8Array) parts.push(part);
  return Buffer.concat(parts);
}

async function reading<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    // What the disk refuses is said elsewhere.
    if (cause instanceof FleetError || (cause instanceof Error && 'code' in cause)) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('corrupt', `Cannot read the zip ${path}: ${why.charAt(0).toLowerCase()}${why.slice(1)}`, {
      cause,
      next: 'pack it again, or give the folder itself',
    });
  }
}
