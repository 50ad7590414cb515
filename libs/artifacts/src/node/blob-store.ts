import { FleetError, type Sha256 } from '@fleetfit/core';

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

/** Opens a store, making its folder and removing what interrupted writers left behind. */
export function openBlobStore(_folder: string): Promise<BlobStore> {
  throw new FleetError('bug', 'Cannot open a blob store: not built yet');
}
