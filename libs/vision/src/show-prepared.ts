import { ChannelOrder, type Preparation } from '@fleetfit/protocol';
import type { ImageShape } from './prepare.ts';

type Shape = Pick<ImageShape, 'height' | 'width' | 'channels'>;

/**
 * What a model that wants `taken` sees of an image that was prepared as `given`, as pixels again: the tensor of the one read back
 * by the other, cut off at black and white. Prepared as it should be, an image comes out as it went in.
 * @param pixels height x width x channels, uint8
 */
export function seenAs(
  pixels: Uint8Array,
  { channels }: Shape,
  { given, taken }: { readonly given: Preparation; readonly taken: Preparation },
): Uint8Array {
  const out = new Uint8Array(pixels.length);
  for (let place = 0; place < channels; place++) {
    const from = colourAt(place, channels, given);
    const to = colourAt(place, channels, taken);
    const table = Uint8Array.from({ length: 256 }, (_, pixel) => clipped(readBack(prepared(pixel, place, given), place, taken)));
    for (let at = 0; at < pixels.length; at += channels) out[at + to] = table[pixels[at + from] ?? 0] ?? 0;
  }
  return out;
}

/** One plane of what a model gets, as grey pixels: black is its lowest number, white its highest. */
export function planeOf(
  pixels: Uint8Array,
  { channels }: Shape,
  { place, preparation }: { place: number; preparation: Preparation },
): Uint8Array {
  const from = colourAt(place, channels, preparation);
  return Uint8Array.from({ length: pixels.length / channels }, (_, at) => pixels[at * channels + from] ?? 0);
}

const prepared = (pixel: number, place: number, { scale, mean, std }: Preparation): number =>
  (pixel * scale - own(mean, place, 0)) / own(std, place, 1);

const readBack = (value: number, place: number, { scale, mean, std }: Preparation): number =>
  (value * own(std, place, 1) + own(mean, place, 0)) / scale;

/** Which of R, G, B stands at this place of the model's channels. */
const colourAt = (place: number, channels: number, { order }: Preparation): number =>
  order === ChannelOrder.CHANNEL_ORDER_BGR ? channels - 1 - place : place;

const own = (values: readonly number[], place: number, missing: number): number =>
  (values.length === 1 ? values[0] : values[place]) ?? missing;

const clipped = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
