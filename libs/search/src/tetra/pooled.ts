import type { Rng } from '@fleetfit/core';
import { at, cholesky, type Matrix, matrix, multiply, multiplyTransposed, multiplyVector } from '@fleetfit/numerics';
import { ORIGINAL } from '@fleetfit/space';
import type { EncodedSpace, Levels } from '../encoded-space.ts';
import type { History, Trial } from '../history.ts';
import { type Learner, learningSampler, type Proposal } from '../learning-sampler.ts';
import { haltonLevels } from '../quasi-random.ts';
import type { Json, MakeSampler } from '../sampler.ts';
import { type Columns, columnsOf, covarianceFrom, type KernelSpace, kernelSpace, partsOf, type Weights } from './kernel.ts';
import { chainLeast, drawTables, mutant, roleShift, someTop } from './pool.ts';
import { fitProcess, leftOut, type Process, smoothed, startWeights } from './process.ts';
import { structureOf } from './structure.ts';
import { correlation, ranksOf, type Warp, warped } from './warp.ts';

/** How bold the draws are, in turn. */
const TEMPERATURES = [0, 0.5, 1, 0.3, 0.7, 0.5, 1, 0.3] as const;
/** Points before anything is learned, half of them with one setting for all layers. */
const START = 16;
const MOST_READINGS = 320;
const MOST_POOL = 500;
/** The bending of values is chosen again after so many. */
const CHOOSE_AGAIN = 40;

/**
 * tetra where one number is all that is told, or where a space has no layers: a Gaussian process over all knobs whose chain part is
 * optimised exactly, and joint draws over a pool of candidates (MATH.md, section 7).
 */
export const makePooled: MakeSampler = (options) =>
  learningSampler({
    name: 'tetra',
    options,
    makeLearner: ({ space }, memory) => {
      const { layers } = structureOf(options.space);
      const names = [...new Set(layers.flatMap((layer) => [...layer.roles.keys()]))];
      const roles = names.map((role) => layers.flatMap((layer) => layer.roles[role]?.knob ?? []));
      return pooledLearner({ encoded: space, seed: options.seed, kernel: kernelSpace(space.axes, roles) }, memory);
    },
  });

interface Setup {
  readonly encoded: EncodedSpace;
  readonly seed: number;
  readonly kernel: KernelSpace;
}

function pooledLearner(setup: Setup, memory: Json | undefined): Learner {
  const even = haltonLevels(setup.encoded, `tetra ${setup.seed}`);
  const state: State = { weights: startWeights(setup.kernel), warp: 'rank', chosenAt: 0, ...readMemory(memory) };
  return {
    start: 0,
    knowsEnough: true,
    propose: (history, count, rng) => {
      const asked = history.trials.filter((trial) => trial.asked).length;
      const known = readingsOf(history);
      if (known.points.length < Math.min(START, 2 + setup.kernel.axes.length * 2)) return startPoints(setup, { history, count, even });
      const process = learn(setup, state, known);
      return proposals({ setup, process, known, rng }, history, { asked, count });
    },
    memory: () => ({ ...state, weights: { ...state.weights, mains: [...state.weights.mains] } }),
  };
}

interface State {
  weights: Weights;
  warp: Warp;
  chosenAt: number;
}

function readMemory(memory: Json | undefined): Partial<State> {
  if (typeof memory !== 'object' || memory === null) return {};
  // Written by `memory` of this very version: the snapshot's own version tells it from anything else.
  const { weights, warp, chosenAt } = memory as unknown as State & { weights: { mains: readonly number[] } };
  return { weights: { ...weights, mains: Float64Array.from(weights.mains) }, warp, chosenAt };
}

interface Starting {
  readonly history: History;
  readonly count: number;
  even(index: number): Levels;
}

/** Of an even sequence what is new; every other point with one setting for all knobs of a role: where knobs are alike, one tells much of all. */
function startPoints({ kernel, encoded }: Setup, { history, count, even }: Starting): Proposal[] {
  const taken = new Set([ORIGINAL, ...history.trials.map(({ text }) => text)]);
  const found: Proposal[] = [];
  for (let index = 0; found.length < count && index < 4 * (taken.size + count) + 50; index++) {
    const levels = [...even(index)];
    if (index % 2 === 0) for (const [first = 0, ...others] of kernel.roles) for (const knob of others) levels[knob] = levels[first] ?? 0;
    const canonical = encoded.canonical(levels);
    const text = encoded.recipeAt(canonical)?.text;
    if (text === undefined || taken.has(text)) continue;
    taken.add(text);
    found.push({ levels: canonical });
  }
  return found;
}

