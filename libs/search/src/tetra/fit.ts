import {
  addAt,
  type Cholesky,
  cholesky,
  dot,
  inverseDiagonal,
  type Matrix,
  matrix,
  multiplyTransposedVector,
  multiplyVector,
  outerGram,
  solveCholesky,
  solveLowerMatrix,
} from '@fleetfit/numerics';
import { type Layout, type Unknowns, unwhitened } from './latents.ts';
import type { Predict } from './predict.ts';
import type { Row } from './rows.ts';

/** Readings of one metric. */
export interface Readings {
  readonly rows: readonly Row[];
  /** ln of the metric, or of -ln(1 - loss). */
  readonly values: Float64Array;
  /** Variance of each reading, as far as the measurement knows it: what the model cannot say comes on top. */
  readonly variances: Float64Array;
}

/** A model that has seen readings: all that draws and predictions need. */
export interface Fitted {
  readonly layout: Layout;
  readonly unknowns: Unknowns;
  /** readings x unknowns, at the fit. */
  readonly jacobian: Matrix;
  /** Of J Jᵀ + R. */
  readonly factor: Cholesky;
  /** What the model says of each reading. */
  readonly predicted: Float64Array;
  /** R: variance of each reading with the model's own. */
  readonly noises: Float64Array;
  /** Leave-one-out log density of the readings, up to a constant (eq. 9). Higher: the model says better what it has not seen. */
  readonly evidence: number;
}

export interface FitOptions {
  readonly layout: Layout;
  readonly predict: Predict;
  readonly start: Unknowns;
  readonly steps: number;
  /** Whether scales and noise are learned too, from the third step on. */
  readonly learnsScales: boolean;
}

/**
 * Gauss-Newton in the dual: matrices of readings x readings, however many unknowns there are (eqs. 6 to 8).
 * With scales, each step also moves the scale of each block and the noise towards what the readings say (eq. 8).
 */
export function fitModel(readings: Readings, options: FitOptions): Unknowns {
  const { layout, predict, steps, learnsScales } = options;
  const state: State = {
    xi: Float64Array.from(options.start.xi),
    scales: Float64Array.from(options.start.scales),
    noise: options.start.noise,
    jacobian: matrix(readings.rows.length, layout.size),
    predicted: new Float64Array(readings.rows.length),
  };
  const model = { layout, predict, readings };
  linearise(model, state);
  for (let step = 0; step < steps; step++) {
    const factor = factorOf(state, readings);
    const residual = multiplyVector(state.jacobian, state.xi).map(
      (value, n) => (readings.values[n] ?? 0) - (state.predicted[n] ?? 0) + value,
    );
    const dual = solveCholesky(factor, residual);
    const target = multiplyTransposedVector(state.jacobian, dual);
    const moved = moveTowards(model, state, target);
    if (learnsScales && step >= Math.min(2, steps - 1)) learnScales(model, state, { factor, dual });
    else if (moved < 1e-3 && step > 2) break;
    linearise(model, state);
  }
  return { xi: state.xi, scales: state.scales, noise: state.noise };
}

interface State {
  xi: Float64Array;
  scales: Float64Array;
  noise: number;
  readonly jacobian: Matrix;
  predicted: Float64Array;
}

interface Model {
  readonly layout: Layout;
  readonly predict: Predict;
  readonly readings: Readings;
}

function linearise({ layout, predict, readings }: Model, state: State): void {
  const theta = unwhitened(layout, state.xi, state.scales);
  readings.rows.forEach((row, n) => {
    state.predicted[n] = predict(theta, row, { matrix: state.jacobian, row: n, scales: state.scales });
  });
}

function factorOf({ jacobian, noise }: State, { variances }: Readings): Cholesky {
  const covariance = outerGram(jacobian);
  for (let n = 0; n < variances.length; n++) addAt(covariance.data, n * (variances.length + 1), noise + (variances[n] ?? 0));
  return cholesky(covariance);
}

