import { hypervolume } from '@fleetfit/stats';
import type { Check, Row } from '../bench.ts';
import { seeds } from './compression-matches.ts';
import { judge, type Match, type MatchPlan, matchPlan, type Pair, pairs } from './match.ts';
import { type Method, optuna, ours } from './methods.ts';
import { type Course, setTable } from './play.ts';
import { problemOf } from './suite.ts';

const INSTANCES = ['comp12_s21', 'comp16_s22', 'comp24_s23'];

/** Drop and latency at once, with size as a limit: what hypervolume is reached. */
export function pairMatches(): MatchPlan[] {
  const methods: Method[] = [...ours('tetra', 'gp', 'tpe', 'nsga2', 'random'), ...optuna('nsga2', 'tpe')];
  return games().flatMap((game) =>
    methods.map((method) =>
      matchPlan({ ...game, long: game.seed >= 1 || game.problem !== 'comp12_s21' }, method, {
        pace: { budget: 200, batch: 8 },
        table: () => setTable(problemOf(game.problem), 'pair', game.seed),
        figuresOf,
      }),
    ),
  );
}

/** Hypervolume up to (0, 0), as a share of 4.5, the area that the reference of the suite spans. */
function figuresOf({ turns }: Course) {
  const volume = (count: number): number =>
    hypervolume(
      turns.slice(0, count).flatMap(({ pair }) => (pair ? [pair] : [])),
      [0, 0],
    ) / 4.5;
  return Object.fromEntries([50, 100, 200].map((count) => [`hypervolume_${count}`, volume(count)]));
}

function games(): Omit<Match, 'method'>[] {
  return INSTANCES.flatMap((problem) => seeds().map((seed) => ({ problem, seed, way: 'pair' })));
}

export function pairChecks(rows: ReadonlyMap<string, Row>): Check[] {
  const ratio = (values: readonly Pair[]): number => {
    const sorted = values.map(({ mine, theirs }) => mine / theirs).sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  };
  return ['optuna-nsga2', 'optuna-tpe'].flatMap((peer) =>
    (
      [
        ['200', 2.5],
        ['50', 1],
      ] as const
    ).map(([count, least]) =>
      judge(
        pairs(rows, games(), [
          { method: 'tetra', field: `hypervolume_${count}` },
          { method: peer, field: 'hypervolume_200' },
        ]),
        {
          name: `hypervolume of tetra at ${count} beside that of ${peer} at 200, median`,
          unit: 'times',
          target: `>= ${least}`,
          holds: (value) => value >= least,
        },
        ratio,
      ),
    ),
  );
}
