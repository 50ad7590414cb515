import { FleetError } from '@fleetfit/core';
import { type Cholesky, cholesky, type Matrix } from '@fleetfit/numerics';

/** A covariance that can be factored: S + lambda I. */
interface Regular {
  readonly matrix: Matrix;
  readonly factor: Cholesky;
  readonly lambda: number;
}

/** How often lambda grows tenfold before a covariance is given up: float32 sums are right to six digits. */
const ATTEMPTS = 6;

/**
 * Adds a ridge to a covariance, lambda = ridge tr(S) / size, and more where rounding has left it with negative directions: channels that
 * are large and hardly vary lose their variance in float32 sums.
 *
 * @throws FleetError `invalid` when it holds numbers that are not finite
 */
export function positiveDefinite(covariance: Float64Array, size: number, ridge: number): Regular {
  let lambda = ridgeOf(covariance, size, ridge);
  for (let attempt = 1; ; attempt++, lambda *= 10) {
    const data = covariance.slice();
    for (let i = 0; i < size; i++) data[i * size + i] = (data[i * size + i] ?? 0) + lambda;
    const matrix = { rows: size, cols: size, data };
    try {
      return { matrix, factor: cholesky(matrix), lambda };
    } catch (thrown) {
      if (!(thrown instanceof FleetError) || attempt === ATTEMPTS) throw thrown;
    }
  }
}

/** lambda, never zero: dead channels have no variance at all. */
function ridgeOf(covariance: Float64Array, size: number, ridge: number): number {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += Math.abs(covariance[i * size + i] ?? 0);
  return Math.max((ridge * trace) / size, 1e-12);
}