interface Known {
  readonly points: readonly Levels[];
  readonly scores: Float64Array;
}

/** What was told, a failure being as bad as the worst. */
function readingsOf({ trials, told }: History): Known {
  const over = told.flatMap((n) => trials[n] ?? []);
  const worst = over.reduce((most, { state }) => (state.kind === 'scored' ? Math.max(most, state.score) : most), Number.NEGATIVE_INFINITY);
  const scoreOf = ({ state }: Trial): number => (state.kind === 'scored' ? state.score : worst);
  const usable = Number.isFinite(worst) ? over.filter(({ state }) => state.kind !== 'pending') : [];
  const kept = usable.length <= MOST_READINGS ? usable : mostTelling(usable, scoreOf);
  return { points: kept.map(({ levels }) => levels), scores: Float64Array.from(kept, scoreOf) };
}

function mostTelling(trials: readonly Trial[], scoreOf: (trial: Trial) => number): readonly Trial[] {
  const best = new Set(trials.toSorted((a, b) => scoreOf(a) - scoreOf(b)).slice(0, Math.ceil((2 * MOST_READINGS) / 3)));
  const others = trials.filter((trial) => !best.has(trial));
  const room = MOST_READINGS - best.size;
  const kept = new Set(Array.from({ length: room }, (_, i) => others[Math.floor((i * others.length) / room)]));
  return trials.filter((trial) => best.has(trial) || kept.has(trial));
}

/** Fits, and now and then chooses how to bend values: by how well each left-out value is ranked, the better half counting twice. */
function learn({ kernel }: Setup, state: State, { points, scores }: Known): Process {
  const columns = columnsOf(points, kernel.axes.length);
  const due = state.chosenAt === 0 || points.length >= state.chosenAt + CHOOSE_AGAIN;
  const fits = (due ? (['rank', 'log', 'raw'] as const) : [state.warp]).map((warp) => {
    const process = fitProcess(kernel, { points: columns, values: warped(scores, warp) }, state.weights);
    return { warp, process, quality: due ? rankedWell(process, scores) : 0 };
  });
  const best = fits.reduce((most, each) => (each.quality > most.quality + 0.01 ? each : most));
  state.warp = best.warp;
  if (due) state.chosenAt = points.length;
  state.weights = short(best.process.weights);
  return best.process;
}

function rankedWell(process: Process, scores: Float64Array): number {
  const said = leftOut(process);
  const order = [...scores.keys()].sort((a, b) => at(scores, a) - at(scores, b)).slice(0, Math.max(10, scores.length >> 1));
  const [predicted, found] = [ranksOf(said), ranksOf(scores)];
  const top = (ranks: Float64Array): Float64Array => Float64Array.from(order, (n) => at(ranks, n));
  return correlation(predicted, found) + correlation(top(predicted), top(found));
}

/** Six digits: a sampler restored from a snapshot goes on exactly as this one. */
function short(weights: Weights): Weights {
  const six = (value: number): number => Number(value.toPrecision(6));
  const { mains, pairs, anova, local, roles, noise } = weights;
  return { mains: mains.map(six), pairs: six(pairs), anova: six(anova), local: six(local), roles: roles.map(six), noise: six(noise) };
}

interface Proposing {
  readonly setup: Setup;
  readonly process: Process;
  readonly known: Known;
  readonly rng: Rng;
}

