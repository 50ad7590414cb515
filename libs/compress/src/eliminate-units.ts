import { inverseOf } from '@fleetfit/numerics';
import { positiveDefinite } from './positive-definite.ts';

/**
 * What a layer that reads channels loses when some of them go, as a least-squares problem:
 * y = W' h + b with rows of W for the features h (of one group of a convolution). Features of removed units are missing.
 */
export interface Reader {
  /** Features. */
  readonly size: number;
  readonly outputs: number;
  /** (size, size): S = cov(h). */
  readonly covariance: Float64Array;
  /** (size, outputs): cov(h, y) where y is not what the old weights give. */
  readonly cross?: Float64Array;
  /** (size, outputs): W, the old weights. */
  readonly weights: Float64Array;
  /** By unit: the features that go with it. */
  readonly featuresOf: readonly (readonly number[])[];
  /** How much a squared error of this layer counts beside those of other layers: one over the variance of its output. */
  readonly counts: number;
}

interface EliminationOptions {
  /** Units to remove at most. */
  readonly most: number;
  /** Units in the order in which they go; absent: whichever costs least next. */
  readonly order?: readonly number[];
  /** lambda = ridge tr(S) / size: holds the new weights near the old ones, and S invertible. */
  readonly ridge: number;
  /** Snapshots of the weights are kept for these numbers of removed units. */
  readonly at: readonly number[];
}

interface Elimination {
  /** Units in the order of their removal. */
  readonly order: readonly number[];
  /** losses[k]: squared error, weighted by `counts`, when the first k are gone and the rest is fitted again. losses[0] = 0. */
  readonly losses: Float64Array;
  /** By number of removed units: the fitted weights of each reader, rows of removed units zero. */
  readonly weights: ReadonlyMap<number, readonly Float64Array[]>;
}

/**
 * Greedy backward elimination with exact least squares (Optimal Brain Surgeon, Hassibi and Stork 1993, for blocks of features):
 *
 *     A = (S + lambda I)^-1,  W = A (C + lambda W0)
 *     loss of unit B: tr(W_B' A_BB^-1 W_B);  W -= A_:B A_BB^-1 W_B,  A -= A_:B A_BB^-1 A_B:
 *
 * One pass gives the loss and the weights for every number of units.
 *
 * @throws FleetError `invalid` when a covariance holds numbers that are not finite
 */
export function eliminateUnits(readers: readonly Reader[], units: number, options: EliminationOptions): Elimination {
  const states = readers.map((reader) => stateOf(reader, options.ridge));
  const order: number[] = [];
  const losses = new Float64Array(options.most + 1);
  const weights = new Map<number, readonly Float64Array[]>();
  const gone = new Uint8Array(units);
  const snapshot = (): void => {
    if (options.at.includes(order.length))
      weights.set(
        order.length,
        states.map((state) => state.w.slice()),
      );
  };
  snapshot();
  while (order.length < options.most) {
    const unit = options.order?.[order.length] ?? cheapest(states, gone);
    if (unit === undefined) break;
    gone[unit] = 1;
    order.push(unit);
    losses[order.length] = (losses[order.length - 1] ?? 0) + states.reduce((sum, state) => sum + remove(state, unit), 0);
    snapshot();
  }
  return { order, losses, weights };
}

interface State {
  readonly reader: Reader;
  /** A, row after row. */
  readonly a: Float64Array;
  readonly w: Float64Array;
}

function stateOf(reader: Reader, ridge: number): State {
  const { size, outputs, covariance, cross, weights } = reader;
  const { factor, lambda } = positiveDefinite(covariance, size, ridge);
  const a = inverseOf(factor).data;
  // Without another target the old weights are the solution already.
  if (!cross) return { reader, a, w: weights.slice() };
  const target = cross.map((c, i) => c + lambda * (weights[i] ?? 0));
  return { reader, a, w: product(a, target, { size, outputs }) };
}

/** A T, with T (size, outputs). */
function product(a: Float64Array, t: Float64Array, { size, outputs }: { readonly size: number; readonly outputs: number }): Float64Array {
  const w = new Float64Array(size * outputs);
  for (let i = 0; i < size; i++)
    for (let k = 0; k < size; k++) {
      const f = a[i * size + k] ?? 0;
      for (let o = 0; o < outputs; o++) w[i * outputs + o] = (w[i * outputs + o] ?? 0) + f * (t[k * outputs + o] ?? 0);
    }
  return w;
}

