import { type Layout, unwhitened } from './latents.ts';
import { betweenOf, crossOf, layerBase } from './predict.ts';
import type { Structure } from './structure.ts';

/**
 * All that may be chosen in one search: for each layer a list of settings, and a list of settings of the global knobs.
 * A setting of a layer is one level a role.
 */
export interface Choices {
  readonly layers: readonly LayerChoices[];
  readonly globals: readonly Int32Array[];
}

interface LayerChoices {
  readonly count: number;
  /** setting x role: the level, -1 where the layer has no such knob. */
  readonly levels: Int32Array;
  /** setting x role: the cell, -1 for none. */
  readonly cells: Int32Array;
}

/** A metric as a draw has it, by tables: f(x) from T[layer][setting] (a tensor train of rank 3 over layers: MATH.md, eq. 11). */
export interface DrawnMetric {
  /** Terms of each layer's settings, for one setting of the global knobs. */
  tables(global: number): readonly Float64Array[];
  readonly floor: number;
  /** Losses: the factor of each edge on the root of both terms; empty for others. */
  readonly edges: Float64Array;
  /** Costs: the price of unlike neighbours, by role; empty for others. */
  readonly unlike: Float64Array;
  /** Whether terms are logarithms that add up. */
  readonly multiplies: boolean;
  /** The metric in its own unit, from the sum of terms. */
  value(sum: number): number;
  /** How much a unit of a term weighs where nothing else is known: multipliers of the Lagrangian start go around it. */
  readonly weight: number;
}

/** Tables of one draw of the unknowns. */
export function drawnMetric(layout: Layout, unknowns: Tabled, choices: Choices): DrawnMetric {
  const { link, kind, means, structure, floor, between } = layout;
  const theta = unwhitened(layout, unknowns.xi, unknowns.scales);
  const adds = link === 'sum';
  const made = new Map<number, readonly Float64Array[]>();
  return {
    tables: (global) => {
      const known = made.get(global);
      if (known) return known;
      const tables = choices.layers.map((_, i) => tableOf({ layout, theta, choices, global }, i));
      made.set(global, tables);
      return tables;
    },
    floor: adds ? Math.exp(means.floor + (theta[floor.offset] ?? 0)) : 0,
    edges: adds && kind === 'loss' ? Float64Array.from(structure.edges, (_, e) => betweenOf({ layout, theta }, e)) : new Float64Array(0),
    unlike:
      adds && kind === 'cost'
        ? Float64Array.from(structure.roles, (_, k) => Math.exp(means.between + (theta[between.offset + k] ?? 0)))
        : new Float64Array(0),
    multiplies: !adds,
    value: unknowns.value,
    weight: unknowns.weight,
  };
}

export interface Tabled {
  readonly xi: Float64Array;
  readonly scales: Float64Array;
  readonly weight: number;
  value(sum: number): number;
}

interface Table {
  readonly layout: Layout;
  readonly theta: Float64Array;
  readonly choices: Choices;
  readonly global: number;
}

function tableOf({ layout, theta, choices, global }: Table, i: number): Float64Array {
  const own = choices.layers[i];
  const globals = choices.globals[global] ?? new Int32Array(0);
  const { structure } = layout;
  const roles = structure.roles.length;
  if (!own) return new Float64Array(0);
  const row = { cells: new Int32Array(0), globals };
  const base = layerBase({ layout, theta, row }, i);
  const logs = structure.roles.map((_, k) => roleLogs({ layout, theta, globals }, i, k));
  if (layout.link === 'product') return sumOfCells(own, { roles, values: logs, start: base });
  // Exponentials of cells, not of settings: a layer has hundreds of settings and a score of cells.
  if (layout.kind === 'cost') return productOfCells(own, { roles, values: logs.map(exponentials), start: Math.exp(clamped(base, 30)) });
  const terms = logs.map((each) => exponentials(shifted(each, base)));
  const table = sumOfCells(own, { roles, values: terms, start: 0 });
  const roots = terms.map(rootsOf);
  layout.pairs.forEach(([a, b], p) => {
    const by = Math.exp(layout.means.cross + crossOf({ layout, theta }, i, p));
    const [x, y] = [roots[a] ?? table, roots[b] ?? table];
    for (let s = 0; s < own.count; s++) {
      const [m, n] = [own.cells[s * roles + a] ?? -1, own.cells[s * roles + b] ?? -1];
      if (m >= 0 && n >= 0) table[s] = (table[s] ?? 0) + by * (x[m] ?? 0) * (y[n] ?? 0);
    }
  });
  return table;
}

