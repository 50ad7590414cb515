import { FleetError } from '@fleetfit/core';
import type { ImageDecoder } from '../image-decoder.ts';

/**
 * Decodes a format of its own: `P`, height, width, then R G B of each pixel. It crops and repeats pixels, which is enough to see
 * which geometry was asked for.
 */
export const plainDecoder: ImageDecoder = {
  sizeOf: async (encoded) => header(encoded),
  decode: async (image, encoding, { height, width, channels, resize }) => {
    const from = encoding.kind === 'raw' ? { ...encoding, at: 0 } : { ...header(image), channels: 3, at: 3 };
    const out = new Uint8Array(height * width * channels);
    for (let i = 0; i < out.length; i++) {
      const [y, x, c] = [Math.floor(i / (width * channels)), Math.floor(i / channels) % width, i % channels];
      const [fromY, fromX] =
        resize === 'squash'
          ? [Math.floor((y * from.height) / height), Math.floor((x * from.width) / width)]
          : [y + Math.floor((from.height - height) / 2), x + Math.floor((from.width - width) / 2)];
      out[i] = image[from.at + (fromY * from.width + fromX) * from.channels + Math.min(c, from.channels - 1)] ?? 0;
    }
    return out;
  },
};

function header(image: Uint8Array): { readonly height: number; readonly width: number } {
  const [magic, height = 0, width = 0] = image;
  if (magic !== 0x50 || image.length !== 3 + height * width * 3) throw new FleetError('corrupt', 'Cannot read an image: it is not plain');
  return { height, width };
}

/** An image that {@link plainDecoder} reads. */
export function plainImage(height: number, width: number, pixel: (y: number, x: number) => readonly [number, number, number]): Uint8Array {
  const pixels = Array.from({ length: height * width }, (_, i) => pixel(Math.floor(i / width), i % width)).flat();
  return Uint8Array.from([0x50, height, width, ...pixels]);
}