/** Half the squared whitened unknowns plus half the squared residuals in units of their noise: what a step must not raise. */
function penalised({ layout, predict, readings }: Model, { scales, noise }: State, xi: Float64Array): number {
  const theta = unwhitened(layout, xi, scales);
  let sum = dot(xi, xi);
  readings.rows.forEach((row, n) => {
    sum += ((readings.values[n] ?? 0) - predict(theta, row)) ** 2 / (noise + (readings.variances[n] ?? 0));
  });
  return sum / 2;
}

function moveTowards(model: Model, state: State, target: Float64Array): number {
  const before = penalised(model, state, state.xi);
  let share = 1;
  let next = target;
  for (let tried = 0; tried < 6; tried++) {
    next = state.xi.map((value, p) => value + share * ((target[p] ?? 0) - value));
    if (penalised(model, state, next) < before + 1e-9) break;
    share /= 2;
  }
  const moved = next.reduce((most, value, p) => Math.max(most, Math.abs(value - (state.xi[p] ?? 0))), 0);
  state.xi = next;
  return moved;
}

const LEAST_NOISE = 1e-4;
const MOST_NOISE = 0.5;

/** Fixed-point steps to the maximum of the linearised evidence, with weak priors that hold every scale near 1 (eq. 8). */
function learnScales(
  { layout, readings }: Model,
  state: State,
  { factor, dual }: { readonly factor: Cholesky; readonly dual: Float64Array },
): void {
  const half = solveLowerMatrix(factor, state.jacobian);
  const known = new Float64Array(layout.size);
  for (let i = 0; i < half.data.length; i++) addAt(known, i % layout.size, (half.data[i] ?? 0) ** 2);
  // tr(V⁻¹ R) is what the unknowns leave of the readings; R is all noise but for what the measurements know themselves.
  const left = readings.values.length - known.reduce((sum, each) => sum + each, 0);
  const share = readings.variances.reduce((sum, variance) => sum + state.noise / (state.noise + variance), 0) / readings.values.length;
  state.noise = Math.min(MOST_NOISE, Math.max(LEAST_NOISE, (state.noise ** 2 * dot(dual, dual) + 0.02) / (left * share + 2)));
  layout.blocks.forEach(({ offset, count }, b) => {
    let [size, freedom] = [0, 0];
    for (let p = offset; p < offset + count; p++) {
      size += (state.xi[p] ?? 0) ** 2;
      freedom += known[p] ?? 0;
    }
    const by = Math.min(1.3, Math.max(0.77, Math.sqrt((size + 3) / (freedom + 3))));
    const scale = (state.scales[b] ?? 0) * by;
    if (scale <= 0.2 || scale >= 3) return;
    state.scales[b] = scale;
    for (let p = offset; p < offset + count; p++) state.xi[p] = (state.xi[p] ?? 0) / by;
  });
}

/** What follows from unknowns and readings for draws, predictions and the choice of the link. */
export function fittedModel(readings: Readings, { layout, predict }: Pick<FitOptions, 'layout' | 'predict'>, unknowns: Unknowns): Fitted {
  const state: State = {
    ...unknowns,
    jacobian: matrix(readings.rows.length, layout.size),
    predicted: new Float64Array(readings.rows.length),
  };
  linearise({ layout, predict, readings }, state);
  const factor = factorOf(state, readings);
  const precisions = inverseDiagonal(factor);
  const residual = multiplyVector(state.jacobian, state.xi).map(
    (value, n) => (readings.values[n] ?? 0) - (state.predicted[n] ?? 0) + value,
  );
  const dual = solveCholesky(factor, residual);
  let evidence = 0;
  dual.forEach((value, n) => {
    const precision = precisions[n] ?? 0;
    evidence += -(value ** 2) / (2 * precision) + 0.5 * Math.log(precision);
  });
  const noises = readings.variances.map((variance) => variance + unknowns.noise);
  return { layout, unknowns, jacobian: state.jacobian, factor, predicted: state.predicted, noises, evidence };
}

/** What remains of unknowns after a snapshot: six digits, so that a restored sampler goes on exactly as this one does. */
export function rounded({ xi, scales, noise }: Unknowns): Unknowns {
  const short = (value: number): number => Number(value.toPrecision(6));
  return { xi: xi.map(short), scales: scales.map(short), noise: short(noise) };
}
