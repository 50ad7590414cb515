import { FleetError } from '@fleetfit/core';
import type { Artifact } from '@fleetfit/protocol';
import type { BlobSource } from './fetch-blob.ts';

/** A model whose every byte was checked; shaped as the Runtime port takes it. */
export interface FetchedArtifact {
  readonly graph: Uint8Array;
  /** By hash, which is the location that the graph names. */
  readonly externalData: ReadonlyMap<string, Uint8Array>;
  /** Bytes that had to be fetched. */
  readonly fetchedBytes: number;
  /** Lets the cache drop its files; call it when the model is closed. */
  release(): void;
}

/** Brings graph and tensors into the cache, a few at a time, and reads them. @throws as `fetchBlob` */
export function fetchArtifact(_artifact: Artifact, _source: BlobSource, _signal: AbortSignal): Promise<FetchedArtifact> {
  throw new FleetError('bug', 'Cannot fetch an artifact: not built yet');
}
