import { floatsOf, intAttribute } from '@fleetfit/onnx';
import { channelOfElement, type QuantizedTensor } from './quantize-tensor.ts';
import type { WeightedLayer } from './weighted-layer.ts';

/**
 * Analytic bias correction (Nagel et al., arXiv 1906.04721): rounding the weights shifts the mean of each output by E[(Wq - W) x];
 * the bias takes that back.
 *
 *     b'_o = b_o + sum over c, k of (W_ock - s_o q_ock) E[x_c]
 *
 * Means are per channel: the padding at the border, where fewer inputs count, is left aside.
 * It corrects the rounding of weights only; clipped activations are no constant shift and must not be "corrected" the same way.
 *
 * @param means E[x_c] of the layer's input, over all pixels of all calibration images
 */
export function correctedBias(layer: WeightedLayer, stored: QuantizedTensor, means: Float64Array): Float32Array {
  const { weight, axis, bias } = layer;
  const weights = floatsOf(weight);
  const outputOf = channelOfElement(weight.dims, axis);
  const inputOf = inputChannels(layer);
  const shift = new Float64Array(weight.dims[axis] ?? 0);
  for (let i = 0; i < weights.length; i++) {
    const o = outputOf(i);
    const s = stored.scales[stored.scales.length === 1 ? 0 : o] ?? 0;
    const lost = (weights[i] ?? 0) - s * (stored.values[i] ?? 0);
    shift[o] = (shift[o] ?? 0) + lost * (means[inputOf(i)] ?? 0);
  }
  const b = bias ? floatsOf(bias) : undefined;
  return Float32Array.from(shift, (each, o) => (b?.[o] ?? 0) + each);
}

/** The input channel that each number of the weight multiplies. */
function inputChannels({ node, op, weight, axis }: WeightedLayer): (i: number) => number {
  if (op !== 'Conv') return channelOfElement(weight.dims, 1 - axis);
  const [outputs = 1, perGroup = 1] = weight.dims;
  const outputsPerGroup = outputs / intAttribute(node, 'group', 1);
  const within = channelOfElement(weight.dims, 1);
  const outputOf = channelOfElement(weight.dims, 0);
  return (i) => Math.floor(outputOf(i) / outputsPerGroup) * perGroup + within(i);
}

interface MeansCollector {
  /** Values of one batch, channels on axis 1. */
  add(values: Float32Array, dims: readonly number[]): void;
  means(): Float64Array;
}

/** Collects the mean of each channel of a value over all calibration images. */
export function collectMeans(): MeansCollector {
  let sums = new Float64Array(0);
  let count = 0;
  return {
    add(values, dims) {
      const channels = dims[1] ?? 1;
      if (sums.length !== channels) sums = new Float64Array(channels);
      const inner = dims.slice(2).reduce((product, dim) => product * dim, 1);
      for (let start = 0, channel = 0; start < values.length; start += inner, channel = (channel + 1) % channels) {
        sums[channel] = (sums[channel] ?? 0) + sumOf(values, start, start + inner);
      }
      count += values.length / channels;
    },
    means: () => sums.map((sum) => sum / count),
  };
}

function sumOf(values: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i] ?? 0;
  return sum;
}
