import type { Rng } from '@fleetfit/core';
import type { Choices, DrawnMetric } from './tables.ts';

// Local: an import is looked up at every call by test runners, and these loops call nothing else.
const at = (cells: Float64Array, index: number): number => cells[index] ?? 0;

/** A candidate within one search: the setting of each layer, and that of the global knobs. */
export interface Pick {
  readonly layers: Int32Array;
  readonly global: number;
}

export interface Found extends Pick {
  /** What the draw says of it; smaller is better. */
  readonly score: number;
}

/** What to search: the metrics of one draw, and what makes one candidate better than another. */
export interface Drawn {
  readonly choices: Choices;
  readonly metrics: readonly DrawnMetric[];
  readonly edges: readonly (readonly [number, number])[];
  /** Smaller is better; given the metrics in their own units, in order. */
  score(values: Float64Array): number;
  /** Added to the score: how little a setting is trusted to work; by layer and setting. */
  readonly doubts: readonly Float64Array[] | undefined;
}

export interface SearchOptions {
  readonly rng: Rng;
  readonly starts: readonly Pick[];
  /** How many starts of the Lagrangian to keep. */
  readonly keep?: number;
  readonly sweeps?: number;
}

/**
 * Looks for what is best by one draw: starts where sums of metrics are least, for many weights between them (layer by layer, exactly),
 * keeps the best, and improves them one layer at a time, all of its settings at once, then all global settings (MATH.md, section 5).
 * Local optima, best first, none twice.
 */
export function searchDraw(drawn: Drawn, options: SearchOptions): Found[] {
  const { rng, starts, keep = 8, sweeps = 4 } = options;
  const scratch = scratchOf(drawn);
  const first = lagrangianStarts(drawn, rng).map((pick) => ({ ...pick, score: scoreOf(drawn, pick, scratch) }));
  const best = distinct(first.sort((a, b) => a.score - b.score).slice(0, 8 * keep)).slice(0, keep);
  const found = [...best, ...starts].map((start) => descend(drawn, start, { rng, sweeps, scratch }));
  return distinct(found.sort((a, b) => a.score - b.score));
}

interface Scratch {
  readonly values: Float64Array;
  /** By metric, over the settings of a layer. */
  readonly columns: readonly Float64Array[];
}

function scratchOf({ choices, metrics }: Drawn): Scratch {
  const most = choices.layers.reduce((count, layer) => Math.max(count, layer.count), 1);
  return { values: new Float64Array(metrics.length), columns: metrics.map(() => new Float64Array(most)) };
}

function distinct<Each extends Pick>(picks: readonly Each[]): Each[] {
  const seen = new Map<string, Each>();
  for (const pick of picks) {
    const key = `${pick.global}:${pick.layers.join()}`;
    if (!seen.has(key)) seen.set(key, pick);
  }
  return [...seen.values()];
}

const MULTIPLIERS = [0.03, 0.3, 1, 3, 10, 50];
const MOST_GLOBALS = 8;
const MOST_WEIGHTS = 36;

/** For every layer alone the setting with the least weighted sum: the optimum of the relaxed problem for those weights. */
function lagrangianStarts({ choices, metrics }: Drawn, rng: Rng): Pick[] {
  const count = choices.globals.length;
  const globals = count <= MOST_GLOBALS ? [...choices.globals.keys()] : rng.shuffled([...choices.globals.keys()]).slice(0, MOST_GLOBALS);
  const picks: Pick[] = [];
  const weights = weightsOf(metrics.length - 1, rng).map((weight) =>
    Float64Array.from(metrics, (metric, m) => metric.weight * (m === 0 ? 1 : (weight[m - 1] ?? 1))),
  );
  for (const global of globals) {
    const tables = metrics.map((metric) => metric.tables(global));
    const least = weights.map(() => new Int32Array(choices.layers.length));
    choices.layers.forEach((layer, i) => {
      const columns = tables.map((table) => table[i] ?? EMPTY);
      weights.forEach((weight, w) => {
        const pick = least[w];
        if (pick) pick[i] = leastSetting(columns, weight, layer.count);
      });
    });
    for (const layers of least) picks.push({ layers, global });
  }
  return picks;
}

const EMPTY = new Float64Array(0);

