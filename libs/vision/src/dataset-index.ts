import { FleetError, type Sha256, sha256 } from '@fleetfit/core';
import { z } from 'zod';

export const SPLITS = ['training', 'calibration', 'validation', 'test'] as const;
/** Which part of a dataset an image belongs to. The test split is looked at once, for the winners. */
export type Split = (typeof SPLITS)[number];

const count = z.number().int().min(0);
const blobName = z.string().transform((text): Sha256 => sha256(text));

const share = z.number();
const box = z.object({ label: count, left: share, top: share, right: share, bottom: share, crowd: z.boolean().optional() });

const datasetIndex = z.object({
  format: z.literal(1),
  /** Names in the order of the labels. */
  classes: z.array(z.string()).min(1),
  /** As files of images were, or pixels: height x width x channels, channels R, G, B or grey. */
  encoding: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('encoded') }),
    z.object({ kind: z.literal('raw'), height: z.number().int().min(1), width: z.number().int().min(1), channels: z.literal([1, 3]) }),
  ]),
  /** Images lie in blobs of a few megabytes, one after another. */
  packs: z.array(z.object({ sha256: blobName, bytes: count })),
  /** In the order in which to take them: the first of a split, however many, are spread over its classes. */
  images: z
    .array(
      z.object({
        name: z.string(),
        label: count,
        split: z.enum(SPLITS),
        pack: count,
        offset: count,
        bytes: count,
        /** Of datasets for detectors: relative to the image. */
        boxes: z.array(box).optional(),
      }),
    )
    .min(1),
});

/** What a dataset is: its classes, its images and where their bytes lie. A JSON document in a blob. */
export type DatasetIndex = z.output<typeof datasetIndex>;
export type IndexedImage = DatasetIndex['images'][number];
export type ImageEncoding = DatasetIndex['encoding'];

/** @throws FleetError `corrupt` for bytes that are no index, or one that points outside its packs or classes */
export function decodeDatasetIndex(bytes: Uint8Array): DatasetIndex {
  const index = parsed(bytes);
  for (const image of index.images) {
    const pack = index.packs[image.pack];
    if (!pack || image.offset + image.bytes > pack.bytes || image.label >= index.classes.length)
      throw new FleetError('corrupt', `Cannot read the dataset: its index is wrong about image "${image.name}"`);
  }
  return index;
}

function parsed(bytes: Uint8Array): DatasetIndex {
  try {
    return datasetIndex.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new FleetError('corrupt', 'Cannot read the dataset: its index is damaged', { cause });
  }
}

export function encodeDatasetIndex(index: DatasetIndex): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(index));
}

/** Images of one split, or of `all`, in the order in which to take them. */
export function imagesOf(index: DatasetIndex, split: Split | 'all'): readonly IndexedImage[] {
  return split === 'all' ? index.images : index.images.filter((image) => image.split === split);
}

/** Counts for people, as JSON: images by split and by class. */
export function datasetFacts(index: DatasetIndex) {
  const [training, calibration, validation, test] = SPLITS.map((split) => imagesOf(index, split).length);
  const imagesByClass = index.classes.map(() => 0);
  for (const { label } of index.images) imagesByClass[label] = (imagesByClass[label] ?? 0) + 1;
  const { encoding, classes, images, packs } = index;
  return {
    classes,
    imagesByClass,
    images: images.length,
    splits: { training, calibration, validation, test },
    bytes: packs.reduce((sum, pack) => sum + pack.bytes, 0),
    encoding: encoding.kind === 'raw' ? `${encoding.height}x${encoding.width}x${encoding.channels}` : 'files',
  };
}
