import type { Rng } from '@fleetfit/core';
import { type Matrix, matrix, type SymmetricEigen, symmetricEigen } from '@fleetfit/numerics';
import { type Axis, type Levels, nearestLevel } from './encoded-space.ts';
import type { History, Trial } from './history.ts';
import { type Learner, learningSampler, type Proposal, type Study } from './learning-sampler.ts';
import type { Json, MakeSampler } from './sampler.ts';

/**
 * Covariance matrix adaptation (Hansen 2016, "The CMA evolution strategy: a tutorial") over the positions of ordered knobs, with a margin
 * that keeps every knob from freezing at a level (Hamano, Saito, Nomura and Shirakawa, GECCO 2022; here as a jump to the next level with
 * the chance that their margin guarantees), and a table of chances for each unordered knob. Answers are taken as they come, so many
 * as make a generation at a time, whichever it was that asked for them.
 */
export const makeCmaEs: MakeSampler = (options) => learningSampler({ name: 'cma-es', options, makeLearner });

const FIRST_STEP = 0.2;

function makeLearner({ space: { axes } }: Study, memory: Json | undefined): Learner {
  const plan = planOf(axes);
  const state = memory ? readMemory(memory) : startOf(plan);
  let eigen: SymmetricEigen | undefined;
  return {
    start: plan.lambda,
    propose(history, count, rng) {
      for (;;) {
        const fresh = history.told.slice(state.seen, state.seen + plan.lambda);
        if (fresh.length < plan.lambda) break;
        state.seen += plan.lambda;
        adapt({ plan, state, history, fresh, eigen: (eigen ??= eigenOf(plan, state)) });
        eigen = undefined;
      }
      const of = (eigen ??= eigenOf(plan, state));
      return Array.from({ length: 2 * count }, (_, i) => {
        const { proposal, position } = drawn({ plan, state, eigen: of, rng });
        // Drafts beyond what is wanted are only there in case others are known already.
        if (i < count + 4) state.positions.set(proposal.levels.join(), position);
        return proposal;
      });
    },
    memory: () => ({
      ...state,
      tables: state.tables.map((table) => [...table]),
      positions: [...state.positions].map(([key, at]) => [key, [...at]]),
    }),
  };
}

interface Plan {
  readonly axes: readonly Axis[];
  /** Which axes are ordered, and which are not. */
  readonly ordered: readonly number[];
  readonly unordered: readonly number[];
  readonly lambda: number;
  readonly weights: readonly number[];
  /** Effective number of parents. */
  readonly mu: number;
}

interface State {
  /** Told trials that were taken into account. */
  seen: number;
  generation: number;
  mean: number[];
  sigma: number;
  /** C, row after row. */
  covariance: number[];
  sigmaPath: number[];
  path: number[];
  tables: number[][];
  /** Where candidates under way were drawn, before they were moved to a level. */
  positions: Map<string, readonly number[]>;
}

function planOf(axes: readonly Axis[]): Plan {
  const ordered = axes.flatMap(({ categorical }, i) => (categorical ? [] : [i]));
  const unordered = axes.flatMap(({ categorical }, i) => (categorical ? [i] : []));
  const lambda = 4 + Math.floor(3 * Math.log(Math.max(1, axes.length)));
  const raw = Array.from({ length: Math.floor(lambda / 2) }, (_, i) => Math.log((lambda + 1) / 2) - Math.log(i + 1));
  const total = raw.reduce((sum, each) => sum + each, 0);
  const weights = raw.map((each) => each / total);
  return { axes, ordered, unordered, lambda, weights, mu: 1 / weights.reduce((sum, each) => sum + each * each, 0) };
}

function startOf({ axes, ordered, unordered }: Plan): State {
  const size = ordered.length;
  return {
    seen: 0,
    generation: 0,
    mean: ordered.map(() => 0.5),
    sigma: FIRST_STEP,
    covariance: Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
    sigmaPath: ordered.map(() => 0),
    path: ordered.map(() => 0),
    tables: unordered.map((i) => Array.from({ length: axes[i]?.count ?? 1 }, () => 1 / (axes[i]?.count ?? 1))),
    positions: new Map(),
  };
}