/** Every combination of multipliers for so many metrics, or as many of them as there is time for. */
function weightsOf(others: number, rng: Rng): readonly (readonly number[])[] {
  let all: readonly (readonly number[])[] = [[]];
  for (let m = 0; m < others; m++) all = all.flatMap((each) => MULTIPLIERS.map((multiplier) => [...each, multiplier]));
  return all.length <= MOST_WEIGHTS ? all : rng.shuffled(all).slice(0, MOST_WEIGHTS);
}

function leastSetting(columns: readonly Float64Array[], by: Float64Array, count: number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  const [x = EMPTY, y = EMPTY, z = EMPTY] = columns;
  const [wx, wy, wz] = [at(by, 0), at(by, 1), at(by, 2)];
  if (columns.length === 3) {
    for (let s = 0; s < count; s++) {
      const sum = wx * at(x, s) + wy * at(y, s) + wz * at(z, s);
      if (sum < least) [best, least] = [s, sum];
    }
    return best;
  }
  for (let s = 0; s < count; s++) {
    let sum = wx * at(x, s);
    if (columns.length > 1) sum += wy * at(y, s);
    if (columns.length > 2) sum += wz * at(z, s);
    for (let m = 3; m < columns.length; m++) sum += at(by, m) * at(columns[m] ?? EMPTY, s);
    if (sum < least) [best, least] = [s, sum];
  }
  return best;
}

function scoreOf(drawn: Drawn, pick: Pick, { values }: Scratch): number {
  drawn.metrics.forEach((metric, m) => {
    values[m] = metric.value(sumOf(drawn, metric, pick));
  });
  let score = drawn.score(values);
  drawn.doubts?.forEach((doubts, i) => {
    score += at(doubts, pick.layers[i] ?? 0);
  });
  return score;
}

/** The metrics of a candidate in their own units. */
export function valuesOf(drawn: Drawn, pick: Pick): Float64Array {
  return Float64Array.from(drawn.metrics, (metric) => metric.value(sumOf(drawn, metric, pick)));
}

function sumOf({ edges, choices }: Drawn, metric: DrawnMetric, { layers, global }: Pick): number {
  const tables = metric.tables(global);
  let sum = metric.floor;
  for (let i = 0; i < tables.length; i++) sum += at(tables[i] ?? EMPTY, layers[i] ?? 0);
  if (metric.multiplies) return Math.exp(Math.min(30, Math.max(-60, sum)));
  for (let e = 0; e < metric.edges.length; e++) {
    const [i = 0, j = 0] = edges[e] ?? [];
    sum += at(metric.edges, e) * Math.sqrt(at(tables[i] ?? EMPTY, layers[i] ?? 0) * at(tables[j] ?? EMPTY, layers[j] ?? 0));
  }
  if (metric.unlike.length > 0) {
    for (const [i, j] of edges) sum += unlikeCost({ choices, metric }, [i, layers[i] ?? 0], [j, layers[j] ?? 0]);
  }
  return sum;
}

type Place = readonly [layer: number, setting: number];

function unlikeCost({ choices, metric: { unlike } }: { choices: Choices; metric: DrawnMetric }, [i, s]: Place, [j, t]: Place): number {
  const roles = unlike.length;
  const [one, other] = [choices.layers[i]?.cells, choices.layers[j]?.cells];
  let sum = 0;
  for (let k = 0; k < roles; k++) if (one?.[s * roles + k] !== other?.[t * roles + k]) sum += at(unlike, k);
  return sum;
}

function descend(drawn: Drawn, start: Pick, { rng, sweeps, scratch }: { rng: Rng; sweeps: number; scratch: Scratch }): Found {
  let pick: Pick = { layers: Int32Array.from(start.layers), global: start.global };
  let score = Number.POSITIVE_INFINITY;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const before = `${pick.global}:${pick.layers.join()}`;
    for (const i of rng.shuffled([...pick.layers.keys()])) pick.layers[i] = bestSetting(drawn, pick, { layer: i, scratch });
    for (const global of drawn.choices.globals.keys()) {
      const other = { layers: pick.layers, global };
      const found = scoreOf(drawn, other, scratch);
      if (global === 0 || found < score) [score, pick] = [found, other];
    }
    if (`${pick.global}:${pick.layers.join()}` === before) break;
  }
  return { ...pick, score };
}

