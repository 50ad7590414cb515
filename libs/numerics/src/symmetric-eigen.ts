import { FleetError } from '@fleetfit/core';
import { addAt } from './cells.ts';
import { expectShape, type Matrix, transpose } from './matrix.ts';

/** A = V diag(values) Vᵀ; values rise, vectors are the columns of V. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Matrix;
}

/** Householder tridiagonalisation, then implicit QL (Golub and Van Loan 2013, 8.3). Reads the whole matrix, which must be symmetric. */
export function symmetricEigen(a: Matrix): SymmetricEigen {
  const size = a.rows;
  expectShape(a, size, size);
  const { diagonal, beside, basis } = tridiagonal(a);
  diagonalise({ diagonal, beside, basis, size });
  const order = [...diagonal.keys()].sort((i, j) => (diagonal[i] ?? 0) - (diagonal[j] ?? 0));
  const rows = new Float64Array(size * size);
  order.forEach((from, to) => {
    rows.set(basis.subarray(from * size, (from + 1) * size), to * size);
  });
  return { values: Float64Array.from(order, (i) => diagonal[i] ?? 0), vectors: transpose({ rows: size, cols: size, data: rows }) };
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** beside[i] stands between i and i + 1; the last is 0. */
  readonly beside: Float64Array;
  /** Rows are the vectors, so that rotations run along memory. */
  readonly basis: Float64Array;
  readonly size: number;
}

function tridiagonal(a: Matrix): Tridiagonal {
  const size = a.rows;
  const work = Float64Array.from(a.data);
  const beside = new Float64Array(size);
  const vectors: { readonly v: Float64Array; readonly scale: number }[] = [];
  for (let k = 0; k < size - 1; k++) {
    const v = new Float64Array(size);
    for (let i = k + 1; i < size; i++) v[i] = work[i * size + k] ?? 0;
    const norm = Math.hypot(...v.subarray(k + 1));
    const head = v[k + 1] ?? 0;
    const value = head > 0 ? -norm : norm;
    beside[k] = value;
    v[k + 1] = head - value;
    let length = 0;
    for (let i = k + 1; i < size; i++) length += (v[i] ?? 0) ** 2;
    const scale = length === 0 ? 0 : 2 / length;
    vectors.push({ v, scale });
    if (scale > 0) reflectBothSides({ work, size, v, scale }, k + 1);
  }
  const diagonal = Float64Array.from({ length: size }, (_, i) => work[i * size + i] ?? 0);
  return { diagonal, beside, basis: accumulated(vectors, size), size };
}

interface Reflection {
  readonly work: Float64Array;
  readonly size: number;
  readonly v: Float64Array;
  readonly scale: number;
}

/** A - v wᵀ - w vᵀ with p = scale A v and w = p - (scale pᵀv / 2) v. */
function reflectBothSides({ work, size, v, scale }: Reflection, from: number): void {
  const w = new Float64Array(size);
  let along = 0;
  for (let i = from; i < size; i++) {
    let sum = 0;
    for (let j = from; j < size; j++) sum += (work[i * size + j] ?? 0) * (v[j] ?? 0);
    w[i] = sum * scale;
    along += (w[i] ?? 0) * (v[i] ?? 0);
  }
  for (let i = from; i < size; i++) addAt(w, i, -0.5 * scale * along * (v[i] ?? 0));
  for (let i = from; i < size; i++) {
    const [vi, wi] = [v[i] ?? 0, w[i] ?? 0];
    for (let j = from; j < size; j++) addAt(work, i * size + j, -(vi * (w[j] ?? 0) + wi * (v[j] ?? 0)));
  }
}

function accumulated(vectors: readonly { readonly v: Float64Array; readonly scale: number }[], size: number): Float64Array {
  // The transpose of the product of all reflections, last first: row r is column r of the product.
  const basis = new Float64Array(size * size);
  for (let r = 0; r < size; r++) {
    basis[r * size + r] = 1;
    for (let k = Math.min(vectors.length, size) - 1; k >= 0; k--) {
      const { v, scale } = vectors[k] ?? { v: basis, scale: 0 };
      if (scale === 0) continue;
      let sum = 0;
      for (let i = k + 1; i < size; i++) sum += (v[i] ?? 0) * (basis[r * size + i] ?? 0);
      for (let i = k + 1; i < size; i++) addAt(basis, r * size + i, -scale * sum * (v[i] ?? 0));
    }
  }
  return basis;
}

function diagonalise(it: Tridiagonal): void {
  const { diagonal, beside, size } = it;
  for (let low = 0; low < size; low++) {
    for (let round = 0; ; round++) {
      let high = low;
      while (high < size - 1 && Math.abs(beside[high] ?? 0) > EPSILON * (Math.abs(diagonal[high] ?? 0) + Math.abs(diagonal[high + 1] ?? 0)))
        high++;
      if (high === low) break;
      if (round > 60) throw new FleetError('invalid', 'Cannot find the eigenvalues: the matrix holds numbers that are not finite');
      implicitStep(it, low, high);
    }
  }
}

const EPSILON = 2.3e-16;

/** One implicit QL step on the rows `low` to `high`, with the shift of Wilkinson. */
function implicitStep({ diagonal, beside, basis, size }: Tridiagonal, low: number, high: number): void {
  let g = ((diagonal[low + 1] ?? 0) - (diagonal[low] ?? 0)) / (2 * (beside[low] ?? 0));
  let r = Math.hypot(g, 1);
  g = (diagonal[high] ?? 0) - (diagonal[low] ?? 0) + (beside[low] ?? 0) / (g + (g >= 0 ? r : -r));
  let [sin, cos, p] = [1, 1, 0];
  for (let i = high - 1; i >= low; i--) {
    const f = sin * (beside[i] ?? 0);
    const b = cos * (beside[i] ?? 0);
    r = Math.hypot(f, g);
    beside[i + 1] = r;
    if (r === 0) {
      addAt(diagonal, i + 1, -p);
      beside[high] = 0;
      return;
    }
    [sin, cos] = [f / r, g / r];
    g = (diagonal[i + 1] ?? 0) - p;
    const turned = ((diagonal[i] ?? 0) - g) * sin + 2 * cos * b;
    p = sin * turned;
    diagonal[i + 1] = g + p;
    g = cos * turned - b;
    for (let k = 0, x = i * size, y = x + size; k < size; k++, x++, y++) {
      const [a, z] = [basis[x] ?? 0, basis[y] ?? 0];
      basis[y] = sin * a + cos * z;
      basis[x] = cos * a - sin * z;
    }
  }
  addAt(diagonal, low, -p);
  beside[low] = g;
  beside[high] = 0;
}
