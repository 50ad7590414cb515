import type { Rng } from '@fleetfit/core';

/** A picture as uint8, height x width x channels. */
export interface PictureShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** How pictures are varied before each time they are seen. */
export interface Augmentation {
  /** Mirror half of them. */
  readonly flip: boolean;
  /** Shift by up to this share of the side; the border is repeated. */
  readonly shift: number;
  /** Change brightness and contrast by up to this share. */
  readonly jitter: number;
}

/** A varied copy of a picture. */
export function augment(
  pixels: Uint8Array,
  shape: PictureShape,
  { augmentation, rng }: { augmentation: Augmentation; rng: Rng },
): Uint8Array {
  const { height, width, channels } = shape;
  const reach = (side: number): number => Math.round((2 * rng.next() - 1) * augmentation.shift * side);
  const [dy, dx] = [reach(height), reach(width)];
  const mirrored = augmentation.flip && rng.next() < 0.5;
  const table = jitterTable(augmentation.jitter, rng);
  const out = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    const row = clamp(y + dy, height) * width;
    for (let x = 0; x < width; x++) {
      const from = (row + clamp((mirrored ? width - 1 - x : x) + dx, width)) * channels;
      const to = (y * width + x) * channels;
      for (let channel = 0; channel < channels; channel++) out[to + channel] = table[pixels[from + channel] ?? 0] ?? 0;
    }
  }
  return out;
}

const clamp = (at: number, size: number): number => Math.min(Math.max(at, 0), size - 1);

// contrast (p - 128) + 128 + brightness, for each of the 256 values of a pixel; a clamped array rounds and saturates.
function jitterTable(jitter: number, rng: Rng): Uint8ClampedArray {
  const contrast = 1 + jitter * (2 * rng.next() - 1);
  const brightness = 128 * jitter * (2 * rng.next() - 1);
  return Uint8ClampedArray.from({ length: 256 }, (_, pixel) => contrast * (pixel - 128) + 128 + brightness);
}