/** The best of all settings of one layer while all others stay. */
function bestSetting(drawn: Drawn, pick: Pick, { layer, scratch }: { layer: number; scratch: Scratch }): number {
  const count = drawn.choices.layers[layer]?.count ?? 0;
  drawn.metrics.forEach((metric, m) => column({ drawn, metric, pick }, layer, scratch.columns[m] ?? EMPTY));
  const doubts = drawn.doubts?.[layer];
  const { values, columns } = scratch;
  let best = pick.layers[layer] ?? 0;
  let least = Number.POSITIVE_INFINITY;
  for (let s = 0; s < count; s++) {
    // No score falls when a metric rises: what is no better anywhere than the best so far need not be scored.
    if (s > 0 && !doubts && !isBetterSomewhere(columns, s, best)) continue;
    for (let m = 0; m < columns.length; m++) values[m] = drawn.metrics[m]?.value(at(columns[m] ?? EMPTY, s)) ?? 0;
    const score = drawn.score(values) + (doubts ? at(doubts, s) : 0);
    if (score < least) {
      best = s;
      least = score;
    }
  }
  return best;
}

function isBetterSomewhere(columns: readonly Float64Array[], s: number, best: number): boolean {
  for (let m = 0; m < columns.length; m++) {
    const column = columns[m] ?? EMPTY;
    if (at(column, s) < at(column, best)) return true;
  }
  return false;
}

/** The sum of terms of the metric for every setting of one layer. */
function column(seen: Column, layer: number, out: Float64Array): void {
  const { metric, pick } = seen;
  const tables = metric.tables(pick.global);
  const own = tables[layer] ?? EMPTY;
  const { pull, rest } = elsewhere(seen, tables, layer);
  for (let s = 0; s < own.length; s++) out[s] = rest + at(own, s);
  if (pull > 0) for (let s = 0; s < own.length; s++) out[s] = at(out, s) + pull * Math.sqrt(at(own, s));
  if (metric.multiplies) for (let s = 0; s < own.length; s++) out[s] = Math.exp(Math.min(30, Math.max(-60, at(out, s))));
  if (metric.unlike.length > 0) addUnlike(seen, layer, out);
}

interface Column {
  readonly drawn: Drawn;
  readonly metric: DrawnMetric;
  readonly pick: Pick;
}

/** What all other layers come to, and by how much neighbours pull at the root of this one. */
function elsewhere(seen: Column, tables: readonly Float64Array[], layer: number): { readonly pull: number; readonly rest: number } {
  const { drawn, metric, pick } = seen;
  let rest = metric.floor + (metric.unlike.length > 0 ? unlikeElsewhere(seen, layer) : 0);
  for (let j = 0; j < tables.length; j++) if (j !== layer) rest += at(tables[j] ?? EMPTY, pick.layers[j] ?? 0);
  let pull = 0;
  for (let e = 0; e < metric.edges.length; e++) {
    const [i = 0, j = 0] = drawn.edges[e] ?? [];
    const [a, b] = [at(tables[i] ?? EMPTY, pick.layers[i] ?? 0), at(tables[j] ?? EMPTY, pick.layers[j] ?? 0)];
    if (i === layer) pull += at(metric.edges, e) * Math.sqrt(b);
    else if (j === layer) pull += at(metric.edges, e) * Math.sqrt(a);
    else rest += at(metric.edges, e) * Math.sqrt(a * b);
  }
  return { pull, rest };
}

function unlikeElsewhere({ drawn, metric, pick }: Column, layer: number): number {
  let sum = 0;
  for (const [i, j] of drawn.edges) {
    if (i === layer || j === layer) continue;
    sum += unlikeCost({ choices: drawn.choices, metric }, [i, pick.layers[i] ?? 0], [j, pick.layers[j] ?? 0]);
  }
  return sum;
}

function addUnlike({ drawn, metric, pick }: Column, layer: number, out: Float64Array): void {
  const { edges, choices } = drawn;
  const roles = metric.unlike.length;
  const own = choices.layers[layer];
  if (!own) return;
  for (const [i, j] of edges) {
    if (i !== layer && j !== layer) continue;
    const other = i === layer ? j : i;
    const cells = choices.layers[other]?.cells;
    const start = (pick.layers[other] ?? 0) * roles;
    for (let k = 0; k < roles; k++) {
      const [cell, price] = [cells?.[start + k] ?? -1, at(metric.unlike, k)];
      for (let s = 0; s < own.count; s++) if ((own.cells[s * roles + k] ?? -1) !== cell) out[s] = at(out, s) + price;
    }
  }
}
