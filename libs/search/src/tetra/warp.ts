import { at } from '@fleetfit/numerics';

/** How values are bent before a process sees them: by rank, by the logarithm of the distance to the best, or hardly. */
export type Warp = 'rank' | 'log' | 'raw';

/** Bent to zero mean and unit spread; smaller stays better. */
export function warped(values: Float64Array, warp: Warp): Float64Array {
  const sorted = values.toSorted();
  const [least, middle] = [at(sorted, 0), at(sorted, sorted.length >> 1)];
  if (warp === 'rank') {
    const ranks = ranksOf(values);
    return standardised(ranks.map((rank) => normalQuantile((rank + 0.5) / values.length)));
  }
  if (warp === 'log') return standardised(values.map((value) => Math.log(value - least + 0.1 * (middle - least) + 1e-12)));
  return standardised(values.map((value) => Math.min(value, middle + 1.5 * (middle - least))));
}

function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length) + 1e-9;
  return values.map((value) => (value - mean) / spread);
}

/** Ranks from 0; equal values in their order. */
export function ranksOf(values: Float64Array): Float64Array {
  const order = [...values.keys()].sort((a, b) => at(values, a) - at(values, b) || a - b);
  const ranks = new Float64Array(values.length);
  order.forEach((n, rank) => {
    ranks[n] = rank;
  });
  return ranks;
}

/** Pearson's correlation; 0 where one of them does not vary. */
export function correlation(x: Float64Array, y: Float64Array): number {
  const [a, b] = [standardised(x), standardised(y)];
  return a.reduce((sum, value, n) => sum + value * at(b, n), 0) / x.length;
}

/** Inverse of the normal distribution by the rational approximation of Acklam (2003), to 1e-9. */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  const poly = (coefficients: readonly number[], x: number): number => coefficients.reduce((sum, each) => sum * x + each, 0);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return poly(TAIL, q) / (poly(TAIL_BELOW, q) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  return (poly(CENTRE, r) * q) / (poly(CENTRE_BELOW, r) * r + 1);
}

const CENTRE = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
const CENTRE_BELOW = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
const TAIL = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
const TAIL_BELOW = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
