import { seededRng } from '@fleetfit/core';
import type { Tensor, ValueInfo } from '@fleetfit/runtime';

/** A side of an image that models of free size take: a multiple of what they halve. */
const FREE_SIDE = 96;

/** Inputs that both sides make alike: noise between 0 and `most`. A free first dimension is a batch of one; any other free one is a side of an image. */
export function seededFeeds(inputs: readonly ValueInfo[], most: number): Record<string, Tensor> {
  return Object.fromEntries(inputs.map((input) => [input.name, seededTensor(input, most)]));
}

// Far below what they were trained on, these models say the same of every pixel, and a share of that range would be a share of nothing.
const OF_PIXELS: ReadonlySet<string> = new Set(['style-candy-720.onnx', 'yolox-nano-416.onnx', 'yunet-n-320.onnx']);

/** The largest value that a model of the lab expects in its input: pixels as they are, or scaled to 1. */
export function mostOf(model: string): number {
  return OF_PIXELS.has(model) ? 255 : 1;
}

function seededTensor({ name, type, dims: declared }: ValueInfo, most: number): Tensor {
  if (type !== 'float32') throw new Error(`input "${name}" is ${type}: only float32 is fed here`);
  const dims = declared.map((dim, at) => (typeof dim === 'number' ? dim : at === 0 ? 1 : FREE_SIDE));
  const rng = seededRng(`agreement ${name}`);
  const size = dims.reduce((product, dim) => product * dim, 1);
  return { type, dims, data: Float32Array.from({ length: size }, () => most * rng.next()) };
}
