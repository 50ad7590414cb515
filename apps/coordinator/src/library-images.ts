import type { SamplesView, SampleView, SplitName } from '@fleetfit/api';
import type { BlobStore } from '@fleetfit/artifacts';
import { type DatasetId, FleetError, type ModelId, sha256 } from '@fleetfit/core';
import { type Picture, pngOf, sharpDecoder, thumbnail } from '@fleetfit/images';
import {
  type DatasetIndex,
  decodeDatasetIndex,
  geometryOf,
  type IndexedImage,
  imageReader,
  imagesOf,
  parseSidecar,
  planeOf,
  preparationOf,
  type ReadImage,
  type Sidecar,
  seenAs,
} from '@fleetfit/vision';
import type { Library } from './library.ts';

/** How far the image of a model is prepared: resized and cropped; as the model sees it that wants the way in use; one plane of its input. */
export type Stage = { readonly kind: 'resized' | 'seen' } | { readonly kind: 'plane'; readonly place: number };

/** The images of datasets for people to look at. */
export interface LibraryImages {
  samples(
    id: DatasetId,
    page: { readonly split: SplitName; readonly label?: number | undefined; readonly from: number; readonly count: number },
  ): Promise<SamplesView>;
  /** Every image of a split in the order in which they are taken, and the names of the labels. */
  imagesOfSplit(id: DatasetId, split: SplitName): Promise<{ readonly classes: readonly string[]; readonly images: readonly SampleView[] }>;
  /** An image as it was brought, upright, at most `side` pixels long. */
  picture(id: DatasetId, n: number, side: number): Promise<Picture>;
  /** An image as a model gets it; `finding` is one of the ways that its doctor tried, else the one in use. */
  preparedPicture(of: {
    readonly model: ModelId;
    readonly dataset: DatasetId;
    readonly n: number;
    readonly stage: Stage;
    readonly finding: number | undefined;
  }): Promise<Picture>;
}

interface OpenDataset {
  readonly index: DatasetIndex;
  readonly read: ReadImage;
}

/** Datasets whose index is held: each is a few megabytes. */
const KEPT = 4;

export function openLibraryImages({ library, blobs }: { readonly library: Library; readonly blobs: BlobStore }): LibraryImages {
  const decoder = sharpDecoder();
  const open = new Map<string, Promise<OpenDataset>>();

  async function datasetOf(id: DatasetId): Promise<OpenDataset> {
    const { document } = await library.dataset(id);
    const blob = document.index;
    if (!blob) throw new FleetError('conflict', `Cannot show images of dataset "${id}": it is not imported yet`);
    const known = open.get(blob.sha256);
    if (known) return known;
    const opening = blobs.get(sha256(blob.sha256)).then((bytes) => {
      const index = decodeDatasetIndex(bytes);
      return { index, read: imageReader(index, { get: (name) => blobs.get(name), decoder }) };
    });
    open.set(blob.sha256, opening);
    opening.catch(() => open.delete(blob.sha256));
    const [oldest] = open.keys();
    if (open.size > KEPT && oldest !== undefined) open.delete(oldest);
    return opening;
  }

  return {
    async samples(id, { split, label, from, count }) {
      const { index } = await datasetOf(id);
      const all = numbered(index, split).filter((image) => label === undefined || image.label === label);
      return { total: all.length, images: all.slice(from, from + count) };
    },
    async imagesOfSplit(id, split) {
      const { index } = await datasetOf(id);
      return { classes: index.classes, images: numbered(index, split) };
    },
    async picture(id, n, side) {
      const { index } = await datasetOf(id);
      const image = imageIn(index, n);
      return thumbnail(await bytesOf(index, image, blobs), index.encoding, side);
    },
    async preparedPicture({ model, dataset, n, stage, finding }) {
      const { document } = await library.model(model);
      const taken = document.sidecar === undefined ? undefined : parseSidecar(document.sidecar);
      const tried = finding === undefined ? taken : triedSidecar(document.findings?.[finding]?.sidecar);
      if (!taken || !tried) throw new FleetError('not-found', `Cannot show how model "${model}" gets an image: nobody has said how`);
      const { index, read } = await datasetOf(dataset);
      const geometry = geometryOf(tried);
      const pixels = await read(imageIn(index, n), geometry);
      const given = preparationOf(tried);
      if (stage.kind === 'plane')
        return pngOf(planeOf(pixels, geometry, { place: stage.place, preparation: given }), { ...geometry, channels: 1 });
      const shown = stage.kind === 'seen' ? seenAs(pixels, geometry, { given, taken: preparationOf(taken) }) : pixels;
      return pngOf(shown, geometry);
    },
  };
}

/** Images with their number in the dataset, in the order in which they are taken. */
function numbered(index: DatasetIndex, split: SplitName): readonly SampleView[] {
  const numbers = new Map(index.images.map((image, n) => [image, n]));
  return imagesOf(index, split).map((image) => ({ n: numbers.get(image) ?? 0, name: image.name, label: image.label }));
}

const triedSidecar = (sidecar: unknown): Sidecar | undefined => (sidecar === undefined ? undefined : parseSidecar(JSON.stringify(sidecar)));

function imageIn(index: DatasetIndex, n: number): IndexedImage {
  const image = index.images[n];
  if (!image) throw new FleetError('not-found', `Cannot show image ${n}: the dataset has ${index.images.length}`);
  return image;
}

async function bytesOf(index: DatasetIndex, image: IndexedImage, blobs: BlobStore): Promise<Uint8Array> {
  const pack = index.packs[image.pack];
  if (!pack) throw new FleetError('corrupt', `Cannot show image "${image.name}": its pack is missing`);
  const parts: Uint8Array[] = [];
  for await (const part of blobs.read(pack.sha256, { start: image.offset, end: image.offset + image.bytes })) parts.push(part);
  return Buffer.concat(parts);
}
