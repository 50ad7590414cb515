import { FleetError } from '@fleetfit/core';
import type { Geometry, ImageDecoder, ImageEncoding } from '@fleetfit/vision';
import sharp, { type Sharp } from 'sharp';

/**
 * Decodes with sharp (libvips). Where a size is right already nothing is resampled; else Lanczos with 3 lobes, as sharp does by
 * itself, on the whole image and not on one that the JPEG decoder has shrunk. A photo that was taken sideways is turned upright.
 */
export function sharpDecoder(): ImageDecoder {
  // Work on many images is spread by whoever calls, so one image needs no threads of its own; and no image comes twice.
  sharp.concurrency(1);
  sharp.cache(false);
  return {
    sizeOf: (encoded) => reading(() => uprightSize(sharp(encoded, READ))),
    decode: (image, encoding, geometry) => reading(() => decode(image, encoding, geometry)),
  };
}

/** A file that ends early is an error; what libraries merely complain about is not. */
const READ = { failOn: 'error', limitInputPixels: 100_000_000 } as const;

async function reading<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new FleetError('corrupt', `Cannot read an image: ${why}`, { cause });
  }
}

async function decode(image: Uint8Array, encoding: ImageEncoding, geometry: Geometry): Promise<Uint8Array> {
  const source = encoding.kind === 'raw' ? sharp(image, { raw: encoding }) : sharp(image, READ).autoOrient();
  const size = encoding.kind === 'raw' ? encoding : await uprightSize(sharp(image, READ));
  const sized = resized(source.flatten({ background: '#000' }), size, geometry);
  const coloured = geometry.channels === 1 ? sized.greyscale().toColourspace('b-w') : sized.toColourspace('srgb');
  const { data, info } = await coloured.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return withChannels(data, info.channels, geometry.channels);
}

interface Size {
  readonly width: number;
  readonly height: number;
}

async function uprightSize(image: Sharp): Promise<Size> {
  const { autoOrient } = await image.metadata();
  return { width: autoOrient.width, height: autoOrient.height };
}

function resized(image: Sharp, size: Size, geometry: Geometry): Sharp {
  const { width, height } = geometry;
  if (geometry.resize === 'squash') return scaled(image, size, { width, height });
  if (geometry.resize === 'short-side-crop') {
    const scale = geometry.shortSide / Math.min(size.width, size.height);
    // The long side is rounded down, as torchvision does.
    const to = { width: longSide(size.width, scale, geometry.shortSide), height: longSide(size.height, scale, geometry.shortSide) };
    const [left, top] = [Math.floor((to.width - width) / 2), Math.floor((to.height - height) / 2)];
    return scaled(image, size, to).extract({ left, top, width, height });
  }
  const scale = Math.min(width / size.width, height / size.height);
  const to = { width: fitted(size.width * scale, width), height: fitted(size.height * scale, height) };
  const isCentred = geometry.anchor !== 'top-left';
  const [left, top] = isCentred ? [Math.floor((width - to.width) / 2), Math.floor((height - to.height) / 2)] : [0, 0];
  const border = { left, top, right: width - to.width - left, bottom: height - to.height - top, background: PAD };
  return scaled(image, size, to).extend(border);
}

const PAD = { r: 114, g: 114, b: 114 };

const longSide = (side: number, scale: number, least: number): number => Math.max(least, Math.floor(side * scale + 1e-9));
const fitted = (side: number, most: number): number => Math.min(most, Math.max(1, Math.round(side)));

function scaled(image: Sharp, from: Size, to: Size): Sharp {
  if (from.width === to.width && from.height === to.height) return image;
  return image.resize({ ...to, fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false });
}

/** Grey comes out with one channel whatever was asked for. */
function withChannels(pixels: Uint8Array, have: number, want: number): Uint8Array {
  if (have === want) return pixels;
  const count = pixels.length / have;
  const out = new Uint8Array(count * want);
  for (let i = 0; i < count; i++)
    for (let channel = 0; channel < want; channel++) out[i * want + channel] = pixels[i * have + Math.min(channel, have - 1)] ?? 0;
  return out;
}
