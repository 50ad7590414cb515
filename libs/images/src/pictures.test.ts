import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pngOf, thumbnail } from './pictures.ts';

describe('pictures for people', () => {
  it('keep every pixel of what a model gets', async () => {
    const pixels = Uint8Array.from({ length: 4 * 3 * 3 }, (_, i) => (i * 37) % 256);
    const png = await pngOf(pixels, { width: 4, height: 3, channels: 3 });
    expect(png.type).toBe('image/png');
    expect([...(await sharp(png.bytes).raw().toBuffer())]).toEqual([...pixels]);
  });

  it('are small for photos, upright, and never larger than the photo', async () => {
    const photo = await sharp({ create: { width: 400, height: 100, channels: 3, background: '#a41' } })
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const size = async (side: number) => {
      const { width, height } = await sharp((await thumbnail(photo, { kind: 'encoded' }, side)).bytes).metadata();
      return [width, height];
    };
    expect(await size(80)).toEqual([20, 80]);
    expect(await size(4_000)).toEqual([100, 400]);
  });

  it('say what is no image', async () => {
    await expect(thumbnail(Uint8Array.of(1, 2, 3), { kind: 'encoded' }, 80)).rejects.toThrow('Cannot show an image');
  });
});
