import { median } from '@fleetfit/stats';
import type { Check, Row } from '../bench.ts';
import { FORMULAS } from './classic-function.ts';
import { seeds } from './compression-matches.ts';
import { figure, type Match, type MatchPlan, matchPlan } from './match.ts';
import { optuna, ours } from './methods.ts';
import { bestAfter, type Course, setTable } from './play.ts';
import { problemOf } from './suite.ts';

const FUNCTIONS = Object.keys(FORMULAS);
/** What a quick run has time for. */
const QUICK = new Set(['rastrigin', 'schwefel', 'griewank']);
const FEW = 300;
const MANY = 10_000;

/** What TTOpt (quantized, rank 4) reaches after 10,000 evaluations on 1,024 points in each dimension, one seed (its authors' code). */
const TTOPT: Readonly<Record<string, number>> = {
  ackley: 0.113,
  alpine: 0.0027,
  brown: 7e-5,
  exponential: 9e-7,
  griewank: 0.047,
  michalewicz: -9.41,
  qing: 5.2,
  rastrigin: 0.0098,
  schaffer: 0.39,
  schwefel: 0.028,
};

/** The ten classic functions: few evaluations on a coarse grid, many on a fine one. */
export function classicMatches(): MatchPlan[] {
  return [
    ...fewGames().flatMap((game) =>
      [...ours('tetra', 'gp', 'random', 'tpe', 'cma-es'), ...optuna('tpe')].map((method) =>
        matchPlan({ ...game, long: isLong(game) }, method, {
          pace: { budget: FEW, batch: 8 },
          table: () => setTable(problemOf(game.problem), 'scalar', game.seed),
          figuresOf: figuresAt([100, FEW]),
        }),
      ),
    ),
    ...manyGames().flatMap((game) =>
      ours('tetra', 'tt-cross').map((method) =>
        matchPlan({ ...game, long: isLong(game) }, method, {
          pace: { budget: MANY, batch: 32 },
          table: () => setTable(problemOf(game.problem), 'scalar', game.seed),
          figuresOf: figuresAt([1_000, 5_000, MANY]),
        }),
      ),
    ),
  ];
}

const isLong = ({ problem, seed }: Omit<Match, 'method'>): boolean => seed >= 1 || !QUICK.has(problem.split('_')[0] ?? '');

const figuresAt =
  (counts: readonly number[]) =>
  ({ turns }: Course) =>
    Object.fromEntries(counts.map((count) => [`best_${count}`, bestAfter(turns, count)]));

const fewGames = (): Omit<Match, 'method'>[] =>
  FUNCTIONS.flatMap((name) => seeds().map((seed) => ({ problem: `${name}_n64`, seed, way: `${FEW}` })));
const manyGames = (): Omit<Match, 'method'>[] =>
  FUNCTIONS.flatMap((name) => seeds().map((seed) => ({ problem: `${name}_n1024`, seed, way: `${MANY}` })));

export function classicChecks(rows: ReadonlyMap<string, Row>): Check[] {
  const few = ['optuna-tpe', 'random'].map((peer) =>
    functionsWon(`classic functions where tetra is better than ${peer} at ${FEW}, median`, 10, (name) => {
      const of = (method: string) => medianOf(rows, { games: fewGames(), problem: `${name}_n64`, method, field: `best_${FEW}` });
      return [of('tetra'), of(peer)];
    }),
  );
  const many = ['tetra', 'tt-cross'].map((method) =>
    functionsWon(`classic functions where ${method} is at least as good as TTOpt at ${MANY}, median`, 8, (name) => [
      medianOf(rows, { games: manyGames(), problem: `${name}_n1024`, method, field: `best_${MANY}` }),
      // The row is given with two digits.
      (TTOPT[name] ?? 0) + 0.005 * Math.abs(TTOPT[name] ?? 0),
    ]),
  );
  return [...few, ...many];
}

function medianOf(
  rows: ReadonlyMap<string, Row>,
  of: { readonly games: readonly Omit<Match, 'method'>[]; readonly problem: string; readonly method: string; readonly field: string },
): number | undefined {
  const values = of.games
    .filter(({ problem }) => problem === of.problem)
    .flatMap((game) => figure(rows, { ...game, method: of.method }, of.field) ?? []);
  return values.length === 0 ? undefined : median(values);
}

/** How many functions the first wins or ties, of those that both were measured on. */
function functionsWon(name: string, least: number, sides: (name: string) => readonly [number | undefined, number | undefined]): Check {
  const judged = FUNCTIONS.map(sides).flatMap(([mine, theirs]) => (mine === undefined || theirs === undefined ? [] : [mine <= theirs]));
  const target = `>= ${least} of 10`;
  if (judged.length < FUNCTIONS.length)
    return {
      name,
      value: null,
      unit: 'functions',
      target,
      holds: 'not judged',
      reason: `only ${judged.length} of 10 functions were measured`,
    };
  const value = judged.filter(Boolean).length;
  return { name, value, unit: 'functions', target, holds: value >= least };
}
