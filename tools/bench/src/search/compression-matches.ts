import type { Check, Row } from '../bench.ts';
import { figure, judge, type Match, type MatchPlan, matchPlan, medianLead, pairs, shareAhead } from './match.ts';
import { type Method, optuna, ours } from './methods.ts';
import { bestAfter, type Course, type Given, setTable } from './play.ts';
import { problemOf } from './suite.ts';

/** Instances that nothing was tuned on; `FLEETFIT_SEARCH_INSTANCES` (names with commas between) puts others in their place. */
const INSTANCES = [
  'comp8_s21 comp8_s22 comp12_s21 comp12_s22 comp12_s23 comp16_s21 comp16_s22',
  'comp8_s31_n0.1 comp8_s32_n0.1 comp12_s31_n0.1 comp12_s32_n0.1 comp12_s33_n0.1 comp16_s31_n0.1 comp16_s32_n0.1',
  'comp24_s21 comp24_s22 comp24_s23 comp24_s31_n0.1 comp24_s32_n0.1 comp24_s33_n0.1',
  'mis12_s21 mis12_s22 mis20_s21 lut20k5_s21 lut20k5_s22',
].flatMap((line) => line.split(' '));
const QUICK_INSTANCES = new Set(['comp12_s21', 'comp12_s31_n0.1', 'comp24_s21', 'mis12_s21', 'lut20k5_s21']);
const QUICK_SEEDS = 1;

const GROUPS = {
  clean: (name: string) => name.startsWith('comp') && !name.includes('_n') && !name.startsWith('comp24'),
  noisy: (name: string) => name.startsWith('comp') && name.includes('_n') && !name.startsWith('comp24'),
  large: (name: string) => name.startsWith('comp24'),
} as const;

/** Given one number like its peers, tetra is a method of its own. */
const TETRA_SCALAR = 'tetra-scalar';
const PEERS = ['optuna-tpe', 'optuna-cma-es', 'optuna-nsga2', 'gp', 'random'];

const instances = (): readonly string[] => process.env['FLEETFIT_SEARCH_INSTANCES']?.split(',') ?? INSTANCES;
export const seeds = (): readonly number[] => Array.from({ length: Number(process.env['FLEETFIT_SEARCH_SEEDS'] ?? 10) }, (_, i) => i);

/** Every method on every instance of a family that is like compressing a network, 200 evaluations, in batches of 8 and of 32. */
export function compressionMatches(): MatchPlan[] {
  return games().flatMap((game) => {
    const long = game.batch !== 8 || game.seed >= QUICK_SEEDS || !QUICK_INSTANCES.has(game.problem);
    const row = (method: Method, given: Given) =>
      matchPlan({ ...game, long }, method, {
        pace: { budget: 200, batch: game.batch },
        table: () => setTable(problemOf(game.problem), given, game.seed),
        figuresOf,
      });
    const scalar = ours('tetra').map((method) => row({ ...method, name: TETRA_SCALAR }, 'scalar'));
    const metrics = game.problem.startsWith('lut') ? [] : ours('tetra').map((method) => row(method, 'metrics'));
    const others = [...ours('gp', 'random', 'tpe', 'cma-es', 'nsga2'), ...optuna('tpe', 'cma-es', 'nsga2')];
    return [...metrics, ...scalar, ...others.map((method) => row(method, 'scalar'))];
  });
}

function figuresOf({ turns }: Course) {
  return Object.fromEntries([25, 50, 100, 200].map((count) => [`best_${count}`, bestAfter(turns, count)]));
}

function games(): (Omit<Match, 'method'> & { readonly batch: number })[] {
  return [8, 32].flatMap((batch) => instances().flatMap((problem) => seeds().map((seed) => ({ problem, seed, batch, way: `b${batch}` }))));
}

