import { addAt, type Matrix } from '@fleetfit/numerics';
import type { Block, Layout } from './latents.ts';
import type { Row } from './rows.ts';

// Local: an import is looked up at every call by test runners, and these loops call nothing else.
const at = (cells: Float64Array, index: number): number => cells[index] ?? 0;

/** Where the derivatives of a prediction by the whitened unknowns go. */
interface JacobianRow {
  readonly matrix: Matrix;
  readonly row: number;
  /** Scales of the blocks. */
  readonly scales: Float64Array;
}

/** Predicts ln of the metric (losses: of -ln(1 - loss)) of a row from the unknowns in their own units; eqs. 1, 2 and 4. */
export type Predict = (theta: Float64Array, row: Row, into?: JacobianRow) => number;

/** A predictor with its own scratch memory: one for each layout. */
export function predictorOf(layout: Layout): Predict {
  const scratch = scratchOf(layout);
  const value = layout.link === 'product' ? product : layout.kind === 'loss' ? lossSum : costSum;
  return (theta, row, into) => {
    logTerms({ layout, theta, row }, scratch);
    const predicted = value({ layout, theta, row }, scratch);
    if (into) writeJacobian({ layout, theta, row }, scratch, into);
    return predicted;
  };
}

interface Seen {
  readonly layout: Layout;
  readonly theta: Float64Array;
  readonly row: Row;
}

interface Scratch {
  readonly layers: number;
  readonly roles: number;
  /** Layer x role: ln of the term, then its weight in the prediction. */
  readonly logs: Float64Array;
  readonly terms: Float64Array;
  readonly roleWeights: Float64Array;
  /** Layer x pair. */
  readonly crossWeights: Float64Array;
  /** By layer. */
  readonly sums: Float64Array;
  readonly bases: Float64Array;
  readonly pulls: Float64Array;
  readonly layerWeights: Float64Array;
  /** By edge (losses), by role (costs). */
  readonly betweenWeights: Float64Array;
  readonly rest: { floor: number };
}

function scratchOf({ structure, pairs }: Layout): Scratch {
  const [layers, roles, edges] = [structure.layers.length, structure.roles.length, structure.edges.length];
  const zeros = (count: number) => new Float64Array(count);
  return {
    layers,
    roles,
    logs: zeros(layers * roles),
    terms: zeros(layers * roles),
    roleWeights: zeros(layers * roles),
    crossWeights: zeros(layers * pairs.length),
    sums: zeros(layers),
    bases: zeros(layers),
    pulls: zeros(layers),
    layerWeights: zeros(layers),
    betweenWeights: zeros(Math.max(edges, roles)),
    rest: { floor: 0 },
  };
}

/** What each layer has in common for all roles, and what each role adds: the exponents of eqs. 1 and 2. */
function logTerms({ layout, theta, row }: Seen, { layers, roles, bases, logs }: Scratch): void {
  const { globals, cells } = row;
  for (let i = 0; i < layers; i++) bases[i] = layerBase({ layout, theta, row }, i);
  for (let k = 0; k < roles; k++) {
    const [curve, deviation, mean] = [layout.curves[k], layout.deviations[k], layout.means.curves[k]];
    if (!curve || !deviation || !mean) continue;
    for (let i = 0; i < layers; i++) {
      const cell = cells[i * roles + k] ?? -1;
      if (cell < 0) continue;
      let sum = at(mean, cell) + at(theta, curve.offset + cell) + at(theta, deviation.offset + i * deviation.width + cell);
      for (let g = 0; g < globals.length; g++) {
        const [level, block] = [globals[g] ?? -1, layout.globalCurves[g]?.[k]];
        if (block && level >= 0) sum += at(theta, block.offset + level * block.width + cell);
      }
      if (layout.layerRole) sum += at(theta, layout.layerRole.offset + i * roles + k);
      logs[i * roles + k] = sum;
    }
  }
}

/** Of one layer: whole + layer + sensitivity + what the global knobs do to all layers and to this one. */
export function layerBase({ layout, theta, row: { globals } }: Seen, i: number): number {
  const { whole, layer, sensitivity, means, structure } = layout;
  let sum = at(means.layer, i) + at(theta, whole.offset) + at(theta, layer.offset + i);
  if (sensitivity) sum += (structure.layers[i]?.sensitivity ?? 0) * (SENSITIVITY_MEAN + at(theta, sensitivity.offset));
  for (let g = 0; g < globals.length; g++) {
    const [level, all, own] = [globals[g] ?? -1, layout.globals[g], layout.globalLayers[g]];
    if (level < 0 || !all || !own) continue;
    const levels = all.count;
    sum += at(theta, all.offset + level) + at(theta, own.offset + i * levels + level);
  }
  return sum;
}

/** Before anything is measured a sensitivity is believed by half. */
const SENSITIVITY_MEAN = 0.5;

