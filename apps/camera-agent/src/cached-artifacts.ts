import type { ArtifactPort } from '@fleetfit/agent';
import { type BlobCache, fetchBlob } from '@fleetfit/artifacts';
import { sha256 } from '@fleetfit/core';
import type { Blob, CheckedJob } from '@fleetfit/protocol';

/** Everything a job names, in the cache of this home. The measuring process reads it there by hash. */
export function cachedArtifacts(source: {
  readonly url: () => string;
  readonly bearer: () => string;
  readonly cache: BlobCache;
}): ArtifactPort {
  const { url, bearer, cache } = source;
  return {
    async fetch(job, signal) {
      const blobs = blobsOf(job);
      const release = cache.pin(blobs.map((blob) => sha256(blob.sha256)));
      try {
        for (const blob of blobs) await fetchBlob(blob, { url: url(), bearer, cache }, signal);
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
