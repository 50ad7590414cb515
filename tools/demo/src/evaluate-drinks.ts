import type { Runtime, Tensor } from '@fleetfit/runtime';
import { SIDE } from './draw/canvas.ts';
import { CLASSES } from './draw/vessels.ts';
import { type DrinkSet, PICTURE } from './drink-set.ts';
import { INPUT_TABLE } from './preprocessing.ts';

export interface Evaluation {
  /** Part of the images that the network names rightly, 0..1. */
  readonly accuracy: number;
  /** `confusion[label][answer]` in images. */
  readonly confusion: readonly (readonly number[])[];
}

/** Asks the network for every picture of a set. */
export async function evaluateDrinks(runtime: Runtime, graph: Uint8Array, set: DrinkSet): Promise<Evaluation> {
  const session = await runtime.open({ graph, externalData: new Map() }, { provider: 'cpu', threads: 1, optimization: 'all' });
  const confusion = CLASSES.map(() => CLASSES.map(() => 0));
  try {
    const batch = 50;
    for (let from = 0; from < set.count; from += batch) {
      const count = Math.min(batch, set.count - from);
      const { logits } = await session.run({ image: planes(set.pixels.subarray(from * PICTURE, (from + count) * PICTURE), count) });
      answers(logits, count).forEach((answer, i) => {
        const row = confusion[set.labels[from + i] ?? 0];
        if (row) row[answer] = (row[answer] ?? 0) + 1;
      });
    }
  } finally {
    await session.close();
  }
  const right = confusion.reduce((sum, row, label) => sum + (row[label] ?? 0), 0);
  return { accuracy: right / set.count, confusion };
}

function planes(pixels: Uint8Array, count: number): Tensor {
  const data = new Float32Array(count * PICTURE);
  const plane = SIDE * SIDE;
  for (let image = 0; image < count; image++) {
    for (let i = 0; i < PICTURE; i++)
      data[image * PICTURE + (i % 3) * plane + Math.floor(i / 3)] = INPUT_TABLE[pixels[image * PICTURE + i] ?? 0] ?? 0;
  }
  return { type: 'float32', dims: [count, 3, SIDE, SIDE], data };
}

function answers(logits: Tensor | undefined, count: number): number[] {
  return Array.from({ length: count }, (_, image) => {
    let best = 0;
    const at = (c: number): number => Number(logits?.data[image * CLASSES.length + c] ?? Number.NEGATIVE_INFINITY);
    for (let c = 1; c < CLASSES.length; c++) if (at(c) > at(best)) best = c;
    return best;
  });
}