/** Eq. 1: ln of the floor, the layers' harms and what neighbours add. */
function lossSum({ layout, theta, row }: Seen, scratch: Scratch): number {
  const { layers, roles, logs, terms, sums, bases, crossWeights, roleWeights } = scratch;
  const { pairs, means } = layout;
  for (let i = 0; i < layers; i++) {
    let sum = 0;
    for (let k = 0; k < roles; k++) {
      const here = i * roles + k;
      const term = (row.cells[here] ?? -1) < 0 ? 0 : Math.exp(Math.min(8, Math.max(-40, at(logs, here) + at(bases, i))));
      terms[here] = term;
      roleWeights[here] = term;
      sum += term;
    }
    for (let p = 0; p < pairs.length; p++) {
      const pair = pairs[p];
      if (!pair) continue;
      const [a, b] = [i * roles + pair[0], i * roles + pair[1]];
      const both = Math.sqrt(at(terms, a) * at(terms, b));
      const term = both === 0 ? 0 : both * Math.exp(means.cross + crossOf({ layout, theta }, i, p));
      crossWeights[i * pairs.length + p] = term;
      addAt(roleWeights, a, 0.5 * term);
      addAt(roleWeights, b, 0.5 * term);
      sum += term;
    }
    sums[i] = sum;
  }
  return neighbours({ layout, theta, row }, scratch);
}

export function crossOf(
  { layout: { cross, crossEach, pairs }, theta }: Pick<Seen, 'layout' | 'theta'>,
  layer: number,
  pair: number,
): number {
  return cross && crossEach ? at(theta, cross.offset + pair) + at(theta, crossEach.offset + layer * pairs.length + pair) : 0;
}

export function betweenOf({ layout: { between, betweenEach, means }, theta }: Pick<Seen, 'layout' | 'theta'>, edge: number): number {
  return Math.exp(means.between + at(theta, between.offset) + (betweenEach ? at(theta, betweenEach.offset + edge) : 0));
}

function neighbours({ layout, theta }: Seen, scratch: Scratch): number {
  const { layers, roles, sums, pulls, betweenWeights, roleWeights, layerWeights, crossWeights, rest } = scratch;
  const { edges } = layout.structure;
  rest.floor = Math.exp(layout.means.floor + at(theta, layout.floor.offset));
  let total = rest.floor;
  for (let i = 0; i < layers; i++) total += at(sums, i);
  pulls.fill(1);
  for (let e = 0; e < edges.length; e++) {
    const edge = edges[e];
    if (!edge) continue;
    const [i, j] = edge;
    const term = Math.sqrt(at(sums, i) * at(sums, j)) * betweenOf({ layout, theta }, e);
    betweenWeights[e] = term;
    total += term;
    if (term === 0) continue;
    addAt(pulls, i, (0.5 * term) / at(sums, i));
    addAt(pulls, j, (0.5 * term) / at(sums, j));
  }
  for (let e = 0; e < edges.length; e++) betweenWeights[e] = at(betweenWeights, e) / total;
  const pairs = layout.pairs.length;
  for (let i = 0; i < layers; i++) {
    const by = at(pulls, i) / total;
    let sum = 0;
    for (let k = i * roles; k < (i + 1) * roles; k++) {
      roleWeights[k] = at(roleWeights, k) * by;
      sum += at(roleWeights, k);
    }
    for (let p = i * pairs; p < (i + 1) * pairs; p++) crossWeights[p] = at(crossWeights, p) * by;
    layerWeights[i] = sum;
  }
  rest.floor /= total;
  return Math.log(total);
}

/** Eq. 2: ln of the floor, the layers' costs and a price for each neighbour that is unlike. */
function costSum({ layout, theta, row }: Seen, scratch: Scratch): number {
  const { layers, roles, logs, bases, layerWeights, roleWeights, betweenWeights, rest } = scratch;
  const { between, means, structure } = layout;
  rest.floor = Math.exp(means.floor + at(theta, layout.floor.offset));
  let total = rest.floor;
  for (let i = 0; i < layers; i++) {
    let sum = at(bases, i);
    for (let k = i * roles; k < (i + 1) * roles; k++) if ((row.cells[k] ?? -1) >= 0) sum += at(logs, k);
    const term = Math.exp(Math.min(30, Math.max(-40, sum)));
    layerWeights[i] = term;
    total += term;
  }
  for (let k = 0; k < roles; k++) {
    let unlike = 0;
    for (const [i, j] of structure.edges) if (row.cells[i * roles + k] !== row.cells[j * roles + k]) unlike++;
    const term = unlike * Math.exp(means.between + at(theta, between.offset + k));
    betweenWeights[k] = term;
    total += term;
  }
  for (let k = 0; k < roles; k++) betweenWeights[k] = at(betweenWeights, k) / total;
  for (let i = 0; i < layers; i++) {
    layerWeights[i] = at(layerWeights, i) / total;
    for (let k = i * roles; k < (i + 1) * roles; k++) roleWeights[k] = (row.cells[k] ?? -1) < 0 ? 0 : at(layerWeights, i);
  }
  rest.floor /= total;
  return Math.log(total);
}

