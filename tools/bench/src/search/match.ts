import { median } from '@fleetfit/stats';
import type { Check, Field, Row, RowPlan } from '../bench.ts';
import type { Method } from './methods.ts';
import type { Course, Pace, Table } from './play.ts';

/** One method on one problem with one seed: one row. */
export interface Match {
  readonly problem: string;
  readonly seed: number;
  /** What else tells rows of a problem apart: `b8`, `pair`. */
  readonly way: string;
  readonly method: string;
}

export const rowName = ({ problem, way, seed, method }: Match): string => `${problem} ${way} seed${seed} ${method}`;

export interface MatchPlan extends Match {
  readonly plan: RowPlan;
}

/** A match as a row: the figures that `figuresOf` reads from its course, and how long the method thought. */
export function matchPlan(
  match: Omit<Match, 'method'> & { readonly long: boolean },
  method: Method,
  play: { readonly pace: Pace; readonly table: () => Table; readonly figuresOf: (course: Course) => Readonly<Record<string, Field>> },
): MatchPlan {
  const { problem, seed, way, long } = match;
  const named = { problem, seed, way, method: method.name };
  const measure: RowPlan['measure'] = async ({ signal }) => {
    const course = await method.play(play.table(), { ...play.pace, signal });
    if (!course) return { missing: 'python3-optuna is not installed' };
    return { ...play.figuresOf(course), ask_median_ms: median(course.askMs), ask_worst_ms: Math.max(...course.askMs) };
  };
  return { ...named, plan: { name: rowName(named), long, measure } };
}

/** A figure of a row; undefined where it was not measured. */
export function figure(rows: ReadonlyMap<string, Row>, match: Match, field: string): number | undefined {
  const value = rows.get(rowName(match))?.fields[field];
  return typeof value === 'number' ? value : undefined;
}

/** One side of a comparison: whose figure, after how many evaluations. */
interface Side {
  readonly method: string;
  readonly field: string;
}

/** The figures of two methods on the same problems and seeds, as far as both were measured. Smaller is better. */
export function pairs(
  rows: ReadonlyMap<string, Row>,
  games: readonly Omit<Match, 'method'>[],
  [one, other]: readonly [Side, Side],
): Pair[] {
  return games.flatMap((game) => {
    const mine = figure(rows, { ...game, method: one.method }, one.field);
    const theirs = figure(rows, { ...game, method: other.method }, other.field);
    return mine === undefined || theirs === undefined ? [] : [{ mine, theirs }];
  });
}

export interface Pair {
  readonly mine: number;
  readonly theirs: number;
}

interface Wanted {
  readonly name: string;
  readonly unit: string;
  readonly target: string;
  holds(value: number): boolean;
}

/** A check of a number that many rows make; not judged where no pair of rows was measured. */
export function judge(values: readonly Pair[], { name, unit, target, holds }: Wanted, figureOf: (pairs: readonly Pair[]) => number): Check {
  if (values.length === 0)
    return { name, value: null, unit, target, holds: 'not judged', reason: 'its rows were not measured, or the peer is not installed' };
  const value = figureOf(values);
  return { name: `${name} (${values.length} runs)`, value, unit, target, holds: holds(value) };
}

/** How far ahead in median; below 0 is ahead. Paired by problem and seed. */
export const medianLead = (values: readonly Pair[]): number => median(values.map(({ mine, theirs }) => mine - theirs));

/** The share of runs in which the first is ahead, a tie counting half. */
export function shareAhead(values: readonly Pair[]): number {
  const points = values.map(({ mine, theirs }) => (mine < theirs ? 1 : mine === theirs ? 0.5 : 0));
  return points.reduce<number>((sum, point) => sum + point, 0) / values.length;
}
