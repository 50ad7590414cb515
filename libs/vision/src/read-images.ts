import { FleetError, type Sha256, toFleetError } from '@fleetfit/core';
import type { DatasetIndex, ImageEncoding, IndexedImage } from './dataset-index.ts';
import type { ImageDecoder } from './image-decoder.ts';
import { joined } from './import-dataset.ts';
import { mapInTurn } from './in-turn.ts';
import type { Geometry } from './sidecar.ts';

/** Gets the bytes of a blob, checked against their hash. */
export type GetBlob = (sha256: Sha256) => Promise<Uint8Array>;

export interface ReadImagesOptions {
  readonly get: GetBlob;
  readonly decoder: ImageDecoder;
}

/** Decodes one image of a dataset to the pixels that a model takes: height x width x channels. */
export type ReadImage = (image: IndexedImage, geometry: Geometry) => Promise<Uint8Array>;

/** How many blobs of images are kept in memory: images are taken in order, so two are enough, and a few lanes run ahead. */
const KEPT = 4;

/** @throws FleetError `corrupt`, naming the image, from the function that it gives */
export function imageReader(index: DatasetIndex, { get, decoder }: ReadImagesOptions): ReadImage {
  const kept = new Map<number, Promise<Uint8Array>>();
  const packOf = (number: number): Promise<Uint8Array> => {
    const known = kept.get(number);
    if (known) return known;
    const pack = index.packs[number];
    if (!pack) throw new FleetError('corrupt', `Cannot read the dataset: its index names pack ${number} of ${index.packs.length}`);
    const read = get(pack.sha256);
    kept.set(number, read);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return read;
  };
  return async (image, geometry) => {
    const bytes = (await packOf(image.pack)).subarray(image.offset, image.offset + image.bytes);
    try {
      return unchanged(bytes, index.encoding, geometry) ?? (await decoder.decode(bytes, index.encoding, geometry));
    } catch (thrown) {
      throw named(image, thrown);
    }
  };
}

/** Raw pixels that are of the right size already: grey ones repeat for a model with three channels. */
function unchanged(bytes: Uint8Array, encoding: ImageEncoding, geometry: Geometry): Uint8Array | undefined {
  if (encoding.kind !== 'raw' || encoding.height !== geometry.height || encoding.width !== geometry.width) return undefined;
  if (geometry.resize === 'short-side-crop' && geometry.shortSide !== Math.min(encoding.height, encoding.width)) return undefined;
  if (encoding.channels === geometry.channels) return bytes;
  if (encoding.channels !== 1) return undefined;
  const out = new Uint8Array(bytes.length * 3);
  for (let i = 0; i < out.length; i++) out[i] = bytes[Math.floor(i / 3)] ?? 0;
  return out;
}

function named(image: IndexedImage, thrown: unknown): FleetError {
  const error = toFleetError(thrown, `Cannot read image "${image.name}"`);
  if (error.code !== 'corrupt') return error;
  const why = error.message.replace(/^Cannot [^:]*: /, '');
  return new FleetError('corrupt', `Cannot read image "${image.name}": ${why}`, { cause: thrown, next: 'replace or remove it' });
}

/** Images decoded to the size of a model, one after another. */
export interface PixelPack {
  readonly pixels: Uint8Array;
  readonly labels: readonly number[];
}

/** Images in a pack of at most 4 MB and at most 128 images, so that devices can share a split and start before all of it is there. */
export function imagesPerPack({ width, height, channels }: Geometry): number {
  return Math.min(128, Math.max(1, Math.floor((4 * 1024 * 1024) / (width * height * channels))));
}

/** Decodes images once, in packs, in their order. `atOnce` images are decoded at a time. */
export async function* packImages(
  images: readonly IndexedImage[],
  {
    read,
    geometry,
    atOnce,
    signal,
  }: { readonly read: ReadImage; readonly geometry: Geometry; readonly atOnce: number; readonly signal: AbortSignal },
): AsyncGenerator<PixelPack> {
  const size = imagesPerPack(geometry);
  for (let from = 0; from < images.length; from += size) {
    const batch = images.slice(from, from + size);
    const pixels = await mapInTurn(batch, { atOnce, signal }, (image) => read(image, geometry));
    yield { pixels: joined(pixels), labels: batch.map(({ label }) => label) };
  }
}
