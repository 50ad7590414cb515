import { FleetError, type Milliseconds } from '@fleetfit/core';
import type { Blob } from '@fleetfit/protocol';
import type { BlobCache } from './blob-cache.ts';
import type { BlobStore } from './blob-store.ts';

export interface BlobSource {
  /** Origin of the coordinator, without `/t/`: `http://host:port`. */
  readonly url: string;
  /** The newest bearer, read at each request. */
  readonly bearer: () => string;
  readonly cache: BlobStore | BlobCache;
  /** No byte for this long ends a try. Default 15 s. */
  readonly stallAfter?: Milliseconds;
  /** Tries of one blob. Default 3. */
  readonly tries?: number;
  /** Blobs of an artifact that are fetched at once. Default 4. */
  readonly atOnce?: number;
}

/**
 * Brings a blob into the cache, continuing a part that an earlier try left, and checks its hash before it counts.
 * @throws FleetError `corrupt` (wrong bytes at every try), `unavailable`, `exhausted`, `unauthenticated`, `denied`, `not-found`, `cancelled`
 */
export function fetchBlob(_blob: Blob, _source: BlobSource, _signal: AbortSignal): Promise<void> {
  throw new FleetError('bug', 'Cannot fetch a blob: not built yet');
}
