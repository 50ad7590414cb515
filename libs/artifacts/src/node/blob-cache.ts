import { stat, utimes } from 'node:fs/promises';
import { FleetError, type Sha256 } from '@fleetfit/core';
import { type BlobStore, openBlobStore, type PutOptions, type StoredBlob } from './blob-store.ts';

/** A store with a size cap. What was used longest ago goes first; what is pinned stays. One process owns a cache folder. */
export interface BlobCache extends BlobStore {
  /** Keeps these until the returned function is called. Pins count: two users of a blob do not disturb each other. */
  pin(hashes: Iterable<Sha256>): () => void;
  /** Removes what was used longest ago until `bytes` more fit. @throws FleetError `exhausted` when pins leave too little */
  makeRoom(bytes: number): Promise<void>;
}

/** @param capBytes most that the folder may hold */
export async function openBlobCache(folder: string, capBytes: number): Promise<BlobCache> {
  const store = await openBlobStore(folder);
  const cache = new FolderCache(store, capBytes);
  for (const blob of await inOrderOfUse(store)) cache.know(blob);
  await cache.makeRoom(0);
  return cache;
}

/** The order of use outlives the process as the files' times. */
async function inOrderOfUse(store: BlobStore): Promise<readonly StoredBlob[]> {
  const blobs = await Promise.all(
    (await store.list()).map(async (blob) => ({ ...blob, usedAt: (await stat(store.path(blob.sha256))).mtimeMs })),
  );
  return blobs.toSorted((a, b) => a.usedAt - b.usedAt);
}

class FolderCache implements BlobCache {
  readonly folder: string;
  readonly #store: BlobStore;
  readonly #cap: number;
  // In order of use, the last used last.
  readonly #sizes = new Map<Sha256, number>();
  readonly #pins = new Map<Sha256, number>();
  #total = 0;

  constructor(store: BlobStore, cap: number) {
    this.folder = store.folder;
    this.#store = store;
    this.#cap = cap;
  }

  know({ sha256, bytes }: StoredBlob): void {
    this.#forget(sha256);
    this.#sizes.set(sha256, bytes);
    this.#total += bytes;
  }

  pin(hashes: Iterable<Sha256>): () => void {
    const pinned = [...new Set(hashes)];
    for (const hash of pinned) this.#pins.set(hash, (this.#pins.get(hash) ?? 0) + 1);
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
    for (const hash of this.#sizes.keys()) {
      if (this.#total + bytes <= this.#cap) return;
      if (!this.#pins.has(hash)) await this.remove(hash);
    }
    if (this.#total + bytes > this.#cap)
      throw new FleetError(
        'exhausted',
        `Cannot keep ${bytes} more bytes: the cache may hold ${this.#cap}, and ${this.#total} of them are in use`,
        { next: 'give the cache more space' },
      );
  }

  async put(source: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredBlob> {
    return this.#kept(await this.#store.put(source, options));
  }

  async adopt(file: string, expect: Sha256): Promise<StoredBlob> {
    return this.#kept(await this.#store.adopt(file, expect));
  }

  async get(hash: Sha256): Promise<Uint8Array> {
    try {
      const bytes = await this.#store.get(hash);
      this.know({ sha256: hash, bytes: bytes.length });
      await touch(this.path(hash));
      return bytes;
    } catch (thrown) {
      if (!(await this.#store.has(hash))) this.#forget(hash);
      throw thrown;
    }
  }

  size(hash: Sha256): Promise<number | undefined> {
    return this.#store.size(hash);
  }

  has(hash: Sha256): Promise<boolean> {
    return this.#store.has(hash);
  }

  read(hash: Sha256, range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array> {
    return this.#store.read(hash, range);
  }

  path(hash: Sha256): string {
    return this.#store.path(hash);
  }

  async remove(hash: Sha256): Promise<boolean> {
    this.#forget(hash);
    return this.#store.remove(hash);
  }

  list(): Promise<readonly StoredBlob[]> {
    return this.#store.list();
  }

  /** What is new and what was there is known only now: what is over the cap goes, and the newcomer last of all. */
  async #kept(blob: StoredBlob): Promise<StoredBlob> {
    this.know(blob);
    const release = this.pin([blob.sha256]);
    try {
      await this.makeRoom(0);
    } catch (thrown) {
      await this.remove(blob.sha256);
      throw thrown;
    } finally {
      release();
    }
    return blob;
  }

  #forget(hash: Sha256): void {
    this.#total -= this.#sizes.get(hash) ?? 0;
    this.#sizes.delete(hash);
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  // Only the order of eviction is at stake.
  await utimes(path, now, now).catch(() => {});
}
