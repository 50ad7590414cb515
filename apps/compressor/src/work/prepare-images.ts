import { FleetError } from '@fleetfit/core';
import type { ImagePack, PreparedImages, PrepareImages } from '@fleetfit/protocol';
import { imagesOf, packImages, parseGeometry, SPLITS, type Split } from '@fleetfit/vision';
import { loadDataset } from './dataset-blobs.ts';
import type { WorkContext } from './work-context.ts';

/**
 * Decodes images of a split once and for all, so that every device sees the same pixels.
 * @throws FleetError `corrupt` naming an image that cannot be read, `invalid` for a split that has no images
 */
export async function prepareImages(task: PrepareImages, context: WorkContext): Promise<PreparedImages> {
  const { index, read } = await loadDataset(task.index, context);
  const geometry = parseGeometry(task.geometryJson);
  const all = imagesOf(index, splitOf(task.split));
  const images = task.limit > 0 ? all.slice(0, task.limit) : all;
  if (images.length === 0)
    throw new FleetError('invalid', `Cannot prepare images: the ${task.split} split of this dataset is empty`, {
      next: 'add the dataset again with a share for it',
    });
  const { height, width, channels } = geometry;
  const packs: ImagePack[] = [];
  const labels: number[] = [];
  for await (const pack of packImages(images, { read, geometry, atOnce: context.threads, signal: context.signal })) {
    packs.push({ blob: await context.blobs.put(pack.pixels), count: pack.labels.length, height, width, channels });
    labels.push(...pack.labels);
    context.progress(labels.length / images.length, `image ${labels.length} of ${images.length}`);
  }
  return { packs, labels };
}

function splitOf(text: string): Split | 'all' {
  const split = [...SPLITS, 'all' as const].find((each) => each === text);
  if (!split) throw new FleetError('invalid', `Cannot prepare images: there is no split "${text}", only ${SPLITS.join(', ')} and all`);
  return split;
}
