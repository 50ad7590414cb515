/** Signed weights of 8 bits or fewer, one in each byte, and the scale of each channel (or of all: one scale). w = scale * q. */
export interface QuantizedTensor {
  readonly values: Int8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

export interface TensorGrid {
  readonly dims: readonly number[];
  /** The axis whose slices have a scale each; undefined: one scale for the whole tensor. */
  readonly axis: number | undefined;
  /**
   * 8: -127..127. 7: -63..63, for CPUs without VNNI: their multiply adds two products of u8 and s8 in 16 bits,
   * and 2 * 255 * 127 overflows where 2 * 255 * 63 does not. 4: -7..7, for storage.
   */
  readonly bits: 8 | 7 | 4;
  /** `max`: the largest weight is the last step. `mse`: large weights clip where that makes the squared error smaller. */
  readonly scale?: 'max' | 'mse' | undefined;
  /** Times the scale: above 1 coarser. */
  readonly step?: number | undefined;
  /** Scales may not be smaller than these (one each channel). */
  readonly atLeast?: Float32Array | undefined;
}

/** The largest step of a grid; the smallest is its negative. */
export const topOf = (bits: TensorGrid['bits']): number => 2 ** (bits - 1) - 1;

/** Symmetric rounding to nearest: q = round(w / scale), with scale = max |w| / 127 (/ 63, / 7) or less. A channel of zeros has scale 1. */
export function quantizeTensor(weights: Float32Array, grid: TensorGrid): QuantizedTensor {
  const top = topOf(grid.bits);
  const channelOf = channelOfElement(grid.dims, grid.axis);
  const widest = scalesOf(weights, grid, top);
  const chosen = grid.scale === 'mse' ? leastErrorScales(weights, { widest, top, channelOf }) : widest;
  const scales = chosen.map((scale, c) => Math.max(scale * (grid.step ?? 1), grid.atLeast?.[c] ?? 0));
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

interface Widest {
  readonly widest: Float32Array<ArrayBuffer>;
  readonly top: number;
  readonly channelOf: (i: number) => number;
}

/** Of the widest scale times 1, 0.98 .. 0.5: the one with the least sum of (scale q - w)^2 for each channel; the widest wins a tie. */
function leastErrorScales(weights: Float32Array, { widest, top, channelOf }: Widest): Float32Array<ArrayBuffer> {
  const best = widest.slice();
  const least = new Float64Array(widest.length).fill(Number.POSITIVE_INFINITY);
  const errors = new Float64Array(widest.length);
  for (let percent = 100; percent >= 50; percent -= 2) {
    const scales = widest.map((scale) => (scale * percent) / 100);
    errors.fill(0);
    for (let i = 0; i < weights.length; i++) {
      const channel = channelOf(i);
      const scale = scales[channel] ?? 1;
      const w = weights[i] ?? 0;
      const error = scale * Math.min(top, Math.max(-top, roundHalfEven(w / scale))) - w;
      errors[channel] = (errors[channel] ?? 0) + error * error;
    }
    errors.forEach((error, channel) => {
      if (error >= (least[channel] ?? 0)) return;
      least[channel] = error;
      best[channel] = scales[channel] ?? 1;
    });
  }
  return best;
}

/** As QuantizeLinear rounds. */
export function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
