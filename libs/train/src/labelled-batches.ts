import { type Rng, seededRng } from '@fleetfit/core';
import { Layout, type Preparation } from '@fleetfit/protocol';
import { prepareImages } from '@fleetfit/vision';
import { type Augmentation, augment, type PictureShape } from './augment.ts';
import type { BatchSource } from './train.ts';

/** Labelled pictures, wherever they come from. */
export interface LabelledImages {
  readonly shape: PictureShape;
  readonly preparation: Preparation;
  readonly labels: readonly number[];
  /** Pixels of one picture. */
  read(index: number): Promise<Uint8Array>;
}

export interface LabelledBatchOptions extends Augmentation {
  readonly batch: number;
  readonly classes: number;
  /** This share of a label goes to all classes alike (Szegedy et al. 2016). */
  readonly smoothing: number;
  /** Whether half of the batches are mixed in pairs, pictures and labels (Zhang et al. 2018). */
  readonly mixup: boolean;
  readonly seed: number | string;
}

/** Batches of all pictures in a new order every epoch, varied, prepared and labelled; the rest that fills no batch waits for the next epoch. */
export function labelledBatches(images: LabelledImages, options: LabelledBatchOptions): BatchSource {
  const { classes, seed, smoothing } = options;
  const count = images.labels.length;
  const batch = Math.min(options.batch, count);
  const free =
    images.preparation.layout === Layout.LAYOUT_NHWC
      ? [images.shape.height, images.shape.width, images.shape.channels]
      : [images.shape.channels, images.shape.height, images.shape.width];
  return {
    batch,
    batchesPerEpoch: Math.floor(count / batch),
    free,
    take: async (epoch, index) => {
      const order = seededRng(`${seed} order ${epoch}`).shuffled(Array.from({ length: count }, (_, i) => i));
      const chosen = order.slice(index * batch, (index + 1) * batch);
      const rng = seededRng(`${seed} batch ${epoch} ${index}`);
      const { data } = prepareImages(await varied(images, chosen, { options, rng }), { count: batch, ...images.shape }, images.preparation);
      const targets = new Float32Array(batch * classes).fill(smoothing / classes);
      chosen.forEach((image, i) => {
        const at = i * classes + (images.labels[image] ?? 0);
        targets[at] = (targets[at] ?? 0) + 1 - smoothing;
      });
      const prepared = { images: data instanceof Float32Array ? data : new Float32Array(), targets };
      return options.mixup && rng.next() < 0.5 ? mixed(prepared, batch, rng) : prepared;
    },
  };
}

async function varied(
  images: LabelledImages,
  chosen: readonly number[],
  by: { options: LabelledBatchOptions; rng: Rng },
): Promise<Uint8Array> {
  const { height, width, channels } = images.shape;
  const size = height * width * channels;
  const out = new Uint8Array(chosen.length * size);
  for (const [i, image] of chosen.entries()) {
    out.set(augment(await images.read(image), images.shape, { augmentation: by.options, rng: by.rng }), i * size);
  }
  return out;
}

function mixed(batch: { images: Float32Array; targets: Float32Array }, count: number, rng: Rng) {
  const share = rng.next();
  return { images: withNext(batch.images, count, share), targets: withNext(batch.targets, count, share) };
}

/** Every row of a batch and the one after it, in the given shares. */
export function withNext(rows: Float32Array, count: number, share: number): Float32Array {
  const size = rows.length / count;
  return rows.map((value, i) => share * value + (1 - share) * (rows[(i + size) % rows.length] ?? 0));
}
