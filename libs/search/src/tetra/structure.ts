import { cholesky, type Matrix, matrix } from '@fleetfit/numerics';
import { type Knob, neutralLevel, positionsOf, type Space } from '@fleetfit/space';

/** What can be done to a layer, the same thing in every layer that has a knob for it: its bits, its share of channels. */
interface Role {
  readonly name: string;
  /** Levels of all layers, one cell for each place between 0 and 1 (ordinal) or each name (categorical). */
  readonly cells: number;
  /** How much is taken away at a cell, 0 (nothing) to 1. */
  readonly aggression: Float64Array;
  /** Lower Cholesky factor of the covariance between cells. */
  readonly factor: Matrix;
}

interface LayerRole {
  /** Index of the knob in the space. */
  readonly knob: number;
  /** The cell of each of its levels. */
  readonly cells: readonly number[];
}

interface Layer {
  readonly name: string;
  /** By role; undefined where the layer has no such knob. */
  readonly roles: readonly (LayerRole | undefined)[];
  /** Its part of the original: multiply-accumulates where they are known, else bytes; 1 / layers where neither is. */
  readonly share: number;
  /** Logarithm of how much accuracy it is thought to cost, centred over the layers; 0 where nothing is known. */
  readonly sensitivity: number;
}

interface GlobalKnob {
  /** Index of the knob in the space. */
  readonly knob: number;
  readonly levels: number;
  readonly factor: Matrix;
}

/** A space as tetra sees it: layers with roles, and knobs of the whole model. */
export interface Structure {
  readonly space: Space;
  readonly layers: readonly Layer[];
  readonly roles: readonly Role[];
  readonly globals: readonly GlobalKnob[];
  /** Pairs of layers that feed each other, the earlier first. */
  readonly edges: readonly (readonly [number, number])[];
  /** Whether anything is known of how layers differ in sensitivity. */
  readonly hasSensitivity: boolean;
}

/** Reads layers, roles and neighbours off the knobs. */
export function structureOf(space: Space): Structure {
  const names = [...new Set(space.knobs.flatMap(({ layer }) => (layer === undefined ? [] : [layer])))];
  const places = placesOf(space, names);
  const roles = [...new Set(places.map(({ role }) => role))].map((name) => roleOf(name, space, places));
  const shares = sharesOf(space, names);
  const sensitivities = sensitivitiesOf(space, names);
  const layers = names.map((name, i): Layer => {
    const own = roles.map(({ role, cellsOf }) => {
      const place = places.find((each) => each.layer === name && each.role === role.name);
      const knob = place && space.knobs[place.knob];
      return place && knob && { knob: place.knob, cells: cellsOf(knob) };
    });
    return { name, roles: own, share: shares[i] ?? 1 / names.length, sensitivity: sensitivities[i] ?? 0 };
  });
  const globals = space.knobs.flatMap((knob, index) =>
    knob.layer === undefined ? [{ knob: index, levels: knob.levels.length, factor: factorOf(knob.order, positionsOf(knob)) }] : [],
  );
  const hasSensitivity = sensitivities.some((each) => each !== 0);
  return { space, layers, roles: roles.map(({ role }) => role), globals, edges: edgesOf(space, names), hasSensitivity };
}

interface Place {
  readonly knob: number;
  readonly layer: string;
  readonly role: string;
}

function placesOf({ knobs }: Space, layers: readonly string[]): Place[] {
  return layers.flatMap((layer) => {
    const taken = new Map<string, number>();
    return knobs.flatMap((knob, index) => {
      if (knob.layer !== layer) return [];
      const kind = kindOf(knob);
      const before = taken.get(kind) ?? 0;
      taken.set(kind, before + 1);
      return [{ knob: index, layer, role: before === 0 ? kind : `${kind} ${before + 1}` }];
    });
  });
}

/** What a knob does, by the words its levels write: the same words in another layer are the same role. */
function kindOf({ order, levels, sets }: Knob): string {
  if (sets) return `${order} ${sets.word}.${sets.key}`;
  const words = levels.flatMap(({ adds }) => (adds.kind === 'steps' ? adds.steps.map(({ word }) => word) : []));
  return `${order} ${[...new Set(words)].sort().join('+')}`;
}

interface ReadRole {
  readonly role: Role;
  readonly cellsOf: (knob: Knob) => number[];
}

