import { FleetError } from '@fleetfit/core';
import { floatsOf, type PassContext } from '@fleetfit/onnx';
import type { Quantizer } from './activation-range.ts';
import { correctedBias } from './correct-bias.ts';
import type { LayerCovariance } from './gather-covariances.ts';
import { type QuantizedTensor, quantizeTensor, type TensorGrid } from './quantize-tensor.ts';
import { roundAdaptively } from './round-adaptively.ts';
import type { WeightedLayer } from './weighted-layer.ts';

/** A layer with its weights rounded. */
export interface RoundedLayer {
  readonly stored: QuantizedTensor;
  /** The axis whose slices have a scale each; undefined: one scale for the whole weight. */
  readonly axis: number | undefined;
  readonly bias: Float32Array | undefined;
}

export interface Rounding {
  readonly bits: TensorGrid['bits'];
  readonly per: 'tensor' | 'channel';
  readonly scale: 'max' | 'mse';
  /** Times the scale; 1 where absent. */
  readonly step?: number;
  /** By layer: what its weights multiply, for adaptive rounding. Layers without round to nearest. */
  readonly covariances: ReadonlyMap<string, LayerCovariance>;
  /** Whether biases take back what rounding shifts. */
  readonly corrects: boolean;
  /** By value that a layer reads: mean of each channel, where the layer has no covariance. Layers without either keep their bias. */
  readonly means: ReadonlyMap<string, Float64Array>;
  /** By value that a layer reads; absent where activations stay float. */
  readonly quantizers: ReadonlyMap<string, Quantizer>;
}

/**
 * Rounds the weights of layers, one after the other, and corrects their biases. Layers that share a weight share what became of it.
 * @returns by id of the layer
 * @throws FleetError `cancelled` when the signal says so
 */
export async function roundLayers(
  layers: Iterable<WeightedLayer>,
  rounding: Rounding,
  { signal, progress }: Pick<PassContext, 'signal'> & { readonly progress: (layer: string) => void },
): Promise<ReadonlyMap<string, RoundedLayer>> {
  const rounded = new Map<string, RoundedLayer>();
  const shared = new Map<string, QuantizedTensor>();
  for (const layer of layers) {
    // A turn of the event loop, so that who waits for this can say stop.
    await Promise.resolve();
    if (signal.aborted) throw new FleetError('cancelled', 'Cannot round the weights: cancelled');
    progress(layer.id);
    const axis = rounding.per === 'channel' ? layer.axis : undefined;
    const key = `${axis ?? 'tensor'} ${layer.weight.name}`;
    const stored = shared.get(key) ?? roundedWeight(layer, axis, rounding);
    shared.set(key, stored);
    rounded.set(layer.id, { stored, axis, bias: biasOf(layer, stored, rounding) });
  }
  return rounded;
}

function roundedWeight(layer: WeightedLayer, axis: number | undefined, rounding: Rounding): QuantizedTensor {
  const weights = floatsOf(layer.weight);
  const { bits, scale, step, covariances, quantizers } = rounding;
  const atLeast = smallestScales(layer, quantizers.get(layer.input), axis !== undefined);
  const nearest = quantizeTensor(weights, { dims: layer.weight.dims, axis, bits, scale, step, atLeast });
  const covariance = covariances.get(layer.id);
  return covariance ? roundAdaptively(weights, nearest, { layer, bits, covariance }) : nearest;
}

/** Integer kernels hold the bias in 32 bits, in steps of both scales: a channel of tiny weights must not push its bias out of that. */
function smallestScales({ bias }: WeightedLayer, input: Quantizer | undefined, perChannel: boolean): Float32Array | undefined {
  if (!bias || !input) return undefined;
  const smallest = floatsOf(bias).map((b) => Math.abs(b) / input.scale / 2 ** 30);
  return perChannel ? smallest : Float32Array.of(smallest.reduce((most, each) => Math.max(most, each), 0));
}

function biasOf(layer: WeightedLayer, stored: QuantizedTensor, { covariances, means, corrects }: Rounding): Float32Array | undefined {
  const mean = corrects ? (covariances.get(layer.id)?.means ?? means.get(layer.input)) : undefined;
  // A MatMul has no bias: what is added behind it is a node of its own.
  if (mean && layer.op !== 'MatMul') return correctedBias(layer, stored, mean);
  return layer.bias && floatsOf(layer.bias);
}
