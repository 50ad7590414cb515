import { type Matrix, matrix, symmetricEigen } from '@fleetfit/numerics';
import type { Axis, Levels } from '../encoded-space.ts';

// Local: an import is looked up at every call by test runners, and these loops call nothing else.
const at = (cells: Float64Array, index: number): number => cells[index] ?? 0;

/** What the kernel knows of a space: a covariance between the levels of each knob, and which knobs do the same thing in different layers. */
export interface KernelSpace {
  readonly axes: readonly Axis[];
  /** By knob, level x level: centred, of unit mean variance. */
  readonly covariances: readonly Float64Array[];
  /** By knob: F with F Fᵀ = covariance. */
  readonly factors: readonly Matrix[];
  /** By knob, level x level, 0 to 1. */
  readonly distances: readonly Float64Array[];
  /** Knobs of one role, where several have it and as many levels. */
  readonly roles: readonly (readonly number[])[];
}

/** How much of the variance each part of eq. 16 has. */
export interface Weights {
  /** By knob: what it does by itself. */
  readonly mains: Float64Array;
  /** Of neighbouring knobs together. */
  readonly pairs: number;
  /** Of any two knobs together. */
  readonly anova: number;
  /** Of points that are alike in most knobs. */
  readonly local: number;
  /** By role: what all its knobs do alike. */
  readonly roles: readonly number[];
  readonly noise: number;
}

/** How quickly points that differ in some knobs have nothing in common any more. */
const LOCALITY = 5;

export function kernelSpace(axes: readonly Axis[], roles: readonly (readonly number[])[]): KernelSpace {
  const covariances = axes.map(covarianceOf);
  return {
    axes,
    covariances,
    factors: covariances.map((values, i) => factorOf(values, axes[i]?.count ?? 1)),
    distances: axes.map(({ count, categorical, positions }) =>
      levelPairs(count, (a, b) => (a === b ? 0 : categorical ? 1 : 0.5 + 0.5 * Math.abs(at(positions, a) - at(positions, b)))),
    ),
    roles: roles.filter((knobs) => knobs.length > 1 && knobs.every((knob) => axes[knob]?.count === axes[knobs[0] ?? 0]?.count)),
  };
}

function levelPairs(count: number, of: (a: number, b: number) => number): Float64Array {
  return Float64Array.from({ length: count * count }, (_, k) => of(Math.floor(k / count), k % count));
}

function covarianceOf({ count, categorical, positions }: Axis): Float64Array {
  const raw = levelPairs(count, (a, b) => {
    if (categorical) return a === b ? 1 : 0;
    const apart = Math.abs(at(positions, a) - at(positions, b));
    return 0.6 * Math.exp(-0.5 * (apart / 0.35) ** 2) + 0.25 * Math.exp(-apart / 0.12) + 0.15 * Math.exp(-0.5 * (apart / 0.06) ** 2);
  });
  const means = Float64Array.from(
    { length: count },
    (_, a) => raw.subarray(a * count, (a + 1) * count).reduce((sum, each) => sum + each, 0) / count,
  );
  const mean = means.reduce((sum, each) => sum + each, 0) / count;
  const centred = raw.map((value, k) => value - at(means, Math.floor(k / count)) - at(means, k % count) + mean);
  let trace = 0;
  for (let a = 0; a < count; a++) trace += at(centred, a * count + a);
  return trace > 0 ? centred.map((value) => (value * count) / trace) : centred;
}

function factorOf(values: Float64Array, count: number): Matrix {
  const { values: spread, vectors } = symmetricEigen(matrix(count, count, values));
  return matrix(
    count,
    count,
    vectors.data.map((value, k) => value * Math.sqrt(Math.max(0, at(spread, k % count)))),
  );
}

/** The parts of eq. 16 between two lists of points, each |rows| x |cols|. */
export interface Parts {
  /** The weighted sum of main effects. */
  readonly mains: Float64Array;
  readonly pairs: Float64Array;
  readonly anova: Float64Array;
  readonly local: Float64Array;
  readonly roles: readonly Float64Array[];
}

/** Levels knob by knob: what inner loops run along. */
export interface Columns {
  readonly count: number;
  readonly levels: readonly Int32Array[];
}

export const columnsOf = (points: readonly Levels[], knobs: number): Columns => ({
  count: points.length,
  levels: Array.from({ length: knobs }, (_, knob) => Int32Array.from(points, (point) => point[knob] ?? 0)),
});

/** The shares of chain pairs: those between two knobs that matter. */
export function pairShares({ mains }: Weights): Float64Array {
  const shares = Float64Array.from({ length: Math.max(0, mains.length - 1) }, (_, i) => Math.sqrt(at(mains, i) * at(mains, i + 1)));
  const sum = shares.reduce((total, each) => total + each, 0);
  return shares.map((share) => share / Math.max(sum, 1e-12));
}

