import { FleetError } from '@fleetfit/core';
import { addAt, cholesky, type Matrix, matrix, solveCholesky } from '@fleetfit/numerics';

/** A network, or a recipe, as the index of what stands in each place. */
export type Architecture = readonly number[];

/** Which features a network has: one for what stands in each place, and, where they are few enough, one for each pair of places. */
export interface LayerFeatures {
  readonly count: number;
  readonly places: number;
  activeOf(architecture: Architecture): Int32Array;
}

/** With pairs of places, no more features than this: each must be seen often enough to be learned. */
const MOST_FEATURES = 600;

/** @param counts how many things can stand in each place */
export function layerFeatures(counts: readonly number[]): LayerFeatures {
  const singles = counts.reduce((sum, count) => sum + count, 0);
  const pairs = counts.flatMap((_, i) => counts.slice(i + 1).map((_other, j) => [i, i + 1 + j] as const));
  const withPairs = pairs.reduce((sum, [i, j]) => sum + (counts[i] ?? 0) * (counts[j] ?? 0), singles);
  const used = withPairs <= MOST_FEATURES ? pairs : [];
  const starts: number[] = [];
  counts.reduce((start, count) => {
    starts.push(start);
    return start + count;
  }, 0);
  let next = singles;
  const pairStarts = used.map(([i, j]) => {
    const start = next;
    next += (counts[i] ?? 0) * (counts[j] ?? 0);
    return start;
  });
  const activeOf = (architecture: Architecture): Int32Array => {
    const active = new Int32Array(counts.length + used.length);
    counts.forEach((count, i) => {
      const thing = architecture[i] ?? -1;
      if (!(thing >= 0 && thing < count))
        throw new FleetError('invalid', `Cannot describe a network: place ${i} holds ${thing}, there are ${count} things to choose from`);
      active[i] = (starts[i] ?? 0) + thing;
    });
    used.forEach(([i, j], p) => {
      active[counts.length + p] = (pairStarts[p] ?? 0) + (architecture[i] ?? 0) * (counts[j] ?? 0) + (architecture[j] ?? 0);
    });
    return active;
  };
  return { count: next, places: counts.length, activeOf };
}

/** A function of networks: a sum over their features. */
export interface FeatureSum {
  readonly weights: Float64Array;
  readonly offset: number;
}

export function sumOver({ weights, offset }: FeatureSum, active: Int32Array): number {
  let sum = offset;
  for (let k = 0; k < active.length; k++) sum += weights[active[k] ?? 0] ?? 0;
  return sum;
}

/** Robust ridge regression on features: readings that the fit cannot believe lose their weight (Student's t with 4 degrees of freedom). */
export function fitFeatureSum(features: LayerFeatures, rows: readonly Int32Array[], values: Float64Array): FeatureSum {
  let trust = new Float64Array(values.length).fill(1);
  let fit: FeatureSum = { weights: new Float64Array(features.count), offset: 0 };
  for (let round = 0; round < 3; round++) {
    fit = ridge(features.count, { rows, values, trust });
    const errors = rows.map((row, n) => (values[n] ?? 0) - sumOver(fit, row));
    const spread = 1.4826 * middleOf(errors.map(Math.abs)) + 1e-6;
    trust = Float64Array.from(errors, (error) => 5 / (4 + (error / spread) ** 2));
  }
  return fit;
}

interface Weighted {
  readonly rows: readonly Int32Array[];
  readonly values: Float64Array;
  readonly trust: Float64Array;
}

const RIDGE = 1;

function ridge(count: number, { rows, values, trust }: Weighted): FeatureSum {
  const total = trust.reduce((sum, each) => sum + each, 0);
  const offset = values.reduce((sum, value, n) => sum + value * (trust[n] ?? 0), 0) / total;
  const normal: Matrix = matrix(count, count);
  const right = new Float64Array(count);
  rows.forEach((row, n) => {
    const weight = trust[n] ?? 0;
    const error = weight * ((values[n] ?? 0) - offset);
    for (let a = 0; a < row.length; a++) {
      const start = (row[a] ?? 0) * count;
      addAt(right, row[a] ?? 0, error);
      for (let b = 0; b < row.length; b++) addAt(normal.data, start + (row[b] ?? 0), weight);
    }
  });
  for (let k = 0; k < count; k++) addAt(normal.data, k * (count + 1), RIDGE);
  return { weights: solveCholesky(cholesky(normal), right), offset };
}

function middleOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