/** By cell of one role in one layer. */
function roleLogs(
  { layout, theta, globals }: { layout: Layout; theta: Float64Array; globals: Int32Array },
  i: number,
  k: number,
): Float64Array {
  const [curve, deviation, mean] = [layout.curves[k], layout.deviations[k], layout.means.curves[k]];
  if (!curve || !deviation || !mean) return new Float64Array(0);
  const own = layout.layerRole ? (theta[layout.layerRole.offset + i * layout.structure.roles.length + k] ?? 0) : 0;
  const logs = new Float64Array(mean.length);
  for (let cell = 0; cell < logs.length; cell++) {
    let sum = (mean[cell] ?? 0) + own + (theta[curve.offset + cell] ?? 0) + (theta[deviation.offset + i * deviation.width + cell] ?? 0);
    for (let g = 0; g < globals.length; g++) {
      const [level, block] = [globals[g] ?? -1, layout.globalCurves[g]?.[k]];
      if (block && level >= 0) sum += theta[block.offset + level * block.width + cell] ?? 0;
    }
    logs[cell] = sum;
  }
  return logs;
}

interface Cells {
  readonly roles: number;
  /** By role, over its cells. */
  readonly values: readonly Float64Array[];
  readonly start: number;
}

function sumOfCells({ count, cells }: LayerChoices, { roles, values, start }: Cells): Float64Array {
  const table = new Float64Array(count).fill(start);
  for (let k = 0; k < roles; k++) {
    const own = values[k] ?? NO_CELLS;
    for (let s = 0, place = k; s < count; s++, place += roles) {
      const cell = cells[place] ?? -1;
      if (cell >= 0) table[s] = (table[s] ?? 0) + (own[cell] ?? 0);
    }
  }
  return table;
}

function productOfCells({ count, cells }: LayerChoices, { roles, values, start }: Cells): Float64Array {
  const table = new Float64Array(count).fill(start);
  for (let k = 0; k < roles; k++) {
    const own = values[k] ?? NO_CELLS;
    for (let s = 0, place = k; s < count; s++, place += roles) {
      const cell = cells[place] ?? -1;
      if (cell >= 0) table[s] = (table[s] ?? 0) * (own[cell] ?? 0);
    }
  }
  return table;
}

const NO_CELLS = new Float64Array(0);
const clamped = (value: number, most: number): number => Math.min(most, Math.max(-40, value));

function exponentials(values: Float64Array): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.exp(clamped(values[i] ?? 0, 8));
  return out;
}

function shifted(values: Float64Array, by: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = (values[i] ?? 0) + by;
  return out;
}

function rootsOf(values: Float64Array): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(values[i] ?? 0);
  return out;
}

/** Bytes are not learned: their table is exact, and a knob of the whole model leaves a share of it. */
export function exactMetric(tables: readonly Float64Array[], shares: Float64Array, weight: number): DrawnMetric {
  const made = new Map<number, readonly Float64Array[]>();
  return {
    tables: (global) => {
      const known = made.get(global);
      if (known) return known;
      const share = shares[global] ?? 0;
      const scaled = share === 1 ? tables : tables.map((table) => table.map((value) => value * share));
      made.set(global, scaled);
      return scaled;
    },
    floor: 0,
    edges: new Float64Array(0),
    unlike: new Float64Array(0),
    multiplies: false,
    value: (sum) => sum,
    weight,
  };
}

/** What one search may choose from; all settings of a layer where they are few enough, else some, the given ones among them. */
export function choicesOf(structure: Structure, settings: Settings): Choices {
  return {
    layers: structure.layers.map((_, i) => layerChoices(structure, i, settings.layers[i] ?? [])),
    globals: settings.globals,
  };
}

/** Levels of each role by layer, and levels of the global knobs. */
export interface Settings {
  readonly layers: readonly (readonly Int32Array[])[];
  readonly globals: readonly Int32Array[];
}

function layerChoices({ layers, roles, space }: Structure, i: number, settings: readonly Int32Array[]): LayerChoices {
  const layer = layers[i];
  const levels = new Int32Array(settings.length * roles.length).fill(-1);
  const cells = new Int32Array(settings.length * roles.length).fill(-1);
  settings.forEach((setting, s) => {
    levels.set(setting, s * roles.length);
    layer?.roles.forEach((own, k) => {
      if (own && !isOff(space, own.knob, { layer, setting })) cells[s * roles.length + k] = own.cells[setting[k] ?? -1] ?? -1;
    });
  });
  return { count: settings.length, levels, cells };
}

/** Whether the condition of a knob on another knob of its layer fails; conditions on knobs elsewhere are settled with the whole point. */
function isOff(
  { knobs }: Structure['space'],
  index: number,
  { layer, setting }: { layer: Structure['layers'][number]; setting: Int32Array },
): boolean {
  const { when } = knobs[index] ?? {};
  if (!when) return false;
  const role = layer.roles.findIndex((own) => own && knobs[own.knob]?.name === when.knob);
  const knob = knobs[layer.roles[role]?.knob ?? -1];
  return knob !== undefined && !when.levels.includes(knob.levels[setting[role] ?? -1]?.name ?? '');
}
