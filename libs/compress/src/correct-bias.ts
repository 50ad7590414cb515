import { floatsOf, intAttribute } from '@fleetfit/onnx';
import { channelOfElement, type QuantizedTensor } from './quantize-tensor.ts';
import type { WeightedLayer } from './weighted-layer.ts';

/**
 * Analytic bias correction (Nagel et al., arXiv 1906.04721): rounding the weights shifts the mean of each output by E[(Wq - W) x];
 * the bias takes that back.
 *
 *     b'_o = b_o + sum over c, k of (W_ock - s_o q_ock) E[x_ck]
 *
 * It corrects the rounding of weights only; clipped activations are no constant shift and must not be "corrected" the same way.
 *
 * @param means E[x] of what each weight multiplies. Of channels alone (E[x_c] over all pixels), or of every column of a layer's weights
 *   in `gatherCovariances`' order, which counts the zeros of the padding too
 */
export function correctedBias(layer: WeightedLayer, stored: QuantizedTensor, means: Float64Array): Float32Array {
  const { weight, axis, bias } = layer;
  const weights = floatsOf(weight);
  const outputOf = channelOfElement(weight.dims, axis);
  const meanOf = meanAt(layer, means.length);
  const shift = new Float64Array(weight.dims[axis] ?? 0);
  for (let i = 0; i < weights.length; i++) {
    const o = outputOf(i);
    const s = stored.scales[stored.scales.length === 1 ? 0 : o] ?? 0;
    const lost = (weights[i] ?? 0) - s * (stored.values[i] ?? 0);
    shift[o] = (shift[o] ?? 0) + lost * (means[meanOf(i)] ?? 0);
  }
  const b = bias ? floatsOf(bias) : undefined;
  return Float32Array.from(shift, (each, o) => (b?.[o] ?? 0) + each);
}

/** Which of the means belongs to the i-th number of a weight: one a channel, or one a column. */
function meanAt(layer: WeightedLayer, means: number): (i: number) => number {
  const { node, op, weight } = layer;
  if (op !== 'Conv') return inputChannels(layer);
  const [outputs = 1, perGroup = 1, ...taps] = weight.dims;
  const groups = intAttribute(node, 'group', 1);
  const size = taps.reduce((product, tap) => product * tap, perGroup);
  if (means !== groups * size || size === perGroup) return inputChannels(layer);
  return (i) => Math.floor(Math.floor(i / size) / (outputs / groups)) * size + (i % size);
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
