import { ChannelOrder, Layout, type Preparation } from '@fleetfit/protocol';
import { describe, expect, it } from 'vitest';
import { prepareImages } from './prepare.ts';

// Two images of 1x2 pixels, R G B R G B each.
const pixels = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const shape = { count: 2, height: 1, width: 2, channels: 3 };
const plain: Preparation = {
  input: 'x',
  layout: Layout.LAYOUT_NCHW,
  order: ChannelOrder.CHANNEL_ORDER_RGB,
  scale: 1,
  mean: [0],
  std: [1],
};

describe('prepareImages', () => {
  it('puts each channel in a plane of its own for NCHW', () => {
    const tensor = prepareImages(pixels, shape, plain);
    expect(tensor).toEqual({ type: 'float32', dims: [2, 3, 1, 2], data: Float32Array.from([1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12]) });
  });

  it('keeps pixels together for NHWC', () => {
    const tensor = prepareImages(pixels, shape, { ...plain, layout: Layout.LAYOUT_NHWC });
    expect(tensor).toEqual({ type: 'float32', dims: [2, 1, 2, 3], data: Float32Array.from(pixels) });
  });

  it('takes mean and std in the order of the model, so blue first for BGR', () => {
    const tensor = prepareImages(
      pixels.subarray(0, 3),
      { ...shape, count: 1, width: 1 },
      {
        ...plain,
        order: ChannelOrder.CHANNEL_ORDER_BGR,
        scale: 2,
        mean: [1, 2, 3],
        std: [10, 100, 1000],
      },
    );
    expect(tensor.data).toEqual(Float32Array.from([(3 * 2 - 1) / 10, (2 * 2 - 2) / 100, (1 * 2 - 3) / 1000]));
  });

  it('takes grey images', () => {
    const tensor = prepareImages(
      Uint8Array.from([0, 255]),
      { count: 1, height: 1, width: 2, channels: 1 },
      {
        ...plain,
        order: ChannelOrder.CHANNEL_ORDER_GREY,
        scale: 1 / 255,
      },
    );
    expect(tensor).toEqual({ type: 'float32', dims: [1, 1, 1, 2], data: Float32Array.from([0, 1]) });
  });

  it('refuses pixels that do not fill the shape, and channels that do not fit the order', () => {
    expect(() => prepareImages(pixels.subarray(1), shape, plain)).toThrow(/take 12 bytes, but there are 11/);
    expect(() => prepareImages(pixels, { ...shape, channels: 1, count: 6 }, plain)).toThrow(/needs 3 channels, the images have 1/);
    expect(() => prepareImages(pixels, shape, { ...plain, mean: [1, 2] })).toThrow(/mean has 2 numbers for 3 channels/);
  });
});