function readMemory(memory: Json): State {
  // Written by `memory` of this learner; the snapshot's version says so.
  const stored = memory as unknown as Omit<State, 'positions'> & { readonly positions: readonly [string, readonly number[]][] };
  return { ...stored, tables: stored.tables.map((table) => [...table]), positions: new Map(stored.positions) };
}

const eigenOf = ({ ordered }: Plan, { covariance }: State): SymmetricEigen =>
  symmetricEigen(matrix(ordered.length, ordered.length, Float64Array.from(covariance)));

interface Draw {
  readonly plan: Plan;
  readonly state: State;
  readonly eigen: SymmetricEigen;
  readonly rng: Rng;
}

/** x = m + sigma B D z, moved into the box, then to levels. */
function drawn({ plan, state, eigen, rng }: Draw): { readonly proposal: Proposal; readonly position: readonly number[] } {
  const { axes, ordered, unordered, lambda } = plan;
  const z = ordered.map((_, k) => Math.sqrt(Math.max(0, eigen.values[k] ?? 0)) * rng.normal());
  const position = ordered.map((_, i) => clamp((state.mean[i] ?? 0) + state.sigma * rowTimes(eigen.vectors, i, z)));
  const levels = axes.map(() => 0);
  const margin = 1 / (lambda * axes.length);
  ordered.forEach((axis, i) => {
    const of = axes[axis];
    if (!of) return;
    let level = nearestLevel(of, position[i] ?? 0);
    if (level === nearestLevel(of, state.mean[i] ?? 0) && rng.next() < 2 * margin) {
      level = Math.min(of.count - 1, Math.max(0, level + (rng.next() < 0.5 ? -1 : 1)));
      position[i] = of.positions[level] ?? 0;
    }
    levels[axis] = level;
  });
  unordered.forEach((axis, i) => {
    levels[axis] = drawFrom(state.tables[i] ?? [], rng);
  });
  return { proposal: { levels }, position };
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

function rowTimes({ cols, data }: Matrix, row: number, vector: readonly number[]): number {
  let sum = 0;
  for (let k = 0; k < cols; k++) sum += (data[row * cols + k] ?? 0) * (vector[k] ?? 0);
  return sum;
}

function drawFrom(chances: readonly number[], rng: Rng): number {
  let left = rng.next();
  for (const [level, chance] of chances.entries()) {
    left -= chance;
    if (left < 0) return level;
  }
  return chances.length - 1;
}

interface Generation {
  readonly plan: Plan;
  readonly state: State;
  readonly history: History;
  /** Numbers of the trials that make this generation. */
  readonly fresh: readonly number[];
  /** Of the covariance that they were drawn with. */
  readonly eigen: SymmetricEigen;
}

function adapt({ plan, state, history, fresh, eigen }: Generation): void {
  const ranked = fresh
    .flatMap((index) => history.trials[index] ?? [])
    .sort((a, b) => scoreOf(a) - scoreOf(b))
    .slice(0, plan.weights.length);
  const positions = ranked.map(
    ({ levels }) => state.positions.get(levels.join()) ?? plan.ordered.map((i) => plan.axes[i]?.positions[levels[i] ?? 0] ?? 0),
  );
  for (const index of fresh) state.positions.delete(history.trials[index]?.levels.join() ?? '');
  adaptTables(
    plan,
    state,
    ranked.map(({ levels }) => levels),
  );
  // What the first generation was drawn with is not ours: it says where to begin, not how far to go.
  if (state.generation++ === 0) state.mean = average(plan, positions);
  else if (plan.ordered.length > 0) adaptGaussian({ plan, state, positions, eigen });
}

const scoreOf = ({ state }: Trial): number => (state.kind === 'scored' ? state.score : Number.MAX_VALUE);

const average = ({ ordered, weights }: Plan, positions: readonly (readonly number[])[]): number[] =>
  ordered.map((_, i) => positions.reduce((sum, position, k) => sum + (weights[k] ?? 0) * (position[i] ?? 0), 0));

function adaptTables({ unordered, weights, mu }: Plan, { tables }: State, ranked: readonly Levels[]): void {
  const rate = mu / (mu + 12);
  unordered.forEach((axis, i) => {
    const table = tables[i];
    if (!table) return;
    for (const [level, chance] of table.entries()) table[level] = (1 - rate) * chance;
    ranked.forEach((levels, k) => {
      const level = levels[axis] ?? 0;
      table[level] = (table[level] ?? 0) + rate * (weights[k] ?? 0);
    });
    // The margin of unordered knobs: no level dies out.
    const floor = 0.1 / table.length;
    const total = table.reduce((sum, chance) => sum + Math.max(floor, chance), 0);
    for (const [level, chance] of table.entries()) table[level] = Math.max(floor, chance) / total;
  });
}

interface Gaussian {
  readonly plan: Plan;
  readonly state: State;
  readonly positions: readonly (readonly number[])[];
  readonly eigen: SymmetricEigen;
}

/** Equations 24 to 37 of the tutorial, with its default rates. */
function adaptGaussian({ plan, state, positions, eigen }: Gaussian): void {
  const n = plan.ordered.length;
  const { mu } = plan;
  const before = state.mean;
  const after = average(plan, positions);
  const step = after.map((value, i) => (value - (before[i] ?? 0)) / state.sigma);
  const sigmaRate = (mu + 2) / (n + mu + 5);
  const damping = 1 + 2 * Math.max(0, Math.sqrt((mu - 1) / (n + 1)) - 1) + sigmaRate;
  const whitened = inverseRootTimes(eigen, step);
  const push = Math.sqrt(sigmaRate * (2 - sigmaRate) * mu);
  state.sigmaPath = state.sigmaPath.map((value, i) => (1 - sigmaRate) * value + push * (whitened[i] ?? 0));
  const length = Math.hypot(...state.sigmaPath);
  const usual = Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
  const stalled = length / Math.sqrt(1 - (1 - sigmaRate) ** (2 * state.generation)) < (1.4 + 2 / (n + 1)) * usual ? 1 : 0;
  const pathRate = (4 + mu / n) / (n + 4 + (2 * mu) / n);
  state.path = state.path.map((value, i) => (1 - pathRate) * value + stalled * Math.sqrt(pathRate * (2 - pathRate) * mu) * (step[i] ?? 0));
  const rankOne = 2 / ((n + 1.3) ** 2 + mu);
  const rankMu = Math.min(1 - rankOne, (2 * (mu - 2 + 1 / mu)) / ((n + 2) ** 2 + mu));
  const moves = positions.map((position) => position.map((value, i) => (value - (before[i] ?? 0)) / state.sigma));
  state.covariance = state.covariance.map((value, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    const kept = 1 - rankOne - rankMu + (1 - stalled) * rankOne * pathRate * (2 - pathRate);
    const spread = moves.reduce((sum, move, k) => sum + (plan.weights[k] ?? 0) * (move[i] ?? 0) * (move[j] ?? 0), 0);
    return kept * value + rankOne * (state.path[i] ?? 0) * (state.path[j] ?? 0) + rankMu * spread;
  });
  state.sigma = Math.min(0.5, Math.max(0.02, state.sigma * Math.exp((sigmaRate / damping) * (length / usual - 1))));
  state.mean = after;
}

/** C^(-1/2) v. */
function inverseRootTimes({ values, vectors }: SymmetricEigen, vector: readonly number[]): number[] {
  const n = vector.length;
  const along = Array.from({ length: n }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (vectors.data[i * n + k] ?? 0) * (vector[i] ?? 0);
    return sum / Math.sqrt(Math.max(1e-12, values[k] ?? 0));
  });
  return vector.map((_, i) => rowTimes(vectors, i, along));
}
