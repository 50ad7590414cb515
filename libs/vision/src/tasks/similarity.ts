/** Cosine of two embeddings, -1..1: 1 where they point the same way. 0 where one is all zeros. */
export function cosineOf(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let product = 0;
  let [a, b] = [0, 0];
  for (let i = 0; i < one.length; i++) {
    const [x, y] = [one[i] ?? 0, other[i] ?? 0];
    product += x * y;
    a += x * x;
    b += y * y;
  }
  return a > 0 && b > 0 ? product / Math.sqrt(a * b) : 0;
}

/**
 * Peak signal-to-noise ratio of a picture against the wanted one, dB: infinite where they are equal.
 * @param peak the largest value that a pixel can have
 */
export function psnrOf(wanted: ArrayLike<number>, got: ArrayLike<number>, peak = 255): number {
  let squares = 0;
  for (let i = 0; i < wanted.length; i++) squares += ((wanted[i] ?? 0) - (got[i] ?? 0)) ** 2;
  return 10 * Math.log10((peak * peak * wanted.length) / squares);
}
