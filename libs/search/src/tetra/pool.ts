import type { Rng } from '@fleetfit/core';
import { addAt, dot, multiplyVector } from '@fleetfit/numerics';
import type { Levels } from '../encoded-space.ts';
import { type KernelSpace, pairShares } from './kernel.ts';
import type { Process } from './process.ts';

// Local: an import is looked up at every call by test runners, and these loops call nothing else.
const at = (cells: Float64Array, index: number): number => cells[index] ?? 0;

/** A drawn function as tables: a number for each level, and one for each pair of levels of neighbouring knobs. */
export interface ChainTables {
  readonly mains: readonly Float64Array[];
  /** pairs[i], level x level: of knobs i and i + 1. */
  readonly pairs: readonly Float64Array[];
}

/** A draw of what a process says through its main, role and chain parts (Matheron's rule; eq. 18): smaller is better. */
export function drawTables(process: Process, temperature: number, rng: Rng): ChainTables {
  const { space, weights, points, values, inverse } = process;
  const shares = pairShares(weights).map((share) => share * weights.pairs);
  const mains = space.factors.map((factor, i) =>
    scaled(multiplyVector(factor, normals(factor.rows, rng)), temperature * Math.sqrt(at(weights.mains, i))),
  );
  const pairs = space.factors.slice(1).map((after, i) => {
    const before = space.factors[i] ?? after;
    const noise = normals(before.rows * after.rows, rng);
    const half = Float64Array.from({ length: before.rows * after.rows }, (_, k) => {
      const [a, b] = [Math.floor(k / after.rows), k % after.rows];
      return dot(after.data.subarray(b * after.cols, (b + 1) * after.cols), noise.subarray(a * after.rows, (a + 1) * after.rows));
    });
    return scaled(leftProduct(before.data, half, [before.rows, after.rows]), temperature * Math.sqrt(at(shares, i)));
  });
  const roles = space.roles.map((knobs, r) => {
    const factor = space.factors[knobs[0] ?? 0];
    return factor
      ? scaled(multiplyVector(factor, normals(factor.rows, rng)), temperature * Math.sqrt(weights.roles[r] ?? 0))
      : new Float64Array(0);
  });
  const noise = temperature * Math.sqrt(weights.noise);
  const wrong = values.map((value, n) => {
    let sum = value - noise * rng.normal();
    mains.forEach((table, i) => {
      sum -= at(table, points.levels[i]?.[n] ?? 0);
    });
    pairs.forEach((table, i) => {
      sum -= at(table, (points.levels[i]?.[n] ?? 0) * (space.axes[i + 1]?.count ?? 1) + (points.levels[i + 1]?.[n] ?? 0));
    });
    space.roles.forEach((knobs, r) => {
      for (const knob of knobs) sum -= at(roles[r] ?? mains[0] ?? values, points.levels[knob]?.[n] ?? 0) / Math.sqrt(knobs.length);
    });
    return sum;
  });
  correct({ process, mains, pairs, roles, shares }, multiplyVector(inverse, wrong));
  return { mains, pairs };
}

const normals = (count: number, rng: Rng): Float64Array => Float64Array.from({ length: count }, () => rng.normal());
const scaled = (values: Float64Array, by: number): Float64Array => values.map((value) => value * by);

function leftProduct(factor: Float64Array, half: Float64Array, [rows, cols]: readonly [number, number]): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let a = 0; a < rows; a++) {
    for (let k = 0; k < rows; k++) {
      const by = at(factor, a * rows + k);
      for (let b = 0; b < cols; b++) addAt(out, a * cols + b, by * at(half, k * cols + b));
    }
  }
  return out;
}

interface Correcting {
  readonly process: Process;
  readonly mains: readonly Float64Array[];
  readonly pairs: readonly Float64Array[];
  readonly roles: readonly Float64Array[];
  readonly shares: Float64Array;
}

/** Adds what the values say to the draws of the prior, in place. */
function correct({ process, mains, pairs, roles, shares }: Correcting, dual: Float64Array): void {
  const { space, weights, points } = process;
  const pulls = space.axes.map(({ count }, i) => {
    const pull = new Float64Array(count);
    dual.forEach((value, n) => addAt(pull, points.levels[i]?.[n] ?? 0, value));
    return pull;
  });
  mains.forEach((table, i) => addProduct(table, { space, axis: i, pull: pulls[i] }, at(weights.mains, i)));
  pairs.forEach((table, i) => {
    const [rows, cols] = [space.axes[i]?.count ?? 1, space.axes[i + 1]?.count ?? 1];
    const counts = new Float64Array(rows * cols);
    dual.forEach((value, n) => addAt(counts, (points.levels[i]?.[n] ?? 0) * cols + (points.levels[i + 1]?.[n] ?? 0), value));
    const left = leftProduct(space.covariances[i] ?? counts, counts, [rows, cols]);
    const right = space.covariances[i + 1] ?? counts;
    for (let a = 0; a < rows; a++) {
      for (let b = 0; b < cols; b++)
        addAt(table, a * cols + b, at(shares, i) * dot(left.subarray(a * cols, (a + 1) * cols), right.subarray(b * cols, (b + 1) * cols)));
    }
  });
  space.roles.forEach((knobs, r) => {
    const table = roles[r];
    if (!table) return;
    const pull = new Float64Array(table.length);
    for (const knob of knobs) pulls[knob]?.forEach((value, level) => addAt(pull, level, value / Math.sqrt(knobs.length)));
    addProduct(table, { space, axis: knobs[0] ?? 0, pull }, weights.roles[r] ?? 0);
    for (const knob of knobs) table.forEach((value, level) => addAt(mains[knob] ?? pull, level, value / Math.sqrt(knobs.length)));
  });
}