export function partsOf(space: KernelSpace, weights: Weights, [rows, cols]: readonly [Columns, Columns]): Parts {
  const size = rows.count * cols.count;
  const parts = {
    mains: new Float64Array(size),
    pairs: new Float64Array(size),
    anova: new Float64Array(size),
    local: new Float64Array(size),
  };
  const shares = pairShares(weights);
  const scratch = { squares: new Float64Array(cols.count), before: new Float64Array(cols.count), here: new Float64Array(cols.count) };
  for (let row = 0; row < rows.count; row++) fillRow({ space, weights, shares, rows, cols, parts, scratch }, row);
  const { mains } = weights;
  const total = mains.reduce((sum, each) => sum + each, 0);
  const most = Math.max(1e-9, 0.5 * (total ** 2 - mains.reduce((sum, each) => sum + each * each, 0)));
  for (let k = 0; k < size; k++) parts.anova[k] = at(parts.anova, k) / most;
  return { ...parts, roles: space.roles.map((knobs) => roleMatrix({ space, knobs }, rows, cols)) };
}

interface Filling {
  readonly space: KernelSpace;
  readonly weights: Weights;
  readonly shares: Float64Array;
  readonly rows: Columns;
  readonly cols: Columns;
  readonly parts: Omit<Parts, 'roles'>;
  readonly scratch: { readonly squares: Float64Array; before: Float64Array; here: Float64Array };
}

function fillRow({ space, weights, shares, rows, cols, parts, scratch }: Filling, row: number): void {
  const start = row * cols.count;
  const { mains, pairs, anova, local } = parts;
  const { squares } = scratch;
  squares.fill(0);
  for (let i = 0; i < space.axes.length; i++) {
    const [covariance, distance, other] = [space.covariances[i], space.distances[i], cols.levels[i]];
    if (!covariance || !distance || !other) continue;
    const from = (rows.levels[i]?.[row] ?? 0) * (space.axes[i]?.count ?? 1);
    const [weight, share] = [at(weights.mains, i), i > 0 ? at(shares, i - 1) : 0];
    const { before, here } = scratch;
    for (let j = 0; j < other.length; j++) {
      const level = from + (other[j] ?? 0);
      const value = at(covariance, level);
      const part = weight * value;
      mains[start + j] = at(mains, start + j) + part;
      squares[j] = at(squares, j) + part * part;
      local[start + j] = at(local, start + j) + at(distance, level);
      if (i > 0) pairs[start + j] = at(pairs, start + j) + share * value * at(before, j);
      here[j] = value;
    }
    scratch.before = here;
    scratch.here = before;
  }
  const by = -LOCALITY / space.axes.length;
  for (let j = 0; j < cols.count; j++) {
    anova[start + j] = 0.5 * (at(mains, start + j) ** 2 - at(squares, j));
    local[start + j] = Math.exp(by * at(local, start + j));
  }
}

/** Mean over the knobs of a role, in both points: which levels stand how often is all that counts. */
function roleMatrix(
  { space, knobs }: { readonly space: KernelSpace; readonly knobs: readonly number[] },
  rows: Columns,
  cols: Columns,
): Float64Array {
  const [first = 0] = knobs;
  const count = space.axes[first]?.count ?? 1;
  const covariance = space.covariances[first] ?? new Float64Array(count * count);
  const out = new Float64Array(rows.count * cols.count);
  const pull = new Float64Array(count);
  for (let row = 0; row < rows.count; row++) {
    pull.fill(0);
    for (const knob of knobs) {
      const from = (rows.levels[knob]?.[row] ?? 0) * count;
      for (let level = 0; level < count; level++) pull[level] = at(pull, level) + at(covariance, from + level) / knobs.length;
    }
    const start = row * cols.count;
    for (const knob of knobs) {
      const other = cols.levels[knob];
      if (!other) continue;
      for (let j = 0; j < other.length; j++) out[start + j] = at(out, start + j) + at(pull, other[j] ?? 0);
    }
  }
  return out;
}

/** The covariance without noise. */
export function covarianceFrom({ mains, pairs, anova, local, roles }: Parts, weights: Weights): Float64Array {
  const out = Float64Array.from(mains);
  const add = (part: Float64Array, weight: number): void => {
    for (let k = 0; k < out.length; k++) out[k] = at(out, k) + weight * at(part, k);
  };
  add(pairs, weights.pairs);
  add(anova, weights.anova);
  add(local, weights.local);
  roles.forEach((part, r) => add(part, weights.roles[r] ?? 0));
  return out;
}
