import { FleetError } from '@fleetfit/core';
import type { ImageSource } from '@fleetfit/measure';
import type { CheckedJob } from '@fleetfit/protocol';
import type { ModelFiles } from '@fleetfit/runtime';
import { prepareImages } from '@fleetfit/vision';

/** Reads what `ArtifactPort.fetch` has brought: a folder on a camera, the origin-private file system on a phone. */
export interface BlobReader {
  /** All bytes, checked against the hash. @throws FleetError `not-found`, `corrupt` */
  read(sha256: string): Promise<Uint8Array>;
  /** Bytes from `start` to before `end`, unchecked. */
  readPart(sha256: string, start: number, end: number): Promise<Uint8Array>;
}

/** An artifact as a runtime takes it: the graph names its tensors by hash. */
export async function modelFilesOf(artifact: CheckedJob['artifact'], blobs: BlobReader): Promise<ModelFiles> {
  const graph = await blobs.read(artifact.graph.sha256);
  const externalData = new Map<string, Uint8Array>();
  for (const { sha256 } of artifact.tensors) externalData.set(sha256, await blobs.read(sha256));
  return { graph, externalData };
}

/** The images of a job one by one, prepared for the model as they are read: a whole pack is never held in memory. */
export function imagesOf({ images: packs, preparation }: Pick<CheckedJob, 'images' | 'preparation'>, blobs: BlobReader): ImageSource {
  const count = packs.reduce((sum, pack) => sum + pack.count, 0);
  return {
    count,
    async at(index) {
      let within = index;
      for (const { blob, height, width, channels, count: size } of packs) {
        if (within < size) {
          const bytes = height * width * channels;
          const pixels = await blobs.readPart(blob.sha256, within * bytes, (within + 1) * bytes);
          return prepareImages(pixels, { count: 1, height, width, channels }, preparation);
        }
        within -= size;
      }
      throw new FleetError('bug', `Cannot read image ${index}: the job has ${count}`);
    },
  };
}
