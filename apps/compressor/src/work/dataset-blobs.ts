import { FleetError, sha256 } from '@fleetfit/core';
import type { Blob } from '@fleetfit/protocol';
import { type DatasetIndex, decodeDatasetIndex, imageReader, type ReadImage } from '@fleetfit/vision';
import type { WorkContext } from './work-context.ts';

/** The index of a dataset, and how to read its images. @throws FleetError `not-found`, `corrupt` */
export async function loadDataset(
  blob: Blob | undefined,
  { blobs, decoder }: Pick<WorkContext, 'blobs' | 'decoder'>,
): Promise<{ readonly index: DatasetIndex; readonly read: ReadImage }> {
  if (!blob) throw new FleetError('invalid', 'Cannot read the dataset: no index is named');
  const index = decodeDatasetIndex(await blobs.get(sha256(blob.sha256)));
  return { index, read: imageReader(index, { get: (name) => blobs.get(name), decoder }) };
}
