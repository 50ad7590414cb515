import { FleetError } from '@fleetfit/core';
import { at } from './cells.ts';
import { type Matrix, matrix, transpose } from './matrix.ts';
import { multiply } from './multiply.ts';
import { pivotedQr } from './qr.ts';

/** Rows of a tall matrix that span it best, and every row written in them: A = coefficients A[rows, :]. */
export interface Maxvol {
  readonly rows: readonly number[];
  /** A.rows x A.cols; the chosen rows are unit vectors. No number is larger than `bound`, if the steps sufficed. */
  readonly coefficients: Matrix;
}

/**
 * A square submatrix of a tall matrix whose volume is nearly the largest (Goreinov, Oseledets, Savostyanov, Tyrtyshnikov and
 * Zamarashkin 2010): rows are exchanged while one of the coefficients is larger than `bound`.
 * @throws FleetError `invalid` for a matrix that is wider than tall or of deficient rank
 */
export function maxvol(a: Matrix, { bound = 1.05, steps = 200 }: { readonly bound?: number; readonly steps?: number } = {}): Maxvol {
  const { rows: height, cols: rank } = a;
  if (height < rank) throw new FleetError('invalid', `Cannot choose ${rank} rows of ${height}`);
  // Pivoted QR of Aᵀ starts with rows that are far from dependent.
  const { q, r, pivots } = pivotedQr(transpose(a));
  const chosen = pivots.slice(0, rank);
  const top = Math.abs(at(r.data, 0));
  for (let i = 0; i < rank; i++) {
    if (!(Math.abs(at(r.data, i * r.cols + i)) > 1e-14 * top))
      throw new FleetError('invalid', `Cannot choose ${rank} rows: the matrix has rank ${i}`);
  }
  const data = multiply(a, rightInverse(q, r)).data;
  for (let step = 0; step < steps; step++) {
    const worst = data.reduce((best, value, i) => (Math.abs(value) > Math.abs(at(data, best)) ? i : best), 0);
    if (Math.abs(at(data, worst)) <= bound) break;
    const [row, col] = [Math.floor(worst / rank), worst % rank];
    chosen[col] = row;
    exchange({ data, rank, height }, row, col);
  }
  return { rows: chosen, coefficients: { rows: height, cols: rank, data } };
}

/** (A[chosen])⁻¹ where A[chosen]ᵀ = Q R₁: its transpose is (Q R₁)⁻¹ = R₁⁻¹ Qᵀ. */
function rightInverse(q: Matrix, r: Matrix): Matrix {
  const size = r.rows;
  const inverse = matrix(size, size);
  for (let j = 0; j < size; j++) {
    for (let i = j; i >= 0; i--) {
      let sum = i === j ? 1 : 0;
      for (let k = i + 1; k <= j; k++) sum -= at(r.data, i * r.cols + k) * at(inverse.data, k * size + j);
      inverse.data[i * size + j] = sum / at(r.data, i * r.cols + i);
    }
  }
  return multiply(q, transpose(inverse));
}

/** C - c_col (c_row - e_col) / c_row,col: a rank-one update. */
function exchange({ data, rank, height }: { data: Float64Array; rank: number; height: number }, row: number, col: number): void {
  const change = data.slice(row * rank, (row + 1) * rank);
  const pivot = at(change, col);
  change[col] = pivot - 1;
  for (let i = 0; i < height; i++) {
    const by = at(data, i * rank + col) / pivot;
    if (by === 0) continue;
    for (let k = 0; k < rank; k++) data[i * rank + k] = at(data, i * rank + k) - by * at(change, k);
  }
}
