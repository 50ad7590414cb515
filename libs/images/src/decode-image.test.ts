import type { Geometry, ImageEncoding } from '@fleetfit/vision';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { sharpDecoder } from './decode-image.ts';

const decoder = sharpDecoder();
const ENCODED: ImageEncoding = { kind: 'encoded' };

/** A png whose red is the column and whose green is the row. */
const ramp = (width: number, height: number): Promise<Uint8Array> => {
  const pixels = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => [Math.floor(i / 3) % width, Math.floor(i / 3 / width), 7][i % 3] ?? 0,
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
};
const decode = async (image: Uint8Array, geometry: Geometry, encoding: ImageEncoding = ENCODED) => [
  ...(await decoder.decode(image, encoding, geometry)),
];

describe('sharpDecoder', () => {
  it('leaves pixels alone where the size is right, and cuts the smaller half of an odd margin at the left and the top', async () => {
    const image = await ramp(9, 6);
    const geometry: Geometry = { resize: 'short-side-crop', shortSide: 6, width: 4, height: 3, channels: 3 };
    const pixels = await decode(image, geometry);
    expect(pixels.slice(0, 3)).toEqual([2, 1, 7]);
    expect(pixels.slice(-3)).toEqual([5, 3, 7]);
    expect(pixels).toHaveLength(4 * 3 * 3);
  });

  it('squashes, crops and fits', async () => {
    const white = await sharp({ create: { width: 20, height: 10, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    const size = { width: 8, height: 8, channels: 3 } as const;
    expect(await decode(white, { resize: 'squash', ...size })).toEqual(Array.from({ length: 192 }, () => 255));
    expect(await decode(white, { resize: 'short-side-crop', shortSide: 9, ...size })).toEqual(Array.from({ length: 192 }, () => 255));
    const fitted = await decode(white, { resize: 'letterbox', ...size });
    const rows = Array.from({ length: 8 }, (_, y) => fitted[y * 24]);
    expect(rows).toEqual([114, 114, 255, 255, 255, 255, 114, 114]);
  });

  it('makes one grey channel of colours, and three of grey', async () => {
    const grey = await sharp(Uint8Array.of(10, 200), { raw: { width: 2, height: 1, channels: 1 } })
      .png()
      .toBuffer();
    expect(await decode(grey, { resize: 'squash', width: 2, height: 1, channels: 3 })).toEqual([10, 10, 10, 200, 200, 200]);
    expect(await decode(grey, { resize: 'squash', width: 2, height: 1, channels: 1 })).toEqual([10, 200]);
    const red = Uint8Array.of(255, 0, 0);
    const raw: ImageEncoding = { kind: 'raw', height: 1, width: 1, channels: 3 };
    const [luma = 0] = await decode(red, { resize: 'squash', width: 1, height: 1, channels: 1 }, raw);
    expect(luma).toBeGreaterThan(40);
    expect(luma).toBeLessThan(140);
  });

  it('puts what is transparent on black, and turns a sideways photo upright', async () => {
    const clear = await sharp({ create: { width: 1, height: 1, channels: 4, background: { r: 255, g: 255, b: 255, alpha: 0 } } })
      .png()
      .toBuffer();
    expect(await decode(clear, { resize: 'squash', width: 1, height: 1, channels: 3 })).toEqual([0, 0, 0]);
    const sideways = await sharp(await ramp(16, 8))
      .jpeg({ quality: 100 })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    expect(await decoder.sizeOf(sideways)).toEqual({ width: 8, height: 16 });
    expect(await decode(sideways, { resize: 'short-side-crop', shortSide: 8, width: 8, height: 8, channels: 3 })).toHaveLength(192);
  });

  it('refuses what is no image, and what ends early', async () => {
    await expect(decoder.sizeOf(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/^Cannot read an image: /),
    });
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const jpeg = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#000', noise } })
      .jpeg()
      .toBuffer();
    const half = jpeg.subarray(0, jpeg.length / 2);
    await expect(decoder.decode(half, ENCODED, { resize: 'squash', width: 8, height: 8, channels: 3 })).rejects.toMatchObject({
      code: 'corrupt',
    });
  });
});
