import { seededRng } from '@fleetfit/core';
import type { Tensor, ValueInfo } from '@fleetfit/runtime';

/** A side of an image that models of free size take: a multiple of what they halve. */
const FREE_SIDE = 96;

/** Inputs that both sides make alike: noise between 0 and 1. A free first dimension is a batch of one; any other free one is a side of an image. */
export function seededFeeds(inputs: readonly ValueInfo[]): Record<string, Tensor> {
  return Object.fromEntries(inputs.map((input) => [input.name, seededTensor(input)]));
}

function seededTensor({ name, type, dims: declared }: ValueInfo): Tensor {
  if (type !== 'float32') throw new Error(`input "${name}" is ${type}: only float32 is fed here`);
  const dims = declared.map((dim, at) => (typeof dim === 'number' ? dim : at === 0 ? 1 : FREE_SIDE));
  const rng = seededRng(`agreement ${name}`);
  const size = dims.reduce((product, dim) => product * dim, 1);
  return { type, dims, data: Float32Array.from({ length: size }, () => rng.next()) };
}
