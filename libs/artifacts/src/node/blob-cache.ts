import { FleetError, type Sha256 } from '@fleetfit/core';
import type { BlobStore } from './blob-store.ts';

/** A store with a size cap. What was used longest ago goes first; what is pinned stays. One process owns a cache folder. */
export interface BlobCache extends BlobStore {
  /** Keeps these until the returned function is called. Pins count: two users of a blob do not disturb each other. */
  pin(hashes: Iterable<Sha256>): () => void;
  /** Removes what was used longest ago until `bytes` more fit. @throws FleetError `exhausted` when pins leave too little */
  makeRoom(bytes: number): Promise<void>;
}

/** @param capBytes most that the folder may hold */
export function openBlobCache(_folder: string, _capBytes: number): Promise<BlobCache> {
  throw new FleetError('bug', 'Cannot open a blob cache: not built yet');
}
