import { FleetError } from '@fleetfit/core';
import type { ImageEncoding } from '@fleetfit/vision';
import sharp from 'sharp';

/** A picture as a browser takes it. */
export interface Picture {
  readonly type: 'image/png' | 'image/jpeg';
  readonly bytes: Uint8Array;
}

/** Pixels as they lie in memory: height x width x channels, uint8. */
interface PixelSize {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** Pixels as a PNG, each kept exactly. */
export async function pngOf(pixels: Uint8Array, size: PixelSize): Promise<Picture> {
  return { type: 'image/png', bytes: await encoding(() => sharp(pixels, { raw: size }).png({ compressionLevel: 3 }).toBuffer()) };
}

/**
 * An image of a dataset for people, upright and at most `side` pixels long: small ones keep every pixel, photos become JPEG.
 * @throws FleetError `corrupt` for what is no image
 */
export async function thumbnail(image: Uint8Array, kind: ImageEncoding, side: number): Promise<Picture> {
  if (kind.kind === 'raw') return pngOf(image, kind);
  const small = sharp(image, { failOn: 'error', limitInputPixels: 100_000_000 })
    .autoOrient()
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#000' });
  return { type: 'image/jpeg', bytes: await encoding(() => small.jpeg({ quality: 82 }).toBuffer()) };
}

async function encoding(make: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await make();
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new FleetError('corrupt', `Cannot show an image: ${why}`, { cause });
  }
}
