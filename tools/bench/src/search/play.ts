import { type DeviceClassId, deviceClassId, type Estimate, type Metrics } from '@fleetfit/core';
import type { MakeSampler, SamplerOptions, Told } from '@fleetfit/search';
import { formatRecipe, type Point } from '@fleetfit/space';
import { numpyRandom } from './numpy-random.ts';
import { type CompressionProblem, type Costs, isCompression, type Levels, type Problem, pairOf, scalarOf } from './problem.ts';
import { goalOfCompression, spaceOfCompression, spaceOfProblem } from './space-of-problem.ts';

/** One evaluation, in the order of asking. */
export interface Turn {
  /** The one number that a sampler of scalars is told: noisy where the problem is. */
  readonly score: number;
  /** The same without noise. */
  readonly truth: number;
  /** Both objectives without noise, where the problem has two. */
  readonly pair?: readonly [number, number];
  /** False for what nobody would take home: it breaks a limit. */
  readonly allowed: boolean;
}

/** A problem made ready to be played: what a sampler knows of it, and evaluations that draw their noise in order. */
export interface Table {
  readonly counts: readonly number[];
  readonly categorical: readonly boolean[];
  /** How many numbers a peer is told. */
  readonly objectives: 1 | 2;
  readonly options: SamplerOptions;
  levelsAt(point: Point): Levels;
  evaluate(x: Levels): { readonly turn: Turn; readonly metrics: Metrics };
}

export interface Pace {
  readonly budget: number;
  /** So many are asked for at once and told together: nothing is learned within a batch. */
  readonly batch: number;
}

export interface Course {
  readonly turns: readonly Turn[];
  /** How long each batch was thought about. */
  readonly askMs: readonly number[];
}

/** The only device class of a table. */
export const TABLE_CLASS: DeviceClassId = deviceClassId('bench');

/** Plays one of our samplers: asks in batches and tells what a fleet would find. */
export function playSampler(make: MakeSampler, table: Table, { budget, batch }: Pace): Course {
  const sampler = make({ ...table.options, budget });
  const turns: Turn[] = [];
  const askMs: number[] = [];
  while (turns.length < budget) {
    const before = performance.now();
    const asks = sampler.ask(Math.min(batch, budget - turns.length));
    askMs.push(performance.now() - before);
    if (asks.length === 0) break;
    const told = asks.map(({ point, recipe, fidelity }): Told => {
      const { turn, metrics } = table.evaluate(table.levelsAt(point ?? {}));
      turns.push(turn);
      return { recipe: formatRecipe(recipe), deviceClass: TABLE_CLASS, outcome: { kind: 'measured', metrics }, fidelity };
    });
    sampler.tell(told);
  }
  return { turns, askMs };
}

/** What a sampler is told of a candidate: one number, the metrics of a goal with one objective, or those of a goal with two. */
export type Given = 'scalar' | 'metrics' | 'pair';

/** A problem of the suite, with the noise of a seed. */
export function setTable(problem: Problem | CompressionProblem, given: Given, seed: number): Table {
  const { counts, categorical } = problem;
  const options = { seed, classes: [TABLE_CLASS] };
  if (!isCompression(problem) || given === 'scalar') {
    const { space, levelsAt } = isCompression(problem) ? spaceOfCompression(problem) : spaceOfProblem(problem);
    const read = reader(problem, seed);
    const evaluate = (x: Levels) => {
      const turn = read(x);
      return { turn, metrics: { score: exactly(turn.score) } };
    };
    return { counts, categorical, objectives: 1, options: { ...options, space, goal: { objectives: ['score'] } }, levelsAt, evaluate };
  }
  const { space, levelsAt, sizeOf } = spaceOfCompression(problem);
  const read = costReader(problem, seed);
  const objectives = given === 'pair' ? 2 : 1;
  const goal = goalOfCompression(problem, objectives, TABLE_CLASS);
  const evaluate = (x: Levels) => {
    const costs = read(x);
    return { turn: turnOf(problem, costs, x), metrics: metricsOf(costs) };
  };
  return { counts, categorical, objectives, options: { ...options, space, goal, sizeOf }, levelsAt, evaluate };
}

function reader(problem: Problem | CompressionProblem, seed: number): (x: Levels) => Turn {
  if (isCompression(problem)) {
    const read = costReader(problem, seed);
    return (x) => turnOf(problem, read(x), x);
  }
  return (x) => {
    const truth = problem.objective(x);
    return { score: truth, truth, allowed: true };
  };
}

/** The costs of a point as a fleet would read them: the drop with the noise of the problem, the latency with 0.6 of it. */
function costReader(problem: CompressionProblem, seed: number): (x: Levels) => Costs {
  const random = numpyRandom(seed);
  return (x) => {
    const { drop, latency, size } = problem.costs(x);
    if (problem.noise === 0) return { drop, latency, size };
    const noisyDrop = Math.min(1, drop * Math.exp(problem.noise * random.normal()));
    return { drop: noisyDrop, latency: latency * Math.exp(0.6 * problem.noise * random.normal()), size };
  };
}

function turnOf(problem: CompressionProblem, read: Costs, x: Levels): Turn {
  const costs = problem.costs(x);
  return { score: scalarOf(problem, read), truth: scalarOf(problem, costs), pair: pairOf(problem, costs), allowed: true };
}

function metricsOf({ drop, latency, size }: Costs): Metrics {
  return { accuracy: exactly(1 - drop), latency: exactly(latency), size: exactly(size) };
}

/** The suite's readings say nothing of their own variance: samplers find it out. */
export const exactly = (value: number): Estimate => ({ value, variance: 0, low: value, high: value, count: 1 });

/** The truth of the best reading among the first `count` that breaks no limit: what a user would have taken home by then. */
export function bestAfter(turns: readonly Turn[], count: number): number {
  let best = { score: Number.POSITIVE_INFINITY, truth: Number.POSITIVE_INFINITY };
  for (const turn of turns.slice(0, count)) if (turn.allowed && turn.score < best.score) best = turn;
  return best.truth;
}
