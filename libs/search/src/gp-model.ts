import {
  type Cholesky,
  cholesky,
  inverseOf,
  type Matrix,
  matrix,
  multiplyVector,
  solveCholesky,
  solveLowerMatrix,
} from '@fleetfit/numerics';
import type { Axis, Levels } from './encoded-space.ts';

/**
 * A Gaussian process over mixed knobs, of zero mean and unit spread:
 *
 *     k(x, x') = sum over knobs of w_i k_i(x_i, x'_i) + w_l exp(-rho mean_i d_i(x_i, x'_i)) + s [x = x']
 *
 * main effects with a weight for each knob, and a local part (the mixture of sum and product of Ru, Alvi, Nguyen, Osborne and Roberts, ICML
 * 2020). k_i is Matérn 5/2 over the positions of ordered knobs, equality of unordered ones; d_i is their distance, 0 to 1.
 */
export interface GpModel {
  readonly points: readonly Levels[];
  /** What is expected at the known points, their own noise taken off. */
  readonly expected: Float64Array;
  look(at: readonly Levels[]): Look;
  readonly noise: number;
  /** How much each knob moves the values by itself, as a share of their variance. */
  readonly weights: readonly number[];
  /** What each level of a knob adds by itself, whatever the others are. */
  mainEffect(axis: number): Float64Array;
}

/** What is expected of points, without noise. */
interface Look {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** With one of them. */
  covarianceWith(index: number): Float64Array;
}

interface Fitted {
  readonly weights: number[];
  local: number;
  noise: number;
}

const RHO = 5;
const JITTER = 1e-6;
const ROUNDS = 6;
/** Weights are fitted to so many points at most: they need fewer than predictions do. */
const FITTED = 140;

/** @param pending points whose values are on their way: they narrow the variance, and move no mean. */
export function fitGp(
  axes: readonly Axis[],
  known: { readonly points: readonly Levels[]; readonly values: readonly number[] },
  pending: readonly Levels[],
): GpModel {
  const tables = axes.map(tablesOf);
  const { points, values } = known;
  const z = Float64Array.from(values);
  const fitted: Fitted = { weights: axes.map(() => 0.5 / axes.length), local: 0.3, noise: 0.1 };
  const some =
    points.length <= FITTED ? [...points.keys()] : Array.from({ length: FITTED }, (_, i) => Math.floor((i * points.length) / FITTED));
  refineAll(fitted, { tables, points: some.map((i) => points[i] ?? []), z: Float64Array.from(some, (i) => z[i] ?? 0) });
  const covariance = (rows: readonly Levels[], cols: readonly Levels[]): Matrix => {
    const out = localMatrix(tables, rows, cols);
    for (let k = 0; k < out.length; k++) out[k] = (out[k] ?? 0) * fitted.local;
    tables.forEach(({ kernel, count }, axis) => addAxis(out, { kernel, count, axis, rows, cols, weight: fitted.weights[axis] ?? 0 }));
    return matrix(rows.length, cols.length, out);
  };
  const all = [...points, ...pending];
  const factor = cholesky(withNoise(covariance(all, all), fitted.noise));
  // The first rows of a factor are the factor of the first rows.
  const alpha = solveCholesky(leading(factor, points.length), z);
  const self = fitted.local + fitted.weights.reduce((sum, weight) => sum + weight, 0);
  return {
    points,
    noise: fitted.noise,
    weights: fitted.weights,
    // K alpha, since (K + s I) alpha = z.
    expected: z.map((value, i) => value - (fitted.noise + JITTER) * (alpha[i] ?? 0)),
    mainEffect: (axis) => mainEffect({ tables, points, alpha, axis, weight: fitted.weights[axis] ?? 0 }),
    look: (at) => lookAt({ at, all, alpha, factor, self, covariance }),
  };
}

interface Effect {
  readonly tables: readonly AxisTables[];
  readonly points: readonly Levels[];
  readonly alpha: Float64Array;
  readonly axis: number;
  readonly weight: number;
}

/** w_i times the sum over known points of alpha_n k_i(level, x_n,i). */
function mainEffect({ tables, points, alpha, axis, weight }: Effect): Float64Array {
  const { count = 0, kernel = new Float64Array() } = tables[axis] ?? {};
  const out = new Float64Array(count);
  points.forEach((point, n) => {
    for (let level = 0; level < count; level++)
      out[level] = (out[level] ?? 0) + weight * (alpha[n] ?? 0) * (kernel[level * count + (point[axis] ?? 0)] ?? 0);
  });
  return out;
}

interface Looking {
  readonly at: readonly Levels[];
  readonly all: readonly Levels[];
  readonly alpha: Float64Array;
  readonly factor: Cholesky;
  /** Variance of any point before anything is known. */
  readonly self: number;
  covariance(rows: readonly Levels[], cols: readonly Levels[]): Matrix;
}

function lookAt({ at, all, alpha, factor, self, covariance }: Looking): Look {
  const cross = covariance(all, at);
  const width = at.length;
  const mean = new Float64Array(width);
  alpha.forEach((weight, row) => {
    for (let k = 0; k < width; k++) mean[k] = (mean[k] ?? 0) + weight * (cross.data[row * width + k] ?? 0);
  });
  const half = solveLowerMatrix(factor, cross);
  const variance = new Float64Array(width).fill(self);
  for (let row = 0, k = 0; row < half.rows; row++)
    for (let col = 0; col < width; col++, k++) variance[col] = (variance[col] ?? 0) - (half.data[k] ?? 0) ** 2;
  const covarianceWith = (index: number): Float64Array => {
    const point = at[index];
    const out = point ? Float64Array.from(covariance([point], at).data) : new Float64Array(width);
    for (let row = 0; row < half.rows; row++) {
      const by = half.data[row * width + index] ?? 0;
      for (let k = 0; k < width; k++) out[k] = (out[k] ?? 0) - by * (half.data[row * width + k] ?? 0);
    }
    return out;
  };
  return { mean, variance: variance.map((each) => Math.max(1e-9, each)), covarianceWith };
}

