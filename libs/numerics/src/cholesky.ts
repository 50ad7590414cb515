import { FleetError } from '@fleetfit/core';
import { numbersOf } from './cells.ts';
import { expectShape, type Matrix } from './matrix.ts';

/** L with A = L Lᵀ, zeros above the diagonal. */
export interface Cholesky {
  readonly lower: Matrix;
}

/**
 * Factors a symmetric positive definite matrix; only its lower half is read.
 * @throws FleetError `invalid`, naming the row at which it turns out not to be positive definite
 */
export function cholesky(a: Matrix): Cholesky {
  const size = a.rows;
  expectShape(a, size, size);
  const data = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) data[i * size + j] = ((a.data[i * size + j] ?? 0) - rowDot(data, size, [i, j])) / (data[j * size + j] ?? 0);
    const rest = (a.data[i * size + i] ?? 0) - rowDot(data, size, [i, i]);
    if (!(rest > 0)) throw new FleetError('invalid', `Cannot factor the matrix: it is not positive definite at row ${i} of ${size}`);
    data[i * size + i] = Math.sqrt(rest);
  }
  return { lower: { rows: size, cols: size, data } };
}

/** Σ over k below `j` of L[i,k] L[j,k], with four sums so that additions need not wait for each other. */
function rowDot(data: Float64Array, size: number, [i, j]: readonly [number, number]): number {
  let [x, y] = [i * size, j * size];
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const end = y + j;
  for (; y + 3 < end; x += 4, y += 4) {
    s0 += (data[x] ?? 0) * (data[y] ?? 0);
    s1 += (data[x + 1] ?? 0) * (data[y + 1] ?? 0);
    s2 += (data[x + 2] ?? 0) * (data[y + 2] ?? 0);
    s3 += (data[x + 3] ?? 0) * (data[y + 3] ?? 0);
  }
  for (; y < end; x++, y++) s0 += (data[x] ?? 0) * (data[y] ?? 0);
  return s0 + s1 + (s2 + s3);
}

/** x with L x = b. */
export function solveLower({ lower: { rows: size, data } }: Cholesky, b: ArrayLike<number>): Float64Array {
  const right = numbersOf(b);
  const x = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = right[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= (data[i * size + k] ?? 0) * (x[k] ?? 0);
    x[i] = sum / (data[i * size + i] ?? 0);
  }
  return x;
}

/** x with A x = b. */
export function solveCholesky(factor: Cholesky, b: ArrayLike<number>): Float64Array {
  const { rows: size, data } = factor.lower;
  const x = solveLower(factor, b);
  for (let i = size - 1; i >= 0; i--) {
    const value = (x[i] ?? 0) / (data[i * size + i] ?? 0);
    x[i] = value;
    // Row i of L is column i of Lᵀ: the rest is updated along it.
    for (let k = 0; k < i; k++) x[k] = (x[k] ?? 0) - value * (data[i * size + k] ?? 0);
  }
  return x;
}

/** X with L X = B, for all columns of B at once. */
export function solveLowerMatrix({ lower: { rows: size, data } }: Cholesky, b: Matrix): Matrix {
  expectShape(b, size, b.cols);
  const out = Float64Array.from(b.data);
  const { cols } = b;
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) subtractRow({ out, cols, by: data[i * size + k] ?? 0 }, i, k);
    const scale = 1 / (data[i * size + i] ?? 0);
    for (let c = i * cols; c < (i + 1) * cols; c++) out[c] = (out[c] ?? 0) * scale;
  }
  return { rows: size, cols, data: out };
}

function subtractRow({ out, cols, by }: { out: Float64Array; cols: number; by: number }, into: number, from: number): void {
  if (by === 0) return;
  let [x, y] = [into * cols, from * cols];
  const end = x + cols;
  for (; x < end; x++, y++) out[x] = (out[x] ?? 0) - by * (out[y] ?? 0);
}

