import { FleetError, type Rng } from '@fleetfit/core';
import { type Calibration, countOf } from '@fleetfit/onnx';
import { withNext } from './labelled-batches.ts';

/** Prepared images in memory, without labels, and what training does to them. */
export interface ImagePool {
  readonly count: number;
  /** Of one image, without the batch. */
  readonly dims: readonly number[];
  readonly images: readonly Float32Array[];
}

/** What a pool may take: beyond it only the first images are held. */
const MOST_BYTES = 512 * 2 ** 20;

/** Holds the calibration images, as many as 512 MB take. @throws FleetError `invalid` when there are none, `cancelled` */
export function holdImages(calibration: Calibration, signal: AbortSignal): ImagePool {
  const images: Float32Array[] = [];
  let dims: readonly number[] = [];
  let bytes = 0;
  for (const batch of calibration.batches(1)) {
    if (signal.aborted) throw new FleetError('cancelled', 'Cannot hold the images: cancelled', { cause: signal.reason });
    if (!(batch.data instanceof Float32Array)) throw new FleetError('unsupported', `Cannot train on images of ${batch.type}, only float32`);
    bytes += batch.data.byteLength;
    if (bytes > MOST_BYTES) break;
    dims = batch.dims.slice(1);
    images.push(batch.data.slice());
  }
  if (images.length === 0) throw new FleetError('invalid', 'Cannot train: there are no images, or one is larger than 512 MB');
  return { count: images.length, dims, images };
}

/** Where height and width of a picture lie among its dims: a picture has 1 or 3 channels, first or last. Undefined for what is no picture. */
function planeOf(dims: readonly number[]): { readonly width: number; readonly rows: number; readonly channels: number } | undefined {
  const [a = 0, b = 0, c = 0] = dims;
  if (dims.length !== 3) return undefined;
  if (a === 1 || a === 3) return { rows: a * b, width: c, channels: 1 };
  return c === 1 || c === 3 ? { rows: a, width: b, channels: c } : undefined;
}

/** The image from right to left, into `out`. */
function mirror(image: Float32Array, dims: readonly number[], out: Float32Array): void {
  const plane = planeOf(dims);
  if (!plane) return out.set(image);
  const { rows, width, channels } = plane;
  for (let row = 0; row < rows; row++)
    for (let x = 0; x < width; x++) {
      const from = (row * width + x) * channels;
      const to = (row * width + (width - 1 - x)) * channels;
      for (let channel = 0; channel < channels; channel++) out[to + channel] = image[from + channel] ?? 0;
    }
}

/**
 * A batch of images drawn from a pool: mirrored at random, and half of the batches mixed in pairs (mixup, Zhang et al. 2018). A teacher answers for
 * what it is shown, so mixed images teach too (Beyer et al. 2022), and a few hundred images go a long way.
 */
export function drawBatch(pool: ImagePool, chosen: readonly number[], rng: Rng): Float32Array {
  const size = countOf(pool.dims);
  const batch = new Float32Array(chosen.length * size);
  chosen.forEach((index, i) => {
    const image = pool.images[index] ?? new Float32Array(size);
    const out = batch.subarray(i * size, (i + 1) * size);
    if (rng.next() < 0.5) mirror(image, pool.dims, out);
    else out.set(image);
  });
  return rng.next() < 0.5 ? withNext(batch, chosen.length, rng.next()) : batch;
}