function roleOf(name: string, { knobs }: Space, places: readonly Place[]): ReadRole {
  const own = places.filter(({ role }) => role === name).flatMap(({ knob }) => knobs[knob] ?? []);
  const order = own[0]?.order ?? 'categorical';
  const keysOf = (knob: Knob): string[] =>
    order === 'ordinal' ? aggressionsOf(knob).map((each) => each.toFixed(6)) : knob.levels.map((level) => level.name);
  const keys = [...new Set(own.flatMap(keysOf))];
  if (order === 'ordinal') keys.sort((a, b) => Number(a) - Number(b));
  const index = new Map(keys.map((key, cell) => [key, cell]));
  const aggression = new Float64Array(keys.length);
  for (const knob of own) {
    const each = aggressionsOf(knob);
    keysOf(knob).forEach((key, level) => {
      aggression[index.get(key) ?? 0] = each[level] ?? 0;
    });
  }
  const factor = factorOf(order, [...aggression]);
  return { role: { name, cells: keys.length, aggression, factor }, cellsOf: (knob) => keysOf(knob).map((key) => index.get(key) ?? 0) };
}

/** Distance of each level from the one that does nothing, the farthest being 1. Without an order all others are half way. */
function aggressionsOf(knob: Knob): number[] {
  const neutral = neutralLevel(knob);
  if (knob.order === 'categorical') return knob.levels.map((level) => (level === neutral ? 0 : 0.5));
  const positions = positionsOf(knob);
  const zero = positions[neutral ? knob.levels.indexOf(neutral) : 0] ?? 0;
  const distances = positions.map((position) => Math.abs(position - zero));
  const most = Math.max(...distances);
  return distances.map((distance) => (most > 0 ? distance / most : 0));
}

/**
 * Levels that lie close are alike: covariance .6 exp(-D²/.32) + .1 exp(-D/.2) + .6 (p - .5)(p' - .5) at places p, p' with D = |p - p'|;
 * without an order they have nothing in common (MATH.md, eq. 3).
 */
function factorOf(order: Knob['order'], positions: readonly number[]): Matrix {
  const size = positions.length;
  const covariance = matrix(size, size);
  positions.forEach((p, i) => {
    positions.forEach((q, j) => {
      const distance = Math.abs(p - q);
      const smooth = 0.6 * Math.exp(-(distance ** 2) / 0.32) + 0.1 * Math.exp(-distance / 0.2) + 0.6 * (p - 0.5) * (q - 0.5);
      covariance.data[i * size + j] = (order === 'ordinal' ? smooth : i === j ? 1 : 0) + (i === j ? 1e-6 : 0);
    });
  });
  return cholesky(covariance).lower;
}

function sharesOf(space: Space, layers: readonly string[]): number[] {
  for (const cost of ['macs', 'bytes'] as const) {
    const costs = layers.map((layer) => {
      const known = space.knobs.flatMap((knob) => (knob.layer === layer ? (neutralLevel(knob)?.[cost] ?? []) : []));
      return Math.max(0, ...known);
    });
    const sum = costs.reduce((total, each) => total + each, 0);
    if (costs.every((each) => each > 0)) return costs.map((each) => each / sum);
  }
  return layers.map(() => 1 / layers.length);
}

function sensitivitiesOf(space: Space, layers: readonly string[]): number[] {
  const logs = layers.map((layer) => {
    const known = space.knobs.flatMap((knob) =>
      knob.layer === layer && knob.sensitivity && knob.sensitivity > 0 ? [knob.sensitivity] : [],
    );
    return known.length > 0 ? Math.log(known.reduce((sum, each) => sum + each, 0) / known.length) : undefined;
  });
  const known = logs.flatMap((each) => each ?? []);
  if (known.length < 2) return layers.map(() => 0);
  const mean = known.reduce((sum, each) => sum + each, 0) / known.length;
  return logs.map((each) => (each === undefined ? 0 : each - mean));
}

/** The graph's own neighbours where knobs know them, else each layer with the next. */
function edgesOf({ knobs }: Space, layers: readonly string[]): (readonly [number, number])[] {
  const index = new Map(layers.map((layer, i) => [layer, i]));
  const found = new Map<string, readonly [number, number]>();
  for (const { layer, neighbours } of knobs) {
    for (const other of neighbours ?? []) {
      const [a, b] = [index.get(layer ?? ''), index.get(other)];
      if (a === undefined || b === undefined || a === b) continue;
      const edge = [Math.min(a, b), Math.max(a, b)] as const;
      found.set(edge.join(), edge);
    }
  }
  if (found.size > 0) return [...found.values()].sort(([a, b], [c, d]) => a - c || b - d);
  return layers.slice(1).map((_, i) => [i, i + 1]);
}
