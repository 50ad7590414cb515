import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetError, type Sha256, sha256 } from '@fleetfit/core';
import { diskError, isMissing } from './disk-error.ts';

/** Bytes named by what they are. */
export interface StoredBlob {
  readonly sha256: Sha256;
  readonly bytes: number;
}

export interface PutOptions {
  /** Refuse anything that does not hash to this. */
  readonly expect?: Sha256;
  readonly signal?: AbortSignal;
}

/**
 * A flat folder of immutable blobs; each file is named by its SHA-256, so the folder can serve as the folder of a model whose
 * tensors are external data. Files appear whole or not at all. Several processes of one machine may share a folder.
 */
export interface BlobStore {
  readonly folder: string;
  /**
   * Stores bytes or a stream of them; equal bytes are stored once.
   * @throws FleetError `corrupt` (not what `expect` says), `exhausted` (the disk is full), `cancelled`
   */
  put(source: Uint8Array | AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredBlob>;
  /**
   * Takes a finished file of the same disk over, after checking its hash; the file is gone from its old place in any case.
   * @throws FleetError `corrupt`, `not-found`
   */
  adopt(file: string, expect: Sha256): Promise<StoredBlob>;
  /** The bytes, checked against their name. @throws FleetError `not-found`, `corrupt` (the file is removed, so that it can be fetched again) */
  get(sha256: Sha256): Promise<Uint8Array>;
  /** Its length, or undefined where there is no such blob. */
  size(sha256: Sha256): Promise<number | undefined>;
  has(sha256: Sha256): Promise<boolean>;
  /** Part of a blob, unchecked: for serving. `end` is exclusive. */
  read(sha256: Sha256, range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
  /** Where its file is or would be. */
  path(sha256: Sha256): string;
  remove(sha256: Sha256): Promise<boolean>;
  list(): Promise<readonly StoredBlob[]>;
}

/** Subfolder for what is being written: on the same disk, so that a rename ends it. */
const INCOMING = '.incoming';

/** Opens a store, making its folder and removing what interrupted writers left behind. */
export async function openBlobStore(folder: string): Promise<BlobStore> {
  const incoming = join(folder, INCOMING);
  try {
    await mkdir(incoming, { recursive: true });
    await removeAbandoned(incoming);
  } catch (thrown) {
    throw diskError(`open the blob store ${folder}`, thrown);
  }
  return new FolderStore(folder);
}

class FolderStore implements BlobStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async put(source: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredBlob> {
    if (source instanceof Uint8Array) {
      const hash = sha256(createHash('sha256').update(source).digest('hex'));
      assertHash(hash, options.expect);
      // Most tensors of a candidate are there already: not written again.
      if ((await this.size(hash)) === source.length) return { sha256: hash, bytes: source.length };
    }
    const file = join(this.folder, INCOMING, `${process.pid}-${randomUUID()}`);
    try {
      const written = await writeHashed(file, source instanceof Uint8Array ? [source] : source, options.signal);
      assertHash(written.sha256, options.expect);
      await rename(file, this.path(written.sha256));
      return written;
    } catch (thrown) {
      await rm(file, { force: true });
      throw diskError('store a blob', thrown);
    }
  }

  async adopt(file: string, expect: Sha256): Promise<StoredBlob> {
    try {
      const found = await hashOf(createReadStream(file));
      assertHash(found.sha256, expect);
      await rename(file, this.path(expect));
      return found;
    } catch (thrown) {
      await rm(file, { force: true });
      if (isMissing(thrown)) throw notFound(expect);
      throw diskError('store a blob', thrown);
    }
  }

  async get(hash: Sha256): Promise<Uint8Array> {
    try {
      const buffer = await readFile(this.path(hash));
      if (createHash('sha256').update(buffer).digest('hex') === hash) return plain(buffer);
    } catch (thrown) {
      if (isMissing(thrown)) throw notFound(hash);
      throw diskError(`read blob ${short(hash)}`, thrown);
    }
    await this.remove(hash);
    throw new FleetError('corrupt', `Cannot use blob ${short(hash)}: its file was damaged, and is removed`);
  }

  async size(hash: Sha256): Promise<number | undefined> {
    try {
      return (await stat(this.path(hash))).size;
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      throw diskError(`look for blob ${short(hash)}`, thrown);
    }
  }

  async has(hash: Sha256): Promise<boolean> {
    return (await this.size(hash)) !== undefined;
  }

  async *read(hash: Sha256, range?: { readonly start: number; readonly end: number }): AsyncGenerator<Uint8Array> {
    // An inclusive end cannot express nothing.
    if (range && range.end <= range.start) return;
    try {
      for await (const chunk of createReadStream(this.path(hash), range ? { start: range.start, end: range.end - 1 } : {})) yield chunk;
    } catch (thrown) {
      if (isMissing(thrown)) throw notFound(hash);
      throw diskError(`read blob ${short(hash)}`, thrown);
    }
  }

  path(hash: Sha256): string {
    return join(this.folder, sha256(hash));
  }

  async remove(hash: Sha256): Promise<boolean> {
    try {
      await unlink(this.path(hash));
      return true;
    } catch (thrown) {
      if (isMissing(thrown)) return false;
      throw diskError(`remove blob ${short(hash)}`, thrown);
    }
  }

  async list(): Promise<readonly StoredBlob[]> {
    const found: StoredBlob[] = [];
    for (const name of await readdir(this.folder)) {
      if (!/^[0-9a-f]{64}$/.test(name)) continue;
      const hash = sha256(name);
      const bytes = await this.size(hash);
      if (bytes !== undefined) found.push({ sha256: hash, bytes });
    }
    return found;
  }
}

async function writeHashed(
  file: string,
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<StoredBlob> {
  const handle = await open(file, 'wx');
  try {
    const written = await hashOf(source, async (chunk) => {
      if (signal?.aborted) throw new FleetError('cancelled', 'Cannot store a blob: cancelled', { cause: signal.reason });
      await handle.writeFile(chunk);
    });
    await settle(handle);
    return written;
  } finally {
    await handle.close();
  }
}

// The ledger will name this blob for good: its bytes must be on the disk before its name is.
const settle = (handle: FileHandle): Promise<void> => handle.datasync();

async function hashOf(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  take: (chunk: Uint8Array) => Promise<void> = async () => {},
): Promise<StoredBlob> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    bytes += chunk.length;
    await take(chunk);
  }
  return { sha256: sha256(hash.digest('hex')), bytes };
}

function assertHash(found: Sha256, expect: Sha256 | undefined): void {
  if (expect !== undefined && found !== expect)
    throw new FleetError('corrupt', `Cannot store blob ${short(expect)}: the bytes hash to ${short(found)}`);
}

const LONGEST_WRITE_MS = 86_400_000;

async function removeAbandoned(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const file = join(incoming, name);
    const old = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs > LONGEST_WRITE_MS,
      () => false,
    );
    if (old || !isAlive(Number.parseInt(name, 10))) await rm(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}

function notFound(hash: Sha256): FleetError {
  return new FleetError('not-found', `Cannot find blob ${short(hash)}`, { details: { sha256: hash } });
}

/** Enough of a hash for people. */
export const short = (hash: string): string => hash.slice(0, 12);

const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
