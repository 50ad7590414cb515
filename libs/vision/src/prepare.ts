import { FleetError } from '@fleetfit/core';
import { ChannelOrder, Layout, type Preparation } from '@fleetfit/protocol';
import type { Tensor } from '@fleetfit/runtime';

/** How uint8 images lie in memory: one after another, each height x width x channels, channels R, G, B or grey. */
export interface ImageShape {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** 3 (R, G, B) or 1 (grey). */
  readonly channels: number;
}

/**
 * Turns uint8 images into the float32 input of a model: `x = (pixel * scale - mean[c]) / std[c]`, c in the model's channel order.
 * Computed in float64 and rounded once, so that every device feeds the same bits.
 * A mean or std of one number counts for every channel; an empty mean is 0, an empty std is 1.
 * @returns [count, channels, height, width] for NCHW, [count, height, width, channels] for NHWC
 * @throws FleetError `invalid` where the pixels, the shape and the preparation do not fit together
 */
export function prepareImages(pixels: Uint8Array, shape: ImageShape, preparation: Preparation): Tensor {
  const { count, height, width, channels } = shape;
  checkShape(pixels, shape, preparation);
  const tables = lookupTables(channels, preparation);
  const plane = height * width;
  const out = new Float32Array(count * channels * plane);
  const nchw = preparation.layout === Layout.LAYOUT_NCHW;
  const swapped = preparation.order === ChannelOrder.CHANNEL_ORDER_BGR;
  tables.forEach((table, channel) => {
    const from = swapped ? channels - 1 - channel : channel;
    for (let image = 0; image < count; image++) {
      const base = image * plane * channels;
      let write = nchw ? base + channel * plane : base + channel;
      const step = nchw ? 1 : channels;
      const end = base + plane * channels;
      for (let read = base + from; read < end; read += channels) {
        out[write] = table[pixels[read] ?? 0] ?? 0;
        write += step;
      }
    }
  });
  return { type: 'float32', dims: nchw ? [count, channels, height, width] : [count, height, width, channels], data: out };
}

// A pixel has 256 values: one table a channel replaces the arithmetic per pixel.
function lookupTables(channels: number, { scale, mean, std }: Preparation): readonly Float32Array[] {
  return Array.from({ length: channels }, (_, channel) => {
    const shift = perChannel('mean', mean, { channel, channels, missing: 0 });
    const spread = perChannel('std', std, { channel, channels, missing: 1 });
    if (!(spread > 0)) throw new FleetError('invalid', `Cannot prepare images: std of channel ${channel} is ${spread}, not above 0`);
    return Float32Array.from({ length: 256 }, (_unused, pixel) => (pixel * scale - shift) / spread);
  });
}

function perChannel(name: string, values: readonly number[], at: { channel: number; channels: number; missing: number }): number {
  if (values.length > 1 && values.length !== at.channels) {
    throw new FleetError('invalid', `Cannot prepare images: ${name} has ${values.length} numbers for ${at.channels} channels`);
  }
  return (values.length === 1 ? values[0] : values[at.channel]) ?? at.missing;
}

function checkShape(pixels: Uint8Array, { count, height, width, channels }: ImageShape, { order, layout }: Preparation): void {
  const bytes = count * height * width * channels;
  if (pixels.length !== bytes) {
    throw new FleetError(
      'invalid',
      `Cannot prepare images: ${count} images of ${height}x${width}x${channels} take ${bytes} bytes, but there are ${pixels.length}`,
    );
  }
  if (layout !== Layout.LAYOUT_NCHW && layout !== Layout.LAYOUT_NHWC)
    throw new FleetError('invalid', 'Cannot prepare images: the layout is neither NCHW nor NHWC');
  const wanted = order === ChannelOrder.CHANNEL_ORDER_GREY ? 1 : 3;
  if (order === ChannelOrder.CHANNEL_ORDER_UNSPECIFIED || channels !== wanted)
    throw new FleetError(
      'invalid',
      `Cannot prepare images: the model's channel order needs ${wanted} channels, the images have ${channels}`,
    );
}