/** Eq. 4: everything adds up in the logarithm. */
function product(
  { row }: Seen,
  { layers, roles, logs, bases, layerWeights, roleWeights, crossWeights, betweenWeights, rest }: Scratch,
): number {
  let total = 0;
  for (let i = 0; i < layers; i++) {
    layerWeights[i] = 1;
    total += at(bases, i);
    for (let k = i * roles; k < (i + 1) * roles; k++) {
      const present = (row.cells[k] ?? -1) >= 0;
      roleWeights[k] = present ? 1 : 0;
      if (present) total += at(logs, k);
    }
  }
  crossWeights.fill(0);
  betweenWeights.fill(0);
  rest.floor = 0;
  return Math.max(-60, Math.min(30, total));
}

/** Chain rule through eq. 5: derivatives by the unknowns in their own units, times spread, scale and factor of their block. */
function writeJacobian(seen: Seen, scratch: Scratch, into: JacobianRow): void {
  const { layout } = seen;
  const put = putterOf(layout, into);
  const { layers, roles, layerWeights, crossWeights, betweenWeights, rest } = scratch;
  into.matrix.data.fill(0, into.row * layout.size, (into.row + 1) * layout.size);
  for (let i = 0; i < layers; i++) {
    const weight = at(layerWeights, i);
    put(layout.whole, 0, weight);
    put(layout.layer, i, weight);
    if (layout.sensitivity) put(layout.sensitivity, 0, weight * (layout.structure.layers[i]?.sensitivity ?? 0));
    for (let p = 0; p < layout.pairs.length; p++) {
      const cross = at(crossWeights, i * layout.pairs.length + p);
      if (layout.cross) put(layout.cross, p, cross);
      if (layout.crossEach) put(layout.crossEach, i * layout.pairs.length + p, cross);
    }
  }
  putCells(seen, scratch, put);
  putGlobals(seen, scratch, put);
  const count = layout.betweenEach ? layout.structure.edges.length : roles;
  for (let e = 0; e < count; e++) {
    put(layout.between, layout.betweenEach ? 0 : e, at(betweenWeights, e));
    if (layout.betweenEach) put(layout.betweenEach, e, at(betweenWeights, e));
  }
  put(layout.floor, 0, rest.floor);
}

type Put = (block: Block, index: number, weight: number) => void;

function putterOf({ size }: Layout, { matrix, row, scales }: JacobianRow): Put {
  const start = row * size;
  const { data } = matrix;
  return (block, index, weight) => {
    if (weight === 0) return;
    const by = weight * block.spread * at(scales, block.index);
    const to = start + block.offset + index;
    if (!block.factor) {
      data[to] = at(data, to) + by;
      return;
    }
    const cell = index % block.width;
    const group = to - cell;
    for (let j = 0; j <= cell; j++) data[group + j] = at(data, group + j) + by * at(block.factor, cell * block.width + j);
  };
}

function putCells({ layout, row }: Seen, { layers, roles, roleWeights }: Scratch, put: Put): void {
  for (let k = 0; k < roles; k++) {
    const [curve, deviation] = [layout.curves[k], layout.deviations[k]];
    if (!curve || !deviation) continue;
    const byCell = new Float64Array(curve.count);
    for (let i = 0; i < layers; i++) {
      const [cell, weight] = [row.cells[i * roles + k] ?? -1, at(roleWeights, i * roles + k)];
      if (cell < 0) continue;
      byCell[cell] = at(byCell, cell) + weight;
      put(deviation, i * deviation.width + cell, weight);
      if (layout.layerRole) put(layout.layerRole, i * roles + k, weight);
    }
    for (let cell = 0; cell < byCell.length; cell++) {
      put(curve, cell, at(byCell, cell));
      for (let g = 0; g < row.globals.length; g++) {
        const [level, block] = [row.globals[g] ?? -1, layout.globalCurves[g]?.[k]];
        if (block && level >= 0) put(block, level * block.width + cell, at(byCell, cell));
      }
    }
  }
}

function putGlobals({ layout, row }: Seen, { layers, layerWeights }: Scratch, put: Put): void {
  for (let g = 0; g < row.globals.length; g++) {
    const [level, all, own] = [row.globals[g] ?? -1, layout.globals[g], layout.globalLayers[g]];
    if (level < 0 || !all || !own) continue;
    for (let i = 0; i < layers; i++) {
      put(all, level, at(layerWeights, i));
      put(own, i * all.count + level, at(layerWeights, i));
    }
  }
}
