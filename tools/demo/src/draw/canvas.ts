import type { Rgb } from './colour.ts';

/** Picture side in pixels. Every position and length in `draw/` is in these pixels, whatever the supersampling. */
export const SIDE = 64;
// Samples a pixel and direction: 9 in all, enough that a stem one pixel wide stays a line.
const SAMPLES = 3;
const FINE = SIDE * SAMPLES;

/** The picture while it is painted: linear light, FINE x FINE samples, three floats each. */
export type Canvas = Float32Array;

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What a shape puts at a point: a colour and how much of it (0..1), or nothing. */
export type Shader = (x: number, y: number) => readonly [Rgb, number] | undefined;

export const WHOLE: Box = { left: 0, top: 0, right: SIDE, bottom: SIDE };

export const newCanvas = (): Canvas => new Float32Array(FINE * FINE * 3);

/** Lays a shape over what is there, inside a box; the shader is asked at the middle of every sample. */
export function paint(canvas: Canvas, box: Box, shader: Shader): void {
  const left = Math.max(0, Math.floor(box.left * SAMPLES));
  const right = Math.min(FINE, Math.ceil(box.right * SAMPLES));
  const top = Math.max(0, Math.floor(box.top * SAMPLES));
  const bottom = Math.min(FINE, Math.ceil(box.bottom * SAMPLES));
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const layer = shader((column + 0.5) / SAMPLES, (row + 0.5) / SAMPLES);
      if (!layer) continue;
      const [[r, g, b], alpha] = layer;
      const at = (row * FINE + column) * 3;
      const keep = 1 - alpha;
      canvas[at] = (canvas[at] ?? 0) * keep + r * alpha;
      canvas[at + 1] = (canvas[at + 1] ?? 0) * keep + g * alpha;
      canvas[at + 2] = (canvas[at + 2] ?? 0) * keep + b * alpha;
    }
  }
}

/** The colour under a point, held at the borders: what glass shows of the things behind it. */
export function colourUnder(canvas: Canvas, x: number, y: number): Rgb {
  const column = Math.max(0, Math.min(FINE - 1, Math.floor(x * SAMPLES)));
  const row = Math.max(0, Math.min(FINE - 1, Math.floor(y * SAMPLES)));
  const at = (row * FINE + column) * 3;
  return [canvas[at] ?? 0, canvas[at + 1] ?? 0, canvas[at + 2] ?? 0];
}

/** The picture at its own size: the mean of the samples of each pixel, still linear, SIDE x SIDE x 3. */
export function averaged(canvas: Canvas): Float32Array {
  const out = new Float32Array(SIDE * SIDE * 3);
  for (let row = 0; row < FINE; row++) {
    for (let column = 0; column < FINE; column++) {
      const from = (row * FINE + column) * 3;
      const to = (Math.floor(row / SAMPLES) * SIDE + Math.floor(column / SAMPLES)) * 3;
      for (let c = 0; c < 3; c++) out[to + c] = (out[to + c] ?? 0) + (canvas[from + c] ?? 0) / (SAMPLES * SAMPLES);
    }
  }
  return out;
}