/** What tetra promises on them, group by group and peer by peer. */
export function compressionChecks(rows: ReadonlyMap<string, Row>): Check[] {
  const groups = Object.entries(GROUPS).flatMap(([group, has]) => {
    const within = games().filter(({ problem }) => has(problem));
    return [...metricsChecks(rows, group, within), ...scalarChecks(rows, group, within)];
  });
  const misfits = games().filter(({ problem }) => problem.startsWith('mis'));
  const tables = games().filter(({ problem }) => problem.startsWith('lut'));
  const notBehind = (name: string, within: readonly Omit<Match, 'method'>[], [method, peer]: readonly [string, string]): Check =>
    judge(
      pairs(rows, within, [
        { method, field: 'best_200' },
        { method: peer, field: 'best_200' },
      ]),
      { name, unit: 'of the objective', target: '<= 0', holds: (value) => value <= 0 },
      medianLead,
    );
  return [
    ...groups,
    ...PEERS.map((peer) => notBehind(`misfit: tetra against ${peer} at 200, median`, misfits, ['tetra', peer])),
    notBehind('unordered tables: tetra-scalar against optuna-tpe at 200, median', tables, [TETRA_SCALAR, 'optuna-tpe']),
  ];
}

function metricsChecks(rows: ReadonlyMap<string, Row>, group: string, within: readonly Omit<Match, 'method'>[]): Check[] {
  return PEERS.flatMap((peer) => {
    const sides = (mine: string, theirs: string) =>
      pairs(rows, within, [
        { method: 'tetra', field: mine },
        { method: peer, field: theirs },
      ]);
    const early = judge(
      sides('best_50', 'best_200'),
      {
        name: `${group}: tetra at 50 against ${peer} at 200, median`,
        unit: 'of the objective',
        target: '< 0',
        holds: (value) => value < 0,
      },
      medianLead,
    );
    const paired = ['100', '200'].map((count) =>
      judge(
        sides(`best_${count}`, `best_${count}`),
        { name: `${group}: tetra ahead of ${peer} at ${count}`, unit: 'of runs', target: '>= 0.95', holds: (value) => value >= 0.95 },
        shareAhead,
      ),
    );
    return [early, ...paired];
  });
}

function scalarChecks(rows: ReadonlyMap<string, Row>, group: string, within: readonly Omit<Match, 'method'>[]): Check[] {
  const ahead = ['optuna-tpe', 'optuna-cma-es'].map((peer) =>
    judge(
      pairs(rows, within, [
        { method: TETRA_SCALAR, field: 'best_200' },
        { method: peer, field: 'best_200' },
      ]),
      { name: `${group}: tetra-scalar ahead of ${peer} at 200`, unit: 'of runs', target: '>= 0.6', holds: (value) => value >= 0.6 },
      shareAhead,
    ),
  );
  const ranks = meanRanks(rows, within);
  const best = judge(
    ranks,
    { name: `${group}: mean rank of tetra-scalar minus that of the best peer`, unit: 'ranks', target: '< 0', holds: (value) => value < 0 },
    ([first]) => (first ? first.mine - first.theirs : Number.NaN),
  );
  return [...ahead, best];
}

/** The mean rank of tetra-scalar at 200 and that of the best peer, over runs where all were measured; none where there is no such run. */
function meanRanks(rows: ReadonlyMap<string, Row>, within: readonly Omit<Match, 'method'>[]) {
  const methods = [TETRA_SCALAR, ...PEERS];
  const runs = within
    .map((game) => methods.map((method) => figure(rows, { ...game, method }, 'best_200')))
    .map((values) => values.filter((value) => value !== undefined))
    .filter((values) => values.length === methods.length);
  if (runs.length === 0) return [];
  const rankOf = (values: readonly number[], value: number): number =>
    1 + values.filter((other) => other < value).length + (values.filter((other) => other === value).length - 1) / 2;
  const [mine = 0, ...theirs] = methods.map((_, i) => runs.reduce((sum, values) => sum + rankOf(values, values[i] ?? 0), 0) / runs.length);
  return [{ mine, theirs: Math.min(...theirs) }];
}
