/** Signed 8-bit weights and the scale of each channel (or of all: one scale). w = scale * q. */
export interface QuantizedTensor {
  readonly values: Int8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

interface TensorGrid {
  readonly dims: readonly number[];
  /** The axis whose slices have a scale each; undefined: one scale for the whole tensor. */
  readonly axis: number | undefined;
  /**
   * 8: -127..127. 7: -63..63, for CPUs without VNNI: their multiply adds two products of u8 and s8 in 16 bits,
   * and 2 * 255 * 127 overflows where 2 * 255 * 63 does not.
   */
  readonly bits: 8 | 7;
  /** Scales may not be smaller than these (one each channel). */
  readonly atLeast?: Float32Array | undefined;
}

/** Symmetric rounding to nearest: scale = max |w| / 127 (or / 63), q = round(w / scale). A channel of zeros has scale 1. */
export function quantizeTensor(weights: Float32Array, grid: TensorGrid): QuantizedTensor {
  const top = grid.bits === 8 ? 127 : 63;
  const channelOf = channelOfElement(grid.dims, grid.axis);
  const scales = scalesOf(weights, grid, top).map((scale, c) => Math.max(scale, grid.atLeast?.[c] ?? 0));
  const values = new Int8Array(weights.length);
  for (let i = 0; i < weights.length; i++) {
    const q = roundHalfEven((weights[i] ?? 0) / (scales[channelOf(i)] ?? 1));
    values[i] = Math.min(top, Math.max(-top, q));
  }
  return { values, scales };
}

/** The channel of the i-th element of a tensor that is cut along an axis: floor(i / inner) mod count. */
export function channelOfElement(dims: readonly number[], axis: number | undefined): (i: number) => number {
  if (axis === undefined) return () => 0;
  const count = dims[axis] ?? 1;
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return (i) => Math.floor(i / inner) % count;
}

function scalesOf(weights: Float32Array, { dims, axis }: TensorGrid, top: number): Float32Array<ArrayBuffer> {
  const channelOf = channelOfElement(dims, axis);
  const largest = new Float32Array(axis === undefined ? 1 : (dims[axis] ?? 1));
  for (let i = 0; i < weights.length; i++) {
    const channel = channelOf(i);
    const size = Math.abs(weights[i] ?? 0);
    if (size > (largest[channel] ?? 0)) largest[channel] = size;
  }
  return largest.map((size) => (Math.fround(size / top) > 0 ? size / top : 1));
}

// As QuantizeLinear rounds.
function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