/** A⁻¹ from its factor: L⁻¹ first, then L⁻ᵀ L⁻¹, each half of a product. */
export function inverseOf(factor: Cholesky): Matrix {
  const { rows: size } = factor.lower;
  // Row j of `columns` is column j of L⁻¹: zeros before j.
  const columns = new Float64Array(size * size);
  for (let j = 0; j < size; j++) inverseColumn(factor, columns, j);
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value = tailDot(columns, [i * size, j * size], [i, size]);
      out[i * size + j] = value;
      out[j * size + i] = value;
    }
  }
  return { rows: size, cols: size, data: out };
}

/** The diagonal of A⁻¹, for a third of the work of all of it. */
export function inverseDiagonal(factor: Cholesky): Float64Array {
  const { rows: size } = factor.lower;
  const column = new Float64Array(size * size);
  const out = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    inverseColumn(factor, column, j);
    out[j] = tailDot(column, [j * size, j * size], [j, size]);
  }
  return out;
}

function inverseColumn({ lower: { rows: size, data } }: Cholesky, columns: Float64Array, j: number): void {
  const start = j * size;
  columns[start + j] = 1 / (data[j * size + j] ?? 0);
  for (let i = j + 1; i < size; i++) {
    const row = i * size;
    let [s0, s1] = [0, 0];
    let k = j;
    for (; k + 1 < i; k += 2) {
      s0 += (data[row + k] ?? 0) * (columns[start + k] ?? 0);
      s1 += (data[row + k + 1] ?? 0) * (columns[start + k + 1] ?? 0);
    }
    if (k < i) s0 += (data[row + k] ?? 0) * (columns[start + k] ?? 0);
    columns[start + i] = -(s0 + s1) / (data[row + i] ?? 0);
  }
}

function tailDot(data: Float64Array, [x, y]: readonly [number, number], [from, to]: readonly [number, number]): number {
  let [s0, s1] = [0, 0];
  let k = from;
  for (; k + 1 < to; k += 2) {
    s0 += (data[x + k] ?? 0) * (data[y + k] ?? 0);
    s1 += (data[x + k + 1] ?? 0) * (data[y + k + 1] ?? 0);
  }
  if (k < to) s0 += (data[x + k] ?? 0) * (data[y + k] ?? 0);
  return s0 + s1;
}

/** ln det A. */
export function logDeterminant({ lower: { rows: size, data } }: Cholesky): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += Math.log(data[i * size + i] ?? 0);
  return 2 * sum;
}

/**
 * The factor of A with one more row and column: `row` holds A[n, 0..n], the diagonal last.
 * @throws FleetError `invalid` where the larger matrix is not positive definite
 */
export function appendCholesky(factor: Cholesky, row: ArrayLike<number>): Cholesky {
  const { rows: size, data } = factor.lower;
  const next = size + 1;
  const out = new Float64Array(next * next);
  for (let i = 0; i < size; i++) out.set(data.subarray(i * size, i * size + i + 1), i * next);
  const last = solveLower(factor, row);
  const rest = (row[size] ?? 0) - last.reduce((sum, value) => sum + value * value, 0);
  if (!(rest > 0)) throw new FleetError('invalid', `Cannot append to the factor: it is not positive definite at row ${size}`);
  out.set(last, size * next);
  out[next * next - 1] = Math.sqrt(rest);
  return { lower: { rows: next, cols: next, data: out } };
}

/** The factor of A + x xᵀ (Gill, Golub, Murray and Saunders 1974). */
export function updateCholesky({ lower }: Cholesky, x: ArrayLike<number>): Cholesky {
  const { rows: size } = lower;
  const data = Float64Array.from(lower.data);
  const rest = Float64Array.from(x);
  for (let k = 0; k < size; k++) {
    const [before, value] = [data[k * size + k] ?? 0, rest[k] ?? 0];
    const after = Math.hypot(before, value);
    const [c, s] = [after / before, value / before];
    data[k * size + k] = after;
    for (let i = k + 1; i < size; i++) {
      const changed = ((data[i * size + k] ?? 0) + s * (rest[i] ?? 0)) / c;
      data[i * size + k] = changed;
      rest[i] = c * (rest[i] ?? 0) - s * changed;
    }
  }
  return { lower: { rows: size, cols: size, data } };
}
