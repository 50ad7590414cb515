import { FleetError } from '@fleetfit/core';
import { at } from './cells.ts';
import { type Matrix, matrix, transpose } from './matrix.ts';
import { multiply, multiplyTransposed } from './multiply.ts';
import { type Svd, svd } from './svd.ts';

/** One core: core[(a size + x) after + b] is the entry (a, x, b), with a below `before` and b below `after`. */
export interface TrainCore {
  readonly before: number;
  readonly size: number;
  readonly after: number;
  readonly data: Float64Array;
}

/** A tensor as a product of matrices: f(x₁ … x_d) = G₁[x₁] G₂[x₂] … G_d[x_d] (Oseledets 2011). Its outer ranks are 1. */
export type TensorTrain = readonly TrainCore[];

/** The entry at one index. */
export function entryOf(train: TensorTrain, index: ArrayLike<number>): number {
  let row = Float64Array.of(1);
  train.forEach(({ before, size, after, data }, k) => {
    const next = new Float64Array(after);
    for (let a = 0; a < before; a++) {
      const by = at(row, a);
      const start = (a * size + (index[k] ?? 0)) * after;
      for (let b = 0; b < after; b++) next[b] = at(next, b) + by * at(data, start + b);
    }
    row = next;
  });
  return at(row, 0);
}

/** Compresses a full tensor, the last index fastest, so that the error in the Frobenius norm is at most `relative` of it (TT-SVD). */
export function trainOfTensor(values: Float64Array, sizes: readonly number[], relative = 1e-12): TensorTrain {
  const count = sizes.reduce((product, size) => product * size, 1);
  if (count !== values.length || sizes.length === 0)
    throw new FleetError('invalid', `Cannot compress ${values.length} numbers as a tensor of ${sizes.join(' x ')}`);
  const allowed = (relative * norm(values)) / Math.sqrt(Math.max(1, sizes.length - 1));
  const cores: TrainCore[] = [];
  let rest = values;
  let before = 1;
  for (const size of sizes.slice(0, -1)) {
    const found = svd(matrix(before * size, rest.length / (before * size), rest));
    const rank = rankWithin(found, allowed);
    cores.push({ before, size, after: rank, data: leading(found.u, rank).data });
    rest = scaledRight(found, rank).data;
    before = rank;
  }
  cores.push({ before, size: sizes.at(-1) ?? 1, after: 1, data: Float64Array.from(rest) });
  return cores;
}

/** The same tensor with smaller ranks, the error at most `relative` of its norm and ranks at most `most`. */
export function roundTrain(train: TensorTrain, { relative = 1e-12, most = Number.POSITIVE_INFINITY } = {}): TensorTrain {
  const cores = orthogonalFromRight(train);
  const whole = norm(cores[0]?.data ?? new Float64Array(0));
  const allowed = (relative * whole) / Math.sqrt(Math.max(1, cores.length - 1));
  const out: TrainCore[] = [];
  let core = cores[0];
  for (const next of cores.slice(1)) {
    if (!core) break;
    const found = svd(matrix(core.before * core.size, core.after, core.data));
    const rank = Math.min(most, rankWithin(found, allowed));
    out.push({ ...core, after: rank, data: leading(found.u, rank).data });
    const joined = multiply(scaledRight(found, rank), matrix(next.before, next.size * next.after, next.data));
    core = { ...next, before: rank, data: joined.data };
  }
  return core ? [...out, core] : out;
}

/** Every core but the first is made to have orthonormal rows (before x size after); what is left over moves to the left. */
function orthogonalFromRight(train: TensorTrain): TrainCore[] {
  const cores = [...train];
  for (let k = cores.length - 1; k > 0; k--) {
    const [core, left] = [cores[k], cores[k - 1]];
    if (!core || !left) continue;
    const found = svd(matrix(core.before, core.size * core.after, core.data));
    const rank = found.values.length;
    const weights = matrix(
      core.before,
      rank,
      Float64Array.from(found.u.data, (value, i) => value * at(found.values, i % rank)),
    );
    cores[k] = { ...core, before: rank, data: transpose(found.v).data };
    cores[k - 1] = { ...left, after: rank, data: multiply(matrix(left.before * left.size, left.after, left.data), weights).data };
  }
  return cores;
}

/** The sum of two tensors of one shape: ranks add up. */
export function addTrains(a: TensorTrain, b: TensorTrain): TensorTrain {
  return a.map((core, k) => {
    const other = b[k];
    if (other?.size !== core.size) throw new FleetError('invalid', `Cannot add tensor trains: they differ in size at ${k}`);
    const [first, last] = [k === 0, k === a.length - 1];
    const before = first ? 1 : core.before + other.before;
    const after = last ? 1 : core.after + other.after;
    const data = new Float64Array(before * core.size * after);
    const place = (from: TrainCore, row: number, col: number): void => {
      for (let i = 0; i < from.before * from.size; i++) {
        const [r, x] = [Math.floor(i / from.size), i % from.size];
        for (let c = 0; c < from.after; c++) {
          const to = ((row + r) * core.size + x) * after + col + c;
          data[to] = at(data, to) + at(from.data, i * from.after + c);
        }
      }
    };
    place(core, 0, 0);
    place(other, first ? 0 : core.before, last ? 0 : core.after);
    return { before, size: core.size, after, data };
  });
}

/** Σ over all entries of the product of two tensors of one shape, without ever writing them out. */
export function dotTrains(a: TensorTrain, b: TensorTrain): number {
  let left: Matrix = matrix(1, 1, Float64Array.of(1));
  a.forEach((core, k) => {
    const other = b[k];
    if (other?.size !== core.size) throw new FleetError('invalid', `Cannot multiply tensor trains: they differ in size at ${k}`);
    const half = multiply(transpose(left), matrix(core.before, core.size * core.after, core.data));
    const joined = transpose(matrix(half.rows * core.size, core.after, half.data));
    left = multiplyTransposed(joined, transpose(matrix(other.before * other.size, other.after, other.data)));
  });
  return at(left.data, 0);
}

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function rankWithin({ values }: Svd, allowed: number): number {
  let rank = values.length;
  let left = 0;
  while (rank > 1) {
    left += at(values, rank - 1) ** 2;
    if (Math.sqrt(left) > allowed) break;
    rank--;
  }
  return rank;
}

function leading({ rows, cols, data }: Matrix, count: number): Matrix {
  return matrix(
    rows,
    count,
    Float64Array.from({ length: rows * count }, (_, i) => at(data, Math.floor(i / count) * cols + (i % count))),
  );
}

function scaledRight({ values, v }: Svd, rank: number): Matrix {
  const rows = transpose(leading(v, rank));
  return matrix(
    rank,
    v.rows,
    Float64Array.from(rows.data, (value, i) => value * at(values, Math.floor(i / v.rows))),
  );
}
