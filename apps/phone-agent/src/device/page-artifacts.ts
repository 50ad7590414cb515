import type { ArtifactPort } from '@fleetfit/agent';
import type { BlobKeeper } from '@fleetfit/artifacts/web';
import type { Blob, CheckedJob } from '@fleetfit/protocol';

export interface PageArtifactsOptions {
  readonly keeper: BlobKeeper;
  readonly origin: string;
  readonly bearer: () => string;
  /** Bytes of this job that have come over the network so far, and all that it names. */
  readonly onFetched: (fetched: number, all: number) => void;
}

/** Everything a job names, in the cache of this origin. The measuring worker reads it there by hash. */
export function pageArtifacts({ keeper, origin, bearer, onFetched }: PageArtifactsOptions): ArtifactPort {
  return {
    async fetch(job, signal) {
      const blobs = blobsOf(job);
      const all = blobs.reduce((sum, { bytes }) => sum + bytes, 0);
      let fetched = 0;
      const onBytes = (bytes: number): void => onFetched((fetched += bytes), all);
      return keeper.fetch(blobs, { url: origin, bearer: bearer(), onBytes }, signal);
    },
  };
}

/** Each blob once: candidate and control share most of their tensors. */
function blobsOf({ artifact, control, images }: CheckedJob): readonly Blob[] {
  const all = [artifact, control].flatMap(({ graph, tensors }) => [graph, ...tensors]);
  return [...new Map([...all, ...images.map(({ blob }) => blob)].map((blob) => [blob.sha256, blob])).values()];
}
