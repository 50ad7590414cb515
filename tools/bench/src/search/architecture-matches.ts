import { FleetError } from '@fleetfit/core';
import { makeSampler, samplerNames } from '@fleetfit/search';
import { formatRecipe } from '@fleetfit/space';
import { median } from '@fleetfit/stats';
import type { Check, Row, RowPlan } from '../bench.ts';
import { type ArchitectureTable, architectureTable, manyDevices, readArchitectures } from './architecture-table.ts';
import { seeds } from './compression-matches.ts';
import { figure, type Match, type MatchPlan, matchPlan } from './match.ts';
import { optuna, ours } from './methods.ts';
import { bestAfter, type Course, playSampler } from './play.ts';

/** `FLEETFIT_SEARCH_DEVICES` (names with commas between) puts others in their place. */
const DEVICES = ['pixel2', 'gold_6226', 'titan_rtx_256', 'eyeriss', 'samsung_a50', 'silver_4114'];
const COUNTS = [50, 100, 200];
/** Close enough to the best that a device allows, in points. */
const NEAR = 0.5;

const devices = (): readonly string[] => process.env['FLEETFIT_SEARCH_DEVICES']?.split(',') ?? DEVICES;

let architectures: ArchitectureTable | undefined;
function table(): ArchitectureTable {
  architectures ??= readArchitectures();
  if (architectures) return architectures;
  throw new FleetError('unavailable', 'Cannot search NAS-Bench-201: its table is not there', {
    next: 'set FLEETFIT_LAB to the folder that has data/latency-tables',
  });
}

/** The most accurate network within a device's limit, of 15,625 that others measured: knobs without order, and nothing of ours in it. */
export function architectureMatches(): MatchPlan[] {
  return games().flatMap((game) =>
    [...ours('tetra', 'tpe', 'gp', 'nsga2', 'random'), ...optuna('tpe', 'nsga2')].map((method) =>
      matchPlan({ ...game, long: game.seed >= 1 || game.problem !== 'nas-pixel2' }, method, {
        pace: { budget: 200, batch: 8 },
        table: () => architectureTable(table(), game.problem.slice('nas-'.length), game.seed),
        figuresOf,
      }),
    ),
  );
}

/** Nothing allowed was found yet: as bad as the worst network. */
const figuresOf = ({ turns }: Course) =>
  Object.fromEntries(COUNTS.map((count) => [`regret_${count}`, Math.min(100, bestAfter(turns, count))]));

const games = (): Omit<Match, 'method'>[] =>
  devices().flatMap((device) => seeds().map((seed) => ({ problem: `nas-${device}`, seed, way: 'b8' })));

const togetherName = (seed: number): string => `nas-together seed${seed} tetra`;

/** All devices in one sweep, beside a sweep for each: evaluations (one measurement on one device) until all are near their best. */
export function togetherRows(): RowPlan[] {
  if (!samplerNames.includes('tetra')) return [];
  return seeds().map((seed) => ({
    name: togetherName(seed),
    long: seed >= 1,
    measure: async () => ({ together: evaluationsTogether(seed), apart: evaluationsApart(seed) }),
  }));
}

const MOST = 400;

function evaluationsTogether(seed: number): number {
  const { options, evaluate } = manyDevices(table(), devices(), seed);
  const sampler = makeSampler('tetra', { ...options, budget: MOST });
  const near = new Set<string>();
  let evaluations = 0;
  for (let asked = 0; asked < MOST; asked += 8) {
    const asks = sampler.ask(8);
    const told = asks.flatMap(({ point, recipe, classes, fidelity }) =>
      (classes === 'all' ? options.classes : classes).map((deviceClass) => {
        const { metrics, regret } = evaluate(point ?? {}, deviceClass);
        if (near.size < devices().length) evaluations++;
        if (regret !== undefined && regret <= NEAR) near.add(deviceClass);
        return { recipe: formatRecipe(recipe), deviceClass, outcome: { kind: 'measured', metrics } as const, fidelity };
      }),
    );
    if (near.size === devices().length || asks.length === 0) break;
    sampler.tell(told);
  }
  return evaluations;
}

function evaluationsApart(seed: number): number {
  const counts = devices().map((device) => {
    const { turns } = playSampler((options) => makeSampler('tetra', options), architectureTable(table(), device, seed), {
      budget: MOST,
      batch: 8,
    });
    const first = turns.findIndex(({ allowed, truth }) => allowed && truth <= NEAR);
    return first < 0 ? MOST : first + 1;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

export function architectureChecks(rows: ReadonlyMap<string, Row>): Check[] {
  const against = ['optuna-tpe', 'optuna-nsga2'].flatMap((peer) => COUNTS.flatMap((count) => regretChecks(rows, peer, count)));
  const pairs = seeds().flatMap((seed) => {
    const { together, apart } = rows.get(togetherName(seed))?.fields ?? {};
    return typeof together === 'number' && typeof apart === 'number' ? [together / apart] : [];
  });
  const name = 'NAS-Bench-201: evaluations of one sweep over all devices beside those of a sweep for each, median';
  const target = '< 1';
  const together: Check =
    pairs.length === 0
      ? { name, value: null, unit: 'times', target, holds: 'not judged', reason: 'its rows were not measured' }
      : { name, value: median(pairs), unit: 'times', target, holds: median(pairs) < 1 };
  return [...against, together];
}

function regretChecks(rows: ReadonlyMap<string, Row>, peer: string, count: number): Check[] {
  const medians = devices().flatMap((device) => {
    const of = (method: string): number | undefined => {
      const values = seeds().flatMap(
        (seed) => figure(rows, { problem: `nas-${device}`, seed, way: 'b8', method }, `regret_${count}`) ?? [],
      );
      return values.length === 0 ? undefined : median(values);
    };
    const [mine, theirs] = [of('tetra'), of(peer)];
    return mine === undefined || theirs === undefined ? [] : [{ mine, theirs }];
  });
  const about = `NAS-Bench-201: median regret of tetra against ${peer} at ${count}`;
  if (medians.length === 0)
    return [
      {
        name: about,
        value: null,
        unit: 'points',
        target: '<= 0 on the worst device',
        holds: 'not judged',
        reason: 'its rows were not measured, or the peer is not installed',
      },
    ];
  const worst = Math.max(...medians.map(({ mine, theirs }) => mine - theirs));
  const below = medians.filter(({ mine, theirs }) => mine < theirs || (mine === 0 && theirs === 0)).length / medians.length;
  return [
    { name: `${about}, ${medians.length} devices`, value: worst, unit: 'points on the worst device', target: '<= 0', holds: worst <= 0 },
    {
      name: `${about}: devices where it is below, or both found the best`,
      value: below,
      unit: 'of devices',
      target: '> 0.5',
      holds: below > 0.5,
    },
  ];
}