function cheapest(states: readonly State[], gone: Uint8Array): number | undefined {
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let unit = 0; unit < gone.length; unit++) {
    if (gone[unit]) continue;
    let loss = 0;
    for (const state of states) loss += lossOf(state, unit);
    if (loss >= least) continue;
    least = loss;
    best = unit;
  }
  return best;
}

/** counts tr(W_B' A_BB^-1 W_B) */
function lossOf({ reader, a, w }: State, unit: number): number {
  const rows = reader.featuresOf[unit] ?? [];
  const { size, outputs, counts } = reader;
  const [row] = rows;
  if (rows.length === 1 && row !== undefined) return (counts * squares(w, row * outputs, outputs)) / (a[row * size + row] ?? 1);
  const solved = solveBlock(reader, { a, w }, rows);
  let sum = 0;
  rows.forEach((at, i) => {
    for (let o = 0; o < outputs; o++) sum += (w[at * outputs + o] ?? 0) * (solved[i * outputs + o] ?? 0);
  });
  return counts * sum;
}

function squares(w: Float64Array, from: number, count: number): number {
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += (w[i] ?? 0) * (w[i] ?? 0);
  return sum;
}

/** A_BB^-1 W_B, (rows, outputs). */
function solveBlock({ size, outputs }: Reader, { a, w }: Pick<State, 'a' | 'w'>, rows: readonly number[]): Float64Array {
  const count = rows.length;
  const block = new Float64Array(count * count);
  rows.forEach((row, i) => rows.forEach((col, j) => void (block[i * count + j] = a[row * size + col] ?? 0)));
  const right = new Float64Array(count * outputs);
  rows.forEach((row, i) => void right.set(w.subarray(row * outputs, (row + 1) * outputs), i * outputs));
  eliminateGauss(block, right, { count, outputs });
  return right;
}

/** Solves a small positive definite system in place. */
function eliminateGauss(
  block: Float64Array,
  right: Float64Array,
  { count, outputs }: { readonly count: number; readonly outputs: number },
): void {
  for (let k = 0; k < count; k++) {
    const pivot = 1 / (block[k * count + k] ?? 1);
    for (let i = 0; i < count; i++) {
      if (i === k) continue;
      const factor = (block[i * count + k] ?? 0) * pivot;
      if (factor === 0) continue;
      for (let j = k; j < count; j++) block[i * count + j] = (block[i * count + j] ?? 0) - factor * (block[k * count + j] ?? 0);
      for (let o = 0; o < outputs; o++) right[i * outputs + o] = (right[i * outputs + o] ?? 0) - factor * (right[k * outputs + o] ?? 0);
    }
  }
  for (let k = 0; k < count; k++) {
    const pivot = 1 / (block[k * count + k] ?? 1);
    for (let o = 0; o < outputs; o++) right[k * outputs + o] = (right[k * outputs + o] ?? 0) * pivot;
  }
}

/** Takes a unit out of A and W; returns what that costs. */
function remove(state: State, unit: number): number {
  const { reader, a, w } = state;
  const loss = lossOf(state, unit);
  // One feature after another is the same as the block at once.
  for (const row of reader.featuresOf[unit] ?? []) removeFeature(reader, { a, w }, row);
  return loss;
}

function removeFeature({ size, outputs }: Reader, { a, w }: Pick<State, 'a' | 'w'>, row: number): void {
  const pivot = 1 / (a[row * size + row] ?? 1);
  const [rowA, rowW] = [row * size, row * outputs];
  for (let i = 0; i < size; i++) {
    const factor = (a[i * size + row] ?? 0) * pivot;
    if (i === row || factor === 0) continue;
    const [at, to] = [i * size, i * outputs];
    for (let j = 0; j < size; j++) a[at + j] = (a[at + j] ?? 0) - factor * (a[rowA + j] ?? 0);
    for (let o = 0; o < outputs; o++) w[to + o] = (w[to + o] ?? 0) - factor * (w[rowW + o] ?? 0);
    a[at + row] = 0;
  }
  a.fill(0, rowA, rowA + size);
  // Not zero: whoever asks again what it costs divides by it.
  a[rowA + row] = 1;
  w.fill(0, rowW, rowW + outputs);
}
