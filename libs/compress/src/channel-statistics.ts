import { FleetError } from '@fleetfit/core';

/** What was seen of each channel (axis 1) of a value. */
export interface ChannelStatistics {
  /** Mean over all images and pixels. */
  readonly means: Float64Array;
  /** Mean over the images of the smallest and the largest number in the channel: outliers of single images weigh little. */
  readonly usualLows: Float64Array;
  readonly usualHighs: Float64Array;
  /** The smallest and the largest number that was seen at all. */
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  /** Mean over the images of the smallest and the largest number of the whole value. */
  readonly usualLow: number;
  readonly usualHigh: number;
}

interface ChannelCollector {
  /** Values of one batch, channels on axis 1; returns its extremes. @throws FleetError `invalid` where a value is not finite */
  add(values: Float32Array, dims: readonly number[]): { readonly low: number; readonly high: number };
  statistics(): ChannelStatistics;
}

/** Collects statistics of each channel of a value over all calibration images. */
export function collectChannels(value: string): ChannelCollector {
  let seen = emptyChannels(0);
  let pixels = 0;
  let images = 0;
  let batches = 0;
  const usual = { low: 0, high: 0 };
  return {
    add(values, dims) {
      const channels = dims[1] ?? 1;
      if (seen.sums.length !== channels) seen = emptyChannels(channels);
      const inner = dims.slice(2).reduce((product, dim) => product * dim, 1);
      const all = { sum: 0, low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
      for (let start = 0, channel = 0; start < values.length; start += inner, channel = (channel + 1) % channels) {
        const its = walk(values, start, start + inner);
        addTo(seen, channel, its);
        extend(all, its);
      }
      // Floats cannot overflow a sum of doubles: it is finite unless one of them is not.
      if (!Number.isFinite(all.sum)) throw notFinite(value);
      pixels += values.length / channels;
      images += values.length / channels / inner;
      batches++;
      usual.low += all.low;
      usual.high += all.high;
      return all;
    },
    statistics: () => ({
      means: seen.sums.map((sum) => sum / pixels),
      usualLows: seen.lowSums.map((sum) => sum / images),
      usualHighs: seen.highSums.map((sum) => sum / images),
      lows: seen.lows.slice(),
      highs: seen.highs.slice(),
      usualLow: usual.low / batches,
      usualHigh: usual.high / batches,
    }),
  };
}

function notFinite(value: string): FleetError {
  return new FleetError('invalid', `Cannot calibrate: "${value}" becomes NaN or infinite on a calibration image`, {
    next: 'Check the preprocessing: inputs of a wrong scale overflow.',
  });
}

function extend(all: { sum: number; low: number; high: number }, { sum, low, high }: ReturnType<typeof walk>): void {
  all.sum += sum;
  all.low = Math.min(all.low, low);
  all.high = Math.max(all.high, high);
}

const emptyChannels = (channels: number) => ({
  sums: new Float64Array(channels),
  lowSums: new Float64Array(channels),
  highSums: new Float64Array(channels),
  lows: new Float64Array(channels).fill(Number.POSITIVE_INFINITY),
  highs: new Float64Array(channels).fill(Number.NEGATIVE_INFINITY),
});

function addTo(seen: ReturnType<typeof emptyChannels>, channel: number, { sum, low, high }: ReturnType<typeof walk>): void {
  seen.sums[channel] = (seen.sums[channel] ?? 0) + sum;
  seen.lowSums[channel] = (seen.lowSums[channel] ?? 0) + low;
  seen.highSums[channel] = (seen.highSums[channel] ?? 0) + high;
  seen.lows[channel] = Math.min(seen.lows[channel] ?? 0, low);
  seen.highs[channel] = Math.max(seen.highs[channel] ?? 0, high);
}

function walk(values: Float32Array, from: number, to: number): { sum: number; low: number; high: number } {
  let sum = 0;
  let low = values[from] ?? 0;
  let high = low;
  for (let i = from; i < to; i++) {
    const value = values[i] ?? 0;
    sum += value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { sum, low, high };
}