function proposals(
  proposing: Proposing,
  { trials }: History,
  { asked, count }: { readonly asked: number; readonly count: number },
): Proposal[] {
  const { setup, process, known, rng } = proposing;
  const expected = smoothed(process);
  const order = [...expected.keys()].sort((a, b) => at(expected, a) - at(expected, b));
  const tops = order.slice(0, Math.max(2, Math.min(6, Math.floor(known.points.length / 10)))).map((n) => known.points[n] ?? []);
  const taken = new Set(trials.map(({ text }) => text));
  const pool = freshPool({ proposing, tops, taken }, { asked, count });
  if (pool.length === 0) return [];
  const { mean, factor } = jointly(process, columnsOf(pool, setup.kernel.axes.length));
  const used = new Set<number>();
  return Array.from({ length: Math.min(count, pool.length) }, (_, j) => {
    const temperature = TEMPERATURES[(asked + j) % TEMPERATURES.length] ?? 1;
    const noise = Float64Array.from(mean, () => rng.normal());
    const drawn = temperature === 0 ? mean : multiplyVector(factor, noise).map((value, n) => at(mean, n) + temperature * value);
    let best = -1;
    for (let n = 0; n < drawn.length; n++) if (!used.has(n) && (best < 0 || at(drawn, n) < at(drawn, best))) best = n;
    used.add(best);
    return { levels: pool[best] ?? [] };
  });
}

interface Pooling {
  readonly proposing: Proposing;
  readonly tops: readonly Levels[];
  readonly taken: ReadonlySet<string>;
}

/** Optima of drawn tables in random parts of the space, children of the best, and steps of whole roles; nothing that was asked before. */
function freshPool(
  { proposing: { setup, process, rng }, tops, taken }: Pooling,
  { asked, count }: { readonly asked: number; readonly count: number },
): Levels[] {
  const { kernel, encoded } = setup;
  const knobs = kernel.axes.length;
  const found = new Map<string, Levels>();
  const add = (levels: Levels): void => {
    const canonical = encoded.canonical(levels);
    const text = found.size < MOST_POOL ? canonical.join() : undefined;
    if (text !== undefined && !found.has(text)) found.set(text, canonical);
  };
  for (let j = 0; j < count; j++) {
    const tables = drawTables(process, [0, 0.5, 1, 0.3][(asked + j) % 4] ?? 1, rng);
    for (const share of [1, 0.6, Math.min(1, 12 / knobs), 0.3, Math.min(1, 4 / knobs), Math.min(1, 8 / knobs)]) {
      const pinned = tops[someTop(tops, rng)] ?? [];
      add(
        chainLeast(
          tables,
          pinned,
          Array.from({ length: knobs }, () => rng.next() < share),
        ),
      );
    }
  }
  const mutants = Math.max(20, Math.min(420, Math.floor(30_000 / knobs)));
  for (let m = 0; m < mutants; m++) add(mutant(tops, kernel, rng));
  if (kernel.roles.length > 0) for (let m = 0; m < 60; m++) add(roleShift(tops, kernel, rng));
  return [...found.values()].filter((levels) => {
    const text = encoded.recipeAt(levels)?.text;
    return text !== undefined && text !== ORIGINAL && !taken.has(text);
  });
}

/** Mean of the pool, and a factor of its covariance, given all that is known. */
function jointly(
  { space, weights, points, inverse, dual }: Process,
  pool: Columns,
): { readonly mean: Float64Array; readonly factor: Matrix } {
  const cross = matrix(pool.count, points.count, covarianceFrom(partsOf(space, weights, [pool, points]), weights));
  const own = covarianceFrom(partsOf(space, weights, [pool, pool]), weights);
  const explained = multiplyTransposed(multiply(cross, inverse), cross);
  const rest = matrix(
    pool.count,
    pool.count,
    own.map((value, k) => value - at(explained.data, k)),
  );
  for (let n = 0; n < pool.count; n++) rest.data[n * (pool.count + 1)] = Math.max(1e-9, at(rest.data, n * (pool.count + 1))) + 1e-5;
  return { mean: multiplyVector(cross, dual), factor: factorOrDiagonal(rest) };
}

// Rounding may leave a covariance of near-equal points a little indefinite: then each point is drawn by itself.
function factorOrDiagonal(covariance: Matrix): Matrix {
  try {
    return cholesky(covariance).lower;
  } catch {
    const { rows } = covariance;
    const diagonal = matrix(rows, rows);
    for (let n = 0; n < rows; n++) diagonal.data[n * (rows + 1)] = Math.sqrt(Math.max(1e-9, at(covariance.data, n * (rows + 1))));
    return diagonal;
  }
}
