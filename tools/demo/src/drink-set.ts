import { SIDE } from './draw/canvas.ts';
import { drawDrink } from './draw/draw-drink.ts';
import type { StyleName } from './draw/style.ts';

/** Drawn pictures in memory. */
export interface DrinkSet {
  readonly count: number;
  /** One picture after another, each SIDE x SIDE x 3 bytes. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

export const PICTURE = SIDE * SIDE * 3;

export function drawSet(options: {
  readonly count: number;
  readonly seed: number | string;
  readonly style?: StyleName;
  readonly onProgress?: (done: number) => void;
}): DrinkSet {
  const { count, seed, style = 'table', onProgress } = options;
  const pixels = new Uint8Array(count * PICTURE);
  const labels = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const drawing = drawDrink({ seed, index, style });
    pixels.set(drawing.pixels, index * PICTURE);
    labels[index] = drawing.label;
    onProgress?.(index + 1);
  }
  return { count, pixels, labels };
}
