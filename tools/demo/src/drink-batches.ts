import { type Rng, seededRng } from '@fleetfit/core';
import type { BatchSource } from '@fleetfit/train';
import { SIDE } from './draw/canvas.ts';
import { CLASSES } from './draw/vessels.ts';
import { type DrinkSet, PICTURE } from './drink-set.ts';
import { INPUT_TABLE } from './preprocessing.ts';

// Pixels a picture is shifted at most, each way.
const SHIFT = 4;
// Part of the target that is spread over all classes (Szegedy et al. 2016).
const SMOOTHING = 0.05;

/** Batches of a set in a new order each epoch, mirrored, shifted and changed in brightness and contrast. The same seed gives the same batches. */
export function drinkBatches(set: DrinkSet, options: { readonly batch: number; readonly seed: number | string }): BatchSource {
  const { batch, seed } = options;
  const all = Array.from({ length: set.count }, (_, i) => i);
  let order: { readonly epoch: number; readonly images: readonly number[] } = { epoch: -1, images: all };
  return {
    batch,
    batchesPerEpoch: Math.floor(set.count / batch),
    take: (epoch, index) => {
      if (order.epoch !== epoch) order = { epoch, images: seededRng(`${seed}/order/${epoch}`).shuffled(all) };
      const rng = seededRng(`${seed}/${epoch}/${index}`);
      const images = new Float32Array(batch * PICTURE);
      const targets = new Float32Array(batch * CLASSES.length).fill(SMOOTHING / CLASSES.length);
      order.images.slice(index * batch, (index + 1) * batch).forEach((image, place) => {
        const target = place * CLASSES.length + (set.labels[image] ?? 0);
        targets[target] = (targets[target] ?? 0) + 1 - SMOOTHING;
        augment(set.pixels.subarray(image * PICTURE, (image + 1) * PICTURE), images.subarray(place * PICTURE, (place + 1) * PICTURE), rng);
      });
      return { images, targets };
    },
  };
}

/** From bytes in rows of RGB to planes as the network reads them; a border that comes in by a shift repeats the edge. */
function augment(from: Uint8Array, to: Float32Array, rng: Rng): void {
  const mirror = rng.next() < 0.5;
  const dx = rng.integer(2 * SHIFT + 1) - SHIFT;
  const dy = rng.integer(2 * SHIFT + 1) - SHIFT;
  const contrast = 0.85 + 0.3 * rng.next();
  const shift = 0.4 * (rng.next() - 0.5);
  for (let y = 0; y < SIDE; y++) {
    const row = Math.max(0, Math.min(SIDE - 1, y + dy));
    for (let x = 0; x < SIDE; x++) {
      const along = Math.max(0, Math.min(SIDE - 1, x + dx));
      const at = (row * SIDE + (mirror ? SIDE - 1 - along : along)) * 3;
      for (let c = 0; c < 3; c++) to[(c * SIDE + y) * SIDE + x] = (INPUT_TABLE[from[at + c] ?? 0] ?? 0) * contrast + shift;
    }
  }
}
