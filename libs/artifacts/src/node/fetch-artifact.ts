import { type Sha256, sha256 } from '@fleetfit/core';
import { type Artifact, type Blob, checkedArtifact } from '@fleetfit/protocol';
import { type BlobSource, fetchBlob, loadBlob } from './fetch-blob.ts';

/** A model whose every byte was checked; shaped as the Runtime port takes it. */
export interface FetchedArtifact {
  readonly graph: Uint8Array;
  /** By hash, which is the location that the graph names. */
  readonly externalData: ReadonlyMap<string, Uint8Array>;
  /** Bytes that had to be fetched. */
  readonly fetchedBytes: number;
  /** Lets the cache drop its files; call it when they are no longer needed. */
  release(): void;
}

/** Brings graph and tensors into the cache, a few at a time, and reads them. @throws as `fetchBlob` */
export async function fetchArtifact(artifact: Artifact, source: BlobSource, signal: AbortSignal): Promise<FetchedArtifact> {
  const { graph, tensors } = checkedArtifact(artifact, 'artifact');
  const blobs = new Map([graph, ...tensors].map((blob) => [sha256(blob.sha256), blob]));
  const release = pin(source, blobs.keys());
  try {
    const fetchedBytes = await fetchAll([...blobs.values()], source, signal);
    const externalData = new Map<string, Uint8Array>();
    for (const tensor of tensors) externalData.set(tensor.sha256, await loadBlob(tensor, source, signal));
    return { graph: await loadBlob(graph, source, signal), externalData, fetchedBytes, release };
  } catch (thrown) {
    release();
    throw thrown;
  }
}

function pin({ cache }: BlobSource, hashes: Iterable<Sha256>): () => void {
  return 'pin' in cache ? cache.pin(hashes) : () => {};
}

/** Fetches with a few workers; the first failure stops the others, whose parts stay for the next time. */
async function fetchAll(blobs: readonly Blob[], source: BlobSource, signal: AbortSignal): Promise<number> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const waiting = blobs.values();
  let fetched = 0;
  let first: unknown;
  const worker = async (): Promise<void> => {
    for (const blob of waiting) if (await fetchBlob(blob, source, either)) fetched += blob.bytes;
  };
  const workers = Array.from({ length: Math.min(source.atOnce ?? 4, blobs.length) }, () =>
    worker().catch((thrown: unknown) => {
      first ??= thrown;
      failed.abort();
    }),
  );
  await Promise.all(workers);
  if (first !== undefined) throw first;
  return fetched;
}
