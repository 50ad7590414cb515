import { FleetError } from '@fleetfit/core';
import { at, numbersOf } from './cells.ts';
import { type Matrix, transpose } from './matrix.ts';

/** A B. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  return multiplyTransposed(a, transpose(b));
}

/** A Bᵀ, both read along their rows: the fastest product here. @throws FleetError `invalid` where the rows differ in length */
export function multiplyTransposed(a: Matrix, b: Matrix): Matrix {
  if (a.cols !== b.cols) throw new FleetError('invalid', `Cannot multiply: rows of ${a.cols} numbers meet rows of ${b.cols}`);
  const out = new Float64Array(a.rows * b.rows);
  for (let j = 0; j < b.rows; j += BLOCK) {
    for (let i = 0; i < a.rows; i += BLOCK) block({ a, b, out }, i, j);
  }
  return { rows: a.rows, cols: b.rows, data: out };
}

/** A Aᵀ, half the work of a product. */
export function outerGram(a: Matrix): Matrix {
  const { rows } = a;
  const out = new Float64Array(rows * rows);
  for (let j = 0; j < rows; j += BLOCK) {
    for (let i = j; i < rows; i += BLOCK) block({ a, b: a, out }, i, j);
  }
  for (let i = 0; i < rows; i++) for (let j = i + 1; j < rows; j++) out[i * rows + j] = at(out, j * rows + i);
  return { rows, cols: rows, data: out };
}

/** Aᵀ A. */
export const gram = (a: Matrix): Matrix => outerGram(transpose(a));

interface Product {
  readonly a: Matrix;
  readonly b: Matrix;
  readonly out: Float64Array;
}

const BLOCK = 4;

/** Rows i..i+3 of A with rows j..j+3 of B: sixteen sums in registers, so that each number read is used four times. */
function block(product: Product, i: number, j: number): void {
  const { a, b, out } = product;
  if (i + BLOCK > a.rows || j + BLOCK > b.rows) {
    edge(product, i, j);
    return;
  }
  const { cols } = a;
  const [x, y] = [a.data, b.data];
  const [i0, i1, i2, i3] = [i * cols, (i + 1) * cols, (i + 2) * cols, (i + 3) * cols];
  const [j0, j1, j2, j3] = [j * cols, (j + 1) * cols, (j + 2) * cols, (j + 3) * cols];
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [s20, s21, s22, s23, s30, s31, s32, s33] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < cols; k++) {
    const a0 = at(x, i0 + k);
    const a1 = at(x, i1 + k);
    const a2 = at(x, i2 + k);
    const a3 = at(x, i3 + k);
    const b0 = at(y, j0 + k);
    const b1 = at(y, j1 + k);
    const b2 = at(y, j2 + k);
    const b3 = at(y, j3 + k);
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
    s30 += a3 * b0;
    s31 += a3 * b1;
    s32 += a3 * b2;
    s33 += a3 * b3;
  }
  const wide = b.rows;
  out.set([s00, s01, s02, s03], i * wide + j);
  out.set([s10, s11, s12, s13], (i + 1) * wide + j);
  out.set([s20, s21, s22, s23], (i + 2) * wide + j);
  out.set([s30, s31, s32, s33], (i + 3) * wide + j);
}

function edge({ a, b, out }: Product, top: number, left: number): void {
  const { cols } = a;
  for (let i = top; i < Math.min(top + BLOCK, a.rows); i++) {
    for (let j = left; j < Math.min(left + BLOCK, b.rows); j++) {
      let sum = 0;
      for (let k = 0; k < cols; k++) sum += at(a.data, i * cols + k) * at(b.data, j * cols + k);
      out[i * b.rows + j] = sum;
    }
  }
}

/** A x. */
export function multiplyVector({ rows, cols, data }: Matrix, vector: ArrayLike<number>): Float64Array {
  const x = numbersOf(vector);
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = 0, cellAt = i * cols; k < cols; k++, cellAt++) sum += at(data, cellAt) * at(x, k);
    out[i] = sum;
  }
  return out;
}

/** Aᵀ x. */
export function multiplyTransposedVector({ rows, cols, data }: Matrix, vector: ArrayLike<number>): Float64Array {
  const x = numbersOf(vector);
  const out = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    const by = at(x, i);
    if (by === 0) continue;
    for (let k = 0, cellAt = i * cols; k < cols; k++, cellAt++) out[k] = at(out, k) + by * at(data, cellAt);
  }
  return out;
}

/** Σ xᵢ yᵢ. */
export function dot(left: ArrayLike<number>, right: ArrayLike<number>): number {
  const [x, y] = [numbersOf(left), numbersOf(right)];
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += at(x, i) * at(y, i);
  return sum;
}
