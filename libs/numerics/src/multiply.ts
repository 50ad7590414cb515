import { FleetError } from '@fleetfit/core';
import { numbersOf } from './cells.ts';
import { type Matrix, transpose } from './matrix.ts';

/** A B. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  return multiplyTransposed(a, transpose(b));
}

/** A Bᵀ, both read along their rows: the fastest product here. @throws FleetError `invalid` where the rows differ in length */
export function multiplyTransposed(a: Matrix, b: Matrix): Matrix {
  if (a.cols !== b.cols) throw new FleetError('invalid', `Cannot multiply: rows of ${a.cols} numbers meet rows of ${b.cols}`);
  const out = new Float64Array(a.rows * b.rows);
  for (let j = 0; j < b.rows; j += WIDE) {
    for (let i = 0; i < a.rows; i += HIGH) block({ a, b, out }, i, j);
  }
  return { rows: a.rows, cols: b.rows, data: out };
}

/** A Aᵀ, half the work of a product. */
export function outerGram(a: Matrix): Matrix {
  const { rows } = a;
  const out = new Float64Array(rows * rows);
  for (let j = 0; j < rows; j += WIDE) {
    for (let i = j - (j % HIGH); i < rows; i += HIGH) block({ a, b: a, out }, i, j);
  }
  for (let i = 0; i < rows; i++) for (let j = i + 1; j < rows; j++) out[i * rows + j] = out[j * rows + i] ?? 0;
  return { rows, cols: rows, data: out };
}

/** Aᵀ A. */
export const gram = (a: Matrix): Matrix => outerGram(transpose(a));

interface Product {
  readonly a: Matrix;
  readonly b: Matrix;
  readonly out: Float64Array;
}

const HIGH = 4;
const WIDE = 2;

/** Rows i..i+3 of A with rows j and j+1 of B: eight sums and what they are made of fit into registers, each number read serves several. */
function block(product: Product, i: number, j: number): void {
  const { a, b, out } = product;
  if (i + HIGH > a.rows || j + WIDE > b.rows) {
    edge(product, i, j);
    return;
  }
  const x = a.data;
  const y = b.data;
  const cols = a.cols;
  const i0 = i * cols;
  const i1 = i0 + cols;
  const i2 = i1 + cols;
  const i3 = i2 + cols;
  const j0 = j * cols;
  const j1 = j0 + cols;
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  let s20 = 0;
  let s21 = 0;
  let s30 = 0;
  let s31 = 0;
  for (let k = 0; k < cols; k++) {
    const b0 = y[j0 + k] ?? 0;
    const b1 = y[j1 + k] ?? 0;
    const a0 = x[i0 + k] ?? 0;
    s00 += a0 * b0;
    s01 += a0 * b1;
    const a1 = x[i1 + k] ?? 0;
    s10 += a1 * b0;
    s11 += a1 * b1;
    const a2 = x[i2 + k] ?? 0;
    s20 += a2 * b0;
    s21 += a2 * b1;
    const a3 = x[i3 + k] ?? 0;
    s30 += a3 * b0;
    s31 += a3 * b1;
  }
  const wide = b.rows;
  const to = i * wide + j;
  out[to] = s00;
  out[to + 1] = s01;
  out[to + wide] = s10;
  out[to + wide + 1] = s11;
  out[to + 2 * wide] = s20;
  out[to + 2 * wide + 1] = s21;
  out[to + 3 * wide] = s30;
  out[to + 3 * wide + 1] = s31;
}

function edge({ a, b, out }: Product, top: number, left: number): void {
  const { cols } = a;
  for (let i = top; i < Math.min(top + HIGH, a.rows); i++) {
    for (let j = left; j < Math.min(left + WIDE, b.rows); j++) {
      let sum = 0;
      for (let k = 0; k < cols; k++) sum += (a.data[i * cols + k] ?? 0) * (b.data[j * cols + k] ?? 0);
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
    for (let k = 0, cellAt = i * cols; k < cols; k++, cellAt++) sum += (data[cellAt] ?? 0) * (x[k] ?? 0);
    out[i] = sum;
  }
  return out;
}

/** Aᵀ x. */
export function multiplyTransposedVector({ rows, cols, data }: Matrix, vector: ArrayLike<number>): Float64Array {
  const x = numbersOf(vector);
  const out = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    const by = x[i] ?? 0;
    if (by === 0) continue;
    for (let k = 0, cellAt = i * cols; k < cols; k++, cellAt++) out[k] = (out[k] ?? 0) + by * (data[cellAt] ?? 0);
  }
  return out;
}

/** Σ xᵢ yᵢ. */
export function dot(left: ArrayLike<number>, right: ArrayLike<number>): number {
  const [x, y] = [numbersOf(left), numbersOf(right)];
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] ?? 0) * (y[i] ?? 0);
  return sum;
}
