import { numbersOf } from './cells.ts';
import { type Matrix, transpose } from './matrix.ts';

/** A[:, pivots] = Q R with orthonormal columns in Q (rows x k) and an upper triangle R (k x cols), k = min(rows, cols). */
export interface Qr {
  readonly q: Matrix;
  readonly r: Matrix;
  /** Which column of A each column of R stands for. */
  readonly pivots: readonly number[];
}

/**
 * Householder QR with column pivoting (Businger and Golub 1965): the diagonal of R falls, so that its size tells the rank.
 * Works on Aᵀ, so that a column is a run of memory.
 */
export function pivotedQr(a: Matrix): Qr {
  const { rows, cols } = a;
  const work = transpose(a).data;
  const steps = Math.min(rows, cols);
  const pivots = Array.from({ length: cols }, (_, i) => i);
  const norms = Float64Array.from({ length: cols }, (_, j) => squaredNorm(work, j * rows, (j + 1) * rows));
  const scales = new Float64Array(steps);
  const diagonal = new Float64Array(steps);
  for (let k = 0; k < steps; k++) {
    swapColumns({ work, rows, norms, pivots }, k, largest(norms, k));
    const { scale, value } = reflector(work, k * rows + k, (k + 1) * rows);
    scales[k] = scale;
    diagonal[k] = value;
    for (let j = k + 1; j < cols; j++) {
      reflect({ work, scale, length: rows - k }, k * rows + k, j * rows + k);
      // Recomputed, not downdated: no cancellation, and the column is in the cache.
      norms[j] = squaredNorm(work, j * rows + k + 1, (j + 1) * rows);
    }
  }
  return { q: qOf({ work, scales, rows, steps }), r: rOf({ work, diagonal, rows, cols, steps }), pivots };
}

function squaredNorm(data: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (data[i] ?? 0) * (data[i] ?? 0);
  return sum;
}

function largest(norms: Float64Array, from: number): number {
  let best = from;
  for (let j = from + 1; j < norms.length; j++) if ((norms[j] ?? 0) > (norms[best] ?? 0)) best = j;
  return best;
}

interface Columns {
  readonly work: Float64Array;
  readonly rows: number;
  readonly norms: Float64Array;
  readonly pivots: number[];
}

function swapColumns({ work, rows, norms, pivots }: Columns, k: number, j: number): void {
  if (k === j) return;
  const kept = work.slice(k * rows, (k + 1) * rows);
  work.copyWithin(k * rows, j * rows, (j + 1) * rows);
  work.set(kept, j * rows);
  [norms[k], norms[j]] = [norms[j] ?? 0, norms[k] ?? 0];
  [pivots[k], pivots[j]] = [pivots[j] ?? 0, pivots[k] ?? 0];
}

/** Turns work[from..to] into v with (I - scale v vᵀ) x = value e₁. */
function reflector(work: Float64Array, from: number, to: number): { readonly scale: number; readonly value: number } {
  const norm = Math.sqrt(squaredNorm(work, from, to));
  const head = work[from] ?? 0;
  if (norm === 0) return { scale: 0, value: 0 };
  const value = head > 0 ? -norm : norm;
  work[from] = head - value;
  return { scale: 2 / squaredNorm(work, from, to), value };
}

function reflect({ work, scale, length }: { work: Float64Array; scale: number; length: number }, v: number, x: number): void {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (work[v + i] ?? 0) * (work[x + i] ?? 0);
  const by = sum * scale;
  if (by === 0) return;
  for (let i = 0; i < length; i++) work[x + i] = (work[x + i] ?? 0) - by * (work[v + i] ?? 0);
}

interface Reflectors {
  readonly work: Float64Array;
  readonly scales: Float64Array;
  readonly rows: number;
  readonly steps: number;
}

function qOf({ work, scales, rows, steps }: Reflectors): Matrix {
  // Reflectors and unit columns side by side in one array, so that one routine serves both.
  const both = new Float64Array(2 * steps * rows);
  both.set(work.subarray(0, steps * rows));
  for (let j = 0; j < steps; j++) {
    const column = (steps + j) * rows;
    both[column + j] = 1;
    for (let k = j; k >= 0; k--) reflect({ work: both, scale: scales[k] ?? 0, length: rows - k }, k * rows + k, column + k);
  }
  return transpose({ rows: steps, cols: rows, data: both.slice(steps * rows) });
}

interface Triangle {
  readonly work: Float64Array;
  readonly diagonal: Float64Array;
  readonly rows: number;
  readonly cols: number;
  readonly steps: number;
}

function rOf({ work, diagonal, rows, cols, steps }: Triangle): Matrix {
  const r = new Float64Array(steps * cols);
  for (let j = 0; j < cols; j++) {
    for (let i = 0; i < Math.min(j, steps); i++) r[i * cols + j] = work[j * rows + i] ?? 0;
    if (j < steps) r[j * cols + j] = diagonal[j] ?? 0;
  }
  return { rows: steps, cols, data: r };
}

/** The x that makes |A x - b| least; columns that the others determine (beyond `tolerance` of the largest) get 0. */
export function leastSquares(a: Matrix, b: ArrayLike<number>, tolerance = 1e-12): Float64Array {
  const { q, r, pivots } = pivotedQr(a);
  const right = numbersOf(b);
  const size = r.rows;
  const top = Math.abs(r.data[0] ?? 0);
  let rank = 0;
  while (rank < size && Math.abs(r.data[rank * r.cols + rank] ?? 0) > tolerance * top) rank++;
  const x = new Float64Array(a.cols);
  const y = new Float64Array(rank);
  for (let i = rank - 1; i >= 0; i--) {
    let sum = 0;
    for (let k = 0; k < q.rows; k++) sum += (q.data[k * q.cols + i] ?? 0) * (right[k] ?? 0);
    for (let j = i + 1; j < rank; j++) sum -= (r.data[i * r.cols + j] ?? 0) * (y[j] ?? 0);
    y[i] = sum / (r.data[i * r.cols + i] ?? 0);
    x[pivots[i] ?? 0] = y[i] ?? 0;
  }
  return x;
}
