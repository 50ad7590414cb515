const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The 16 bits of the half float (IEEE 754 binary16) nearest to a number, ties to even; too large becomes infinity. */
export function float16Of(value: number): number {
  float[0] = value;
  const all = bits[0] ?? 0;
  const sign = (all >>> 16) & 0x8000;
  const exponent = (all >>> 23) & 0xff;
  const fraction = all & 0x7fffff;
  if (exponent === 255) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200 | (fraction >>> 13));
  const shifted = exponent - 112; // bias 127 to bias 15
  if (shifted >= 31) return sign | 0x7c00;
  if (shifted >= 1) return sign | rounded((shifted << 23) | fraction, 13); // a carry moves on into the exponent, as it should
  return shifted < -10 ? sign : sign | rounded(fraction | 0x800000, 14 - shifted);
}

/** The number that 16 bits of a half float stand for. */
export function float32Of(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Half floats of many numbers. */
export function float16ArrayOf(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, float16Of);
}

/** Numbers of many half floats. */
export function float32ArrayOf(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, float32Of);
}

// Drops `by` low bits: nearest, ties to even.
function rounded(value: number, by: number): number {
  const kept = value >>> by;
  const rest = value & ((1 << by) - 1);
  const half = 1 << (by - 1);
  return rest > half || (rest === half && kept & 1) ? kept + 1 : kept;
}