function addProduct(
  table: Float64Array,
  { space, axis, pull }: { readonly space: KernelSpace; readonly axis: number; readonly pull: Float64Array | undefined },
  weight: number,
): void {
  const covariance = space.covariances[axis];
  const count = table.length;
  if (!covariance || !pull) return;
  for (let a = 0; a < count; a++) addAt(table, a, weight * dot(covariance.subarray(a * count, (a + 1) * count), pull));
}

/** The exact least of mains and chain pairs while knobs that are not free stay: dynamic programming along the chain (min-plus). */
export function chainLeast({ mains, pairs }: ChainTables, pinned: Levels, free: readonly boolean[]): Levels {
  const allowed = mains.map((table, i) => (free[i] ? [...table.keys()] : [pinned[i] ?? 0]));
  let costs = Float64Array.from(mains[0] ?? []);
  const backs: Int32Array[] = [];
  for (let i = 1; i < mains.length; i++) {
    const [own, pair] = [mains[i] ?? costs, pairs[i - 1] ?? costs];
    const next = new Float64Array(own.length).fill(Number.POSITIVE_INFINITY);
    const back = new Int32Array(own.length);
    for (const b of allowed[i] ?? []) {
      for (const a of allowed[i - 1] ?? []) {
        const cost = at(costs, a) + at(pair, a * own.length + b) + at(own, b);
        if (cost < at(next, b)) {
          next[b] = cost;
          back[b] = a;
        }
      }
    }
    backs.push(back);
    costs = next;
  }
  const last = allowed[mains.length - 1] ?? [0];
  const levels = [last.reduce((best, level) => (at(costs, level) < at(costs, best) ? level : best), last[0] ?? 0)];
  for (const back of backs.reverse()) levels.unshift(back[levels[0] ?? 0] ?? 0);
  return levels;
}

/** Children of good points: some levels of another, some steps to a neighbour, some jumps. */
export function mutant(tops: readonly Levels[], { axes }: KernelSpace, rng: Rng): Levels {
  const levels = [...(tops[someTop(tops, rng)] ?? [])];
  const knobs = axes.length;
  if (rng.next() < 0.3) {
    const other = tops[rng.integer(tops.length)] ?? levels;
    const start = rng.integer(knobs);
    const length = 1 + rng.integer(Math.max(1, Math.floor(knobs / 3)));
    for (let i = start; i < Math.min(knobs, start + length); i++) levels[i] = other[i] ?? 0;
  }
  const changes = 1 + Math.min(knobs - 1, geometric(0.4, rng) - 1);
  for (let change = 0; change < changes; change++) {
    const knob = rng.integer(knobs);
    const { count, categorical } = axes[knob] ?? { count: 1, categorical: true };
    if (!categorical && rng.next() < 0.5) {
      const step = (rng.next() < 0.5 ? 1 : -1) * (1 + Math.floor(exponential(rng) * (count / 20)));
      levels[knob] = Math.min(count - 1, Math.max(0, (levels[knob] ?? 0) + step));
    } else levels[knob] = rng.integer(count);
  }
  return levels;
}

/** The same step for one role in a run of layers. */
export function roleShift(tops: readonly Levels[], { axes, roles }: KernelSpace, rng: Rng): Levels {
  const levels = [...(tops[someTop(tops, rng)] ?? [])];
  const knobs = roles[rng.integer(Math.max(1, roles.length))] ?? [];
  const start = rng.integer(Math.max(1, knobs.length));
  const length = 1 + rng.integer(Math.max(1, knobs.length));
  const by = [-2, -1, 1, 2][rng.integer(4)] ?? 1;
  for (const knob of knobs.slice(start, start + length)) {
    levels[knob] = Math.min((axes[knob]?.count ?? 1) - 1, Math.max(0, (levels[knob] ?? 0) + by));
  }
  return levels;
}

/** One of the best, the better the likelier. */
export const someTop = (tops: readonly Levels[], rng: Rng): number => Math.min(tops.length - 1, Math.floor(1.2 * exponential(rng)));

const exponential = (rng: Rng): number => -Math.log(1 - rng.next());
const geometric = (p: number, rng: Rng): number => 1 + Math.floor(Math.log(1 - rng.next()) / Math.log(1 - p));
