import { cholesky, inverseOf, type Matrix, multiply, outerGram, symmetricEigen, transpose } from '@fleetfit/numerics';

/** A layer y = W' h as two thinner ones, at any rank. */
export interface LowRank {
  readonly most: number;
  /** errors[r]: what is lost at rank r, as a share of the variance of the output. errors[most] = 0. */
  readonly errors: Float64Array;
  /** W is nearly first (size, rank) times second (rank, outputs). */
  factors(rank: number): { readonly first: Matrix; readonly second: Matrix };
}

/**
 * The best replacement of rank r under E|W'h - W_r'h|^2, with S = cov(h) (Zhang et al., arXiv 1505.06798; reduced-rank regression):
 *
 *     outputs <= size:  W' S W = U E U',        first = W U_r,         second = U_r'
 *     size < outputs:   S = L L',  (L'W)(L'W)' = V E V',  first = L^-T V_r,  second = V_r' L' W
 *
 * Without S the singular value decomposition of W alone, which knows nothing of what the layer sees.
 *
 * @param w (size, outputs)
 * @param s (size, size), positive definite (ridge added)
 */
export function lowRank(w: Matrix, s?: Matrix): LowRank {
  return w.cols <= w.rows ? byOutputs(w, s) : byInputs(w, s);
}

function byOutputs(w: Matrix, s: Matrix | undefined): LowRank {
  const turned = transpose(w);
  const eigen = symmetricEigen(symmetric(s ? multiply(turned, multiply(s, w)) : outerGram(turned)));
  return {
    most: w.cols,
    errors: errorsOf(eigen.values),
    factors(rank) {
      const u = largest(eigen.vectors, rank);
      return { first: multiply(w, u), second: transpose(u) };
    },
  };
}

function byInputs(w: Matrix, s: Matrix | undefined): LowRank {
  const factor = s && cholesky(s);
  const seen = factor ? multiply(transpose(factor.lower), w) : w;
  const eigen = symmetricEigen(symmetric(outerGram(seen)));
  return {
    most: w.rows,
    errors: errorsOf(eigen.values),
    factors(rank) {
      const v = largest(eigen.vectors, rank);
      // L^-T = S^-1 L
      const first = factor ? multiply(inverseOf(factor), multiply(factor.lower, v)) : v;
      return { first, second: multiply(transpose(v), seen) };
    },
  };
}

/** Rounding leaves halves that differ in the last digit. */
function symmetric({ rows, cols, data }: Matrix): Matrix {
  const even = data.slice();
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < i; j++) {
      const value = ((data[i * cols + j] ?? 0) + (data[j * cols + i] ?? 0)) / 2;
      even[i * cols + j] = value;
      even[j * cols + i] = value;
    }
  return { rows, cols, data: even };
}

/** Eigenvalues rise: the smallest are lost first. */
function errorsOf(values: Float64Array): Float64Array {
  const count = values.length;
  const errors = new Float64Array(count + 1);
  for (let rank = count - 1; rank >= 0; rank--) errors[rank] = (errors[rank + 1] ?? 0) + Math.max(0, values[count - 1 - rank] ?? 0);
  const all = Math.max(errors[0] ?? 0, 1e-300);
  return errors.map((error) => error / all);
}

/** The columns that belong to the largest eigenvalues, largest first. */
function largest({ rows, cols, data }: Matrix, count: number): Matrix {
  const kept = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) for (let k = 0; k < count; k++) kept[i * count + k] = data[i * cols + cols - 1 - k] ?? 0;
  return { rows, cols: count, data: kept };
}