function leading({ lower }: Cholesky, size: number): Cholesky {
  const data = new Float64Array(size * size);
  for (let row = 0; row < size; row++) data.set(lower.data.subarray(row * lower.cols, row * lower.cols + size), row * size);
  return { lower: matrix(size, size, data) };
}

interface AxisTables {
  readonly count: number;
  /** Of main effects, level by level. */
  readonly kernel: Float64Array;
  readonly distance: Float64Array;
}

function tablesOf({ count, categorical, positions }: Axis): AxisTables {
  const table = (of: (apart: number, same: boolean) => number): Float64Array =>
    Float64Array.from({ length: count * count }, (_, k) => {
      const [a, b] = [Math.floor(k / count), k % count];
      return of(Math.abs((positions[a] ?? 0) - (positions[b] ?? 0)), a === b);
    });
  const kernel = table((apart, same) => (categorical ? (same ? 1 : 0) : matern(apart / 0.5)));
  const distance = table((apart, same) => (categorical ? (same ? 0 : 1) : (same ? 0 : 0.5) + 0.5 * apart));
  return { count, kernel, distance };
}

function matern(apart: number): number {
  const scaled = Math.sqrt(5) * apart;
  return (1 + scaled + (scaled * scaled) / 3) * Math.exp(-scaled);
}

interface Block {
  readonly count: number;
  readonly axis: number;
  readonly rows: readonly Levels[];
  readonly cols: readonly Levels[];
}

function axisMatrix(kernel: Float64Array, block: Block): Float64Array {
  const out = new Float64Array(block.rows.length * block.cols.length);
  addAxis(out, { ...block, kernel, weight: 1 });
  return out;
}

function addAxis(
  out: Float64Array,
  { kernel, count, axis, rows, cols, weight }: Block & { readonly kernel: Float64Array; readonly weight: number },
): void {
  const right = Int32Array.from(cols, (each) => each[axis] ?? 0);
  rows.forEach((row, i) => {
    const from = (row[axis] ?? 0) * count;
    const start = i * right.length;
    for (let j = 0; j < right.length; j++) out[start + j] = (out[start + j] ?? 0) + weight * (kernel[from + (right[j] ?? 0)] ?? 0);
  });
}

function localMatrix(tables: readonly AxisTables[], rows: readonly Levels[], cols: readonly Levels[]): Float64Array {
  const out = new Float64Array(rows.length * cols.length);
  tables.forEach(({ distance, count }, axis) => addAxis(out, { kernel: distance, count, axis, rows, cols, weight: -RHO / tables.length }));
  for (let k = 0; k < out.length; k++) out[k] = Math.exp(out[k] ?? 0);
  return out;
}

function withNoise(of: Matrix, noise: number): Matrix {
  const data = Float64Array.from(of.data);
  for (let i = 0; i < of.rows; i++) data[i * of.cols + i] = (data[i * of.cols + i] ?? 0) + noise + JITTER;
  return matrix(of.rows, of.cols, data);
}

function refineAll(
  fitted: Fitted,
  { tables, points, z }: { readonly tables: readonly AxisTables[]; readonly points: readonly Levels[]; readonly z: Float64Array },
): void {
  const own = tables.map(({ kernel, count }, axis) => axisMatrix(kernel, { count, axis, rows: points, cols: points }));
  const local = localMatrix(tables, points, points);
  for (let round = 0; round < ROUNDS; round++) refine(fitted, { own, local, z });
}

/**
 * One step towards the weights of largest likelihood: w <- w sqrt((a' K a + c) / (tr(V^-1 K) + 2)), a = V^-1 z; where the ratio is 1 the
 * gradient is 0. The constants are a weak prior that keeps weights from vanishing on little evidence.
 */
function refine(
  fitted: Fitted,
  { own, local, z }: { readonly own: readonly Float64Array[]; readonly local: Float64Array; readonly z: Float64Array },
): void {
  const n = z.length;
  const sum = local.map((value) => value * fitted.local);
  own.forEach((part, i) => {
    const weight = fitted.weights[i] ?? 0;
    for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] ?? 0) + weight * (part[k] ?? 0);
  });
  const inverse = inverseOf(cholesky(withNoise(matrix(n, n, sum), fitted.noise)));
  const a = multiplyVector(inverse, z);
  const next = (value: number, part: Float64Array, prior: number): number => {
    let [fit, room] = [0, 0];
    for (let i = 0, k = 0; i < n; i++) {
      const own = a[i] ?? 0;
      for (let j = 0; j < n; j++, k++) {
        const value = part[k] ?? 0;
        fit += own * (a[j] ?? 0) * value;
        room += (inverse.data[k] ?? 0) * value;
      }
    }
    return Math.min(3, Math.max(1e-5, value * Math.sqrt(Math.max(1e-9, fit + prior) / (room + 2))));
  };
  own.forEach((part, i) => {
    fitted.weights[i] = next(fitted.weights[i] ?? 0, part, 2 / own.length);
  });
  fitted.local = next(fitted.local, local, 0.4);
  let [fit, room] = [0, 0];
  for (let i = 0; i < n; i++) {
    fit += (a[i] ?? 0) ** 2;
    room += inverse.data[i * n + i] ?? 0;
  }
  fitted.noise = Math.min(1, Math.max(1e-3, fitted.noise * Math.sqrt((fit + 0.1) / (room + 1))));
}
