import { FleetError, type Sha256, sha256 } from '@fleetfit/core';
import { digestOf } from './digest.ts';
import { moveFile, openFile, readFile, removeFile, replaceFile, type SyncFile } from './opfs-files.ts';

const INDEX = 'uses.json';

/**
 * A cache of blobs in a folder of the origin-private file system: `blobs/<hash>` are whole, `parts/<hash>` grow. What was used longest ago
 * goes first; what is pinned stays. It belongs to one worker, since only there files can be written in place.
 */
export interface OpfsCache {
  /** Whether it is here, in full length. */
  has(hash: Sha256, bytes: number): Promise<boolean>;
  /** Whether the bytes that are here are those of the name. */
  isSound(hash: Sha256): Promise<boolean>;
  /** Keeps these until the returned function is called, and notes that they were used now. */
  pin(hashes: readonly Sha256[]): () => void;
  /** Removes what was used longest ago until `bytes` more fit. @throws FleetError `exhausted` when pins leave too little */
  makeRoom(bytes: number): Promise<void>;
  openPart(hash: Sha256): Promise<SyncFile>;
  removePart(hash: Sha256): Promise<void>;
  /** Makes a blob of a part whose bytes are right. @throws FleetError `corrupt`, and the part is gone */
  adopt(hash: Sha256): Promise<void>;
  remove(hash: Sha256): Promise<void>;
  /** Writes down what was used when, for the next worker. */
  save(): Promise<void>;
  /** Bytes of all blobs. */
  held(): number;
}

/** @param limit most bytes that all blobs may have */
export async function openOpfsCache(folder: FileSystemDirectoryHandle, limit: number): Promise<OpfsCache> {
  const [blobs, parts] = await Promise.all(['blobs', 'parts'].map((name) => folder.getDirectoryHandle(name, { create: true })));
  if (!blobs || !parts) throw new FleetError('bug', 'Cannot open the cache: it has no folders');
  const cache = new FolderCache({ folder, blobs, parts, limit });
  await cache.open();
  return cache;
}

interface Folders {
  readonly folder: FileSystemDirectoryHandle;
  readonly blobs: FileSystemDirectoryHandle;
  readonly parts: FileSystemDirectoryHandle;
  readonly limit: number;
}

class FolderCache implements OpfsCache {
  readonly #at: Folders;
  // In order of use, the last used last.
  readonly #sizes = new Map<Sha256, number>();
  readonly #pins = new Map<Sha256, number>();

  constructor(at: Folders) {
    this.#at = at;
  }

  async open(): Promise<void> {
    const { folder, blobs } = this.#at;
    const found = new Map<Sha256, number>();
    for await (const entry of blobs.values()) if (entry.kind === 'file') found.set(sha256(entry.name), (await entry.getFile()).size);
    const order = await readOrder(folder);
    const known = order.filter((hash) => found.has(hash));
    // What no index knows was written last before an end without warning, or its index is lost: it goes first.
    for (const hash of [...[...found.keys()].filter((hash) => !known.includes(hash)), ...known])
      this.#sizes.set(hash, found.get(hash) ?? 0);
    await this.makeRoom(0);
  }

  async has(hash: Sha256, bytes: number): Promise<boolean> {
    return (await readFile(this.#at.blobs, hash))?.size === bytes;
  }

  async isSound(hash: Sha256): Promise<boolean> {
    const file = await readFile(this.#at.blobs, hash);
    return file !== undefined && (await digestOf(new Uint8Array(await file.arrayBuffer()))) === hash;
  }

  pin(hashes: readonly Sha256[]): () => void {
    const pinned = [...new Set(hashes)];
    for (const hash of pinned) {
      this.#pins.set(hash, (this.#pins.get(hash) ?? 0) + 1);
      const size = this.#sizes.get(hash);
      if (size !== undefined) this.#know(hash, size);
    }
    return () => {
      // Calling it twice must not take another's pin.
      for (const hash of pinned.splice(0)) {
        const left = (this.#pins.get(hash) ?? 1) - 1;
        if (left > 0) this.#pins.set(hash, left);
        else this.#pins.delete(hash);
      }
    };
  }

  async makeRoom(bytes: number): Promise<void> {
    const { limit } = this.#at;
    for (const hash of this.#sizes.keys()) {
      if (this.held() + bytes <= limit) return;
      if (!this.#pins.has(hash)) await this.remove(hash);
    }
    if (this.held() + bytes > limit)
      throw new FleetError(
        'exhausted',
        `Cannot keep ${bytes} more bytes: the cache may hold ${limit}, and ${this.held()} of them are in use`,
        {
          next: 'free some space on the device',
        },
      );
  }

  openPart(hash: Sha256): Promise<SyncFile> {
    return openFile(this.#at.parts, hash);
  }

  removePart(hash: Sha256): Promise<void> {
    return removeFile(this.#at.parts, hash);
  }

  async adopt(hash: Sha256): Promise<void> {
    const { parts, blobs } = this.#at;
    const file = await readFile(parts, hash);
    const found = file && (await digestOf(new Uint8Array(await file.arrayBuffer())));
    if (!file || found !== hash) {
      await this.removePart(hash);
      throw new FleetError('corrupt', `Cannot use blob ${hash.slice(0, 8)}: its bytes hash to ${found?.slice(0, 8) ?? 'nothing'}`);
    }
    const { size } = file;
    await removeFile(blobs, hash);
    await moveFile(hash, parts, blobs);
    this.#know(hash, size);
  }

  async remove(hash: Sha256): Promise<void> {
    this.#sizes.delete(hash);
    await removeFile(this.#at.blobs, hash);
  }

  async save(): Promise<void> {
    await replaceFile(this.#at.folder, INDEX, new TextEncoder().encode(JSON.stringify([...this.#sizes.keys()])));
  }

  held(): number {
    let sum = 0;
    for (const size of this.#sizes.values()) sum += size;
    return sum;
  }

  #know(hash: Sha256, size: number): void {
    this.#sizes.delete(hash);
    this.#sizes.set(hash, size);
  }
}

/** Hashes in order of use. An index that cannot be read only loses the order. */
async function readOrder(folder: FileSystemDirectoryHandle): Promise<readonly Sha256[]> {
  try {
    const order: unknown = JSON.parse((await (await readFile(folder, INDEX))?.text()) ?? '[]');
    return Array.isArray(order) ? order.map((name) => sha256(String(name))) : [];
  } catch {
    return [];
  }
}
