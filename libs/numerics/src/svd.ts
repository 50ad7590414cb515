import { type Matrix, transpose } from './matrix.ts';
import { multiply } from './multiply.ts';
import { pivotedQr } from './qr.ts';

/** A = U diag(values) Vᵀ, thin: U is rows x k, V is cols x k, k = min(rows, cols); values fall. */
export interface Svd {
  readonly u: Matrix;
  readonly values: Float64Array;
  readonly v: Matrix;
}

/**
 * Thin singular value decomposition: pivoted QR first, then one-sided Jacobi on Rᵀ, which that makes nearly orthogonal already
 * (Drmač and Veselić 2008). Small values keep their relative accuracy.
 */
export function svd(a: Matrix): Svd {
  if (a.rows < a.cols) {
    const { u, values, v } = svd(transpose(a));
    return { u: v, values, v: u };
  }
  const { q, r, pivots } = pivotedQr(a);
  // Rows of `x` are the columns of Rᵀ, rows of `turns` the columns of the rotations: Rᵀ turns = orthogonal.
  const x = Float64Array.from(r.data);
  const size = r.rows;
  const turns = new Float64Array(size * size);
  for (let i = 0; i < size; i++) turns[i * size + i] = 1;
  for (let sweep = 0; sweep < 30; sweep++) if (!turnAll({ x, turns, size })) break;
  const norms = Float64Array.from({ length: size }, (_, i) => Math.sqrt(dotRows(x, size, [i, i])));
  const order = [...norms.keys()].sort((i, j) => (norms[j] ?? 0) - (norms[i] ?? 0));
  const values = Float64Array.from(order, (i) => norms[i] ?? 0);
  return { u: multiply(q, picked(turns, size, { order })), values, v: unpivoted(picked(x, size, { order, norms }), pivots) };
}

interface Rotating {
  readonly x: Float64Array;
  readonly turns: Float64Array;
  readonly size: number;
}

function turnAll(rotating: Rotating): boolean {
  const { x, size } = rotating;
  let turned = false;
  for (let i = 0; i < size - 1; i++) {
    for (let j = i + 1; j < size; j++) {
      const [a, b, c] = [dotRows(x, size, [i, i]), dotRows(x, size, [j, j]), dotRows(x, size, [i, j])];
      if (!(Math.abs(c) > 1e-15 * Math.sqrt(a * b)) || c === 0) continue;
      turned = true;
      const zeta = (b - a) / (2 * c);
      const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
      const cos = 1 / Math.hypot(1, t);
      rotate(rotating, [i, j], [cos, cos * t]);
    }
  }
  return turned;
}

function dotRows(x: Float64Array, size: number, [i, j]: readonly [number, number]): number {
  let sum = 0;
  for (let k = 0, p = i * size, q = j * size; k < size; k++, p++, q++) sum += (x[p] ?? 0) * (x[q] ?? 0);
  return sum;
}

function rotate({ x, turns, size }: Rotating, [i, j]: readonly [number, number], [cos, sin]: readonly [number, number]): void {
  for (const each of [x, turns]) {
    for (let k = 0, p = i * size, q = j * size; k < size; k++, p++, q++) {
      const [a, b] = [each[p] ?? 0, each[q] ?? 0];
      each[p] = cos * a - sin * b;
      each[q] = sin * a + cos * b;
    }
  }
}

/** Columns from rows in an order, each divided by its norm where norms are given. */
function picked(rows: Float64Array, size: number, { order, norms }: { order: readonly number[]; norms?: Float64Array }): Matrix {
  const data = new Float64Array(size * size);
  order.forEach((from, to) => {
    const norm = norms ? (norms[from] ?? 0) || 1 : 1;
    for (let k = 0; k < size; k++) data[k * size + to] = (rows[from * size + k] ?? 0) / norm;
  });
  return { rows: size, cols: size, data };
}

function unpivoted(v: Matrix, pivots: readonly number[]): Matrix {
  const data = new Float64Array(v.rows * v.cols);
  pivots.forEach((to, from) => {
    data.set(v.data.subarray(from * v.cols, (from + 1) * v.cols), to * v.cols);
  });
  return { ...v, data };
}
