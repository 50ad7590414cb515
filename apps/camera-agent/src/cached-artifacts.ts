import type { ArtifactPort } from '@fleetfit/agent';
import { type BlobCache, fetchBlob, loadBlob } from '@fleetfit/artifacts';
import { sha256 } from '@fleetfit/core';
import type { Blob, CheckedJob } from '@fleetfit/protocol';

export interface CachedArtifactsOptions {
  /** Where tensors come from, as the newest session says. */
  readonly url: () => string;
  readonly bearer: () => string;
  readonly cache: BlobCache;
}

/** Blobs of a job that are fetched at once. */
const AT_ONCE = 4;

/** Everything a job names, in the cache of this home. The measuring process reads it there by hash. */
export function cachedArtifacts({ url, bearer, cache }: CachedArtifactsOptions): ArtifactPort {
  // What an earlier process left is checked once before it is used; what this one fetches is checked as it comes.
  const checked = new Set<string>();
  const bring = async (blob: Blob, signal: AbortSignal): Promise<void> => {
    const source = { url: url(), bearer, cache };
    if (checked.has(blob.sha256)) await fetchBlob(blob, source, signal);
    else await loadBlob(blob, source, signal);
    checked.add(blob.sha256);
  };
  return {
    async fetch(job, signal) {
      const blobs = blobsOf(job);
      const release = cache.pin(blobs.map((blob) => sha256(blob.sha256)));
      try {
        await allOf(blobs, bring, signal);
        return { release };
      } catch (thrown) {
        release();
        throw thrown;
      }
    },
  };
}

/** Each blob once: candidate and control share most of their tensors. */
function blobsOf({ artifact, control, images }: CheckedJob): readonly Blob[] {
  const all = [artifact, control].flatMap(({ graph, tensors }) => [graph, ...tensors]);
  return [...new Map([...all, ...images.map(({ blob }) => blob)].map((blob) => [blob.sha256, blob])).values()];
}

// A few workers on one list; the first failure stops them all.
async function allOf(
  blobs: readonly Blob[],
  bring: (blob: Blob, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const waiting = blobs.values();
  const worker = async (): Promise<void> => {
    for (const blob of waiting) await bring(blob, either);
  };
  const workers = Array.from({ length: AT_ONCE }, () =>
    worker().catch((thrown: unknown) => {
      failed.abort();
      throw thrown;
    }),
  );
  const ends = await Promise.allSettled(workers);
  // The first failure is the cause; the others were stopped by it.
  const [first] = ends
    .filter((end) => end.status === 'rejected')
    .sort((a, b) => Number(isCancelled(a.reason)) - Number(isCancelled(b.reason)));
  if (first) throw first.reason;
}

const isCancelled = (reason: unknown): boolean => reason instanceof Error && 'code' in reason && reason.code === 'cancelled';
