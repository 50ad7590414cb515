import { at, cholesky, dot, inverseOf, type Matrix, matrix, multiplyVector } from '@fleetfit/numerics';
import { type Columns, covarianceFrom, type KernelSpace, type Parts, partsOf, type Weights } from './kernel.ts';

/** A Gaussian process that has seen values (of zero mean and unit spread) at points: eq. 16. */
export interface Process {
  readonly space: KernelSpace;
  readonly weights: Weights;
  readonly points: Columns;
  readonly values: Float64Array;
  /** Of the covariance with noise. */
  readonly inverse: Matrix;
  /** inverse x values. */
  readonly dual: Float64Array;
}

export const startWeights = (space: KernelSpace): Weights => ({
  mains: new Float64Array(space.axes.length).fill(0.4 / Math.max(1, space.axes.length)),
  pairs: 0.1,
  anova: 0.1,
  local: 0.2,
  roles: space.roles.map(() => 0.1),
  noise: 0.1,
});

const ROUNDS = 5;
const JITTER = 1e-4;

/** Weights moved towards the largest evidence, from where they start; then everything that predictions need. */
export function fitProcess(
  space: KernelSpace,
  known: { readonly points: Columns; readonly values: Float64Array },
  start: Weights,
): Process {
  let weights = start;
  for (let round = 0; ; round++) {
    const parts = partsOf(space, weights, [known.points, known.points]);
    const covariance = covarianceFrom(parts, weights);
    const size = known.points.count;
    for (let n = 0; n < size; n++) covariance[n * size + n] = (covariance[n * size + n] ?? 0) + weights.noise + JITTER;
    const inverse = inverseOf(cholesky(matrix(size, size, covariance)));
    const dual = multiplyVector(inverse, known.values);
    if (round === ROUNDS) return { space, weights, ...known, inverse, dual };
    weights = moved({ space, weights, parts, points: known.points }, inverse, dual);
  }
}

interface Moving {
  readonly space: KernelSpace;
  readonly weights: Weights;
  readonly parts: Parts;
  readonly points: Columns;
}

/** w <- w sqrt((a'K a + c) / (tr(V⁻¹ K) + 2)): a fixed point where the gradient of the evidence with a weak prior is 0 (eq. 17). */
function moved({ space, weights, parts, points }: Moving, inverse: Matrix, dual: Float64Array): Weights {
  const knobs = space.axes.length;
  const mains = weights.mains.map((weight, i) => {
    const { squared, trace } = axisMoments({ space, points }, i, { inverse, dual });
    return clamp((weight * Math.sqrt(Math.max(squared + 2 / knobs, 1e-8))) / Math.sqrt(trace + 2), 1e-5, 3);
  });
  const next = (weight: number, part: Float64Array, prior: number): number => {
    const size = dual.length;
    const squared = dot(dual, multiplyVector(matrix(size, size, part), dual));
    return clamp(weight * Math.sqrt(Math.max(squared + prior, 1e-9) / (dot(inverse.data, part) + 2)), 1e-4, 2);
  };
  let trace = 0;
  for (let n = 0; n < dual.length; n++) trace += at(inverse.data, n * (dual.length + 1));
  return {
    mains,
    pairs: next(weights.pairs, parts.pairs, 0.2),
    anova: next(weights.anova, parts.anova, 0.2),
    local: next(weights.local, parts.local, 0.4),
    roles: weights.roles.map((weight, r) => next(weight, parts.roles[r] ?? parts.local, 0.2)),
    noise: clamp(weights.noise * Math.sqrt((dot(dual, dual) + 0.1) / (trace + 1)), 1e-3, 2),
  };
}

/** Of one knob's kernel without writing it out: sums over levels first. */
function axisMoments(
  { space, points }: Pick<Moving, 'space' | 'points'>,
  axis: number,
  { inverse, dual }: { readonly inverse: Matrix; readonly dual: Float64Array },
): { readonly squared: number; readonly trace: number } {
  const count = space.axes[axis]?.count ?? 1;
  const covariance = space.covariances[axis] ?? new Float64Array(count * count);
  const levels = points.levels[axis] ?? new Int32Array(points.count);
  const pull = new Float64Array(count);
  let trace = 0;
  for (let n = 0; n < levels.length; n++) {
    const level = levels[n] ?? 0;
    pull[level] = (pull[level] ?? 0) + (dual[n] ?? 0);
    const from = level * count;
    const row = n * levels.length;
    for (let m = 0; m < levels.length; m++) trace += (inverse.data[row + m] ?? 0) * at(covariance, from + (levels[m] ?? 0));
  }
  return { squared: dot(pull, multiplyVector(matrix(count, count, covariance), pull)), trace };
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** What the process says of each point that it has seen, from all the others (leave-one-out). */
export function leftOut({ values, dual, inverse }: Process): Float64Array {
  return values.map((value, n) => value - (dual[n] ?? 0) / at(inverse.data, n * (values.length + 1)));
}

/** What it says of the points that it has seen, their own noise taken off. */
export const smoothed = ({ values, dual, weights }: Process): Float64Array =>
  values.map((value, n) => value - weights.noise * (dual[n] ?? 0));
