import type { Rng } from '@fleetfit/core';
import { knownCost, neutralLevel, type Point, type Space } from '@fleetfit/space';
import { type Levels, pointOfLevels } from './rows.ts';
import type { Structure } from './structure.ts';

/** The size of a candidate, known before anything is measured: layers add up, a setting of the global knobs leaves a share of that. */
export interface KnownSize {
  /** Bytes of a layer at one level a role. */
  layer(index: number, setting: Int32Array): number;
  share(globals: Int32Array): number;
  readonly original: number;
}

/** @returns undefined where no size is known, or where it is not a sum over layers: then it is learned like any other metric. */
export function knownSizeOf(structure: Structure, sizeOf: ((point: Point) => number) | undefined, rng: Rng): KnownSize | undefined {
  const { space, layers } = structure;
  const size = sizeOf ?? (hasBytes(structure) ? (point: Point) => knownCost(space, 'bytes', point) ?? Number.NaN : undefined);
  if (!size || layers.length === 0) return undefined;
  const neutral = neutralLevels(space);
  const sizeAt = (changes: readonly (readonly [number, number])[]): number => {
    const levels = Int32Array.from(neutral);
    for (const [knob, level] of changes) if (knob >= 0) levels[knob] = level;
    return size(pointOfLevels(space, levels));
  };
  const original = sizeAt([]);
  if (!(original > 0)) return undefined;
  const share = (globals: Int32Array): number =>
    sizeAt(structure.globals.map(({ knob }, g) => [knob, Math.max(0, globals[g] ?? 0)])) / original;
  for (const layer of [productLayers(structure, { sizeAt, original }), exactLayers(structure, { sizeAt, original })]) {
    const known = { layer, share, original };
    if (agrees(structure, known, { size, rng })) return known;
  }
  return undefined;
}

function hasBytes({ space, layers }: Structure): boolean {
  const known = (of: (layer: string | undefined) => boolean): boolean =>
    space.knobs.some((knob) => of(knob.layer) && knob.levels.every((level) => level.bytes !== undefined));
  return known((layer) => layer === undefined) || layers.every(({ name }) => known((layer) => layer === name));
}

const neutralLevels = (space: Space): Levels =>
  Int32Array.from(space.knobs, (knob) => {
    const neutral = neutralLevel(knob);
    return neutral ? knob.levels.indexOf(neutral) : 0;
  });

interface Sizing {
  sizeAt(changes: readonly (readonly [knob: number, level: number])[]): number;
  readonly original: number;
}

/** Each setting computed whole, once. */
function exactLayers({ layers }: Structure, { sizeAt, original }: Sizing): KnownSize['layer'] {
  const made = new Map<string, number>();
  return (index, setting) => {
    const key = `${index}:${setting.join()}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const roles = layers[index]?.roles ?? [];
    const bytes = sizeAt(roles.map((role, k) => [role?.knob ?? -1, setting[k] ?? 0])) - original + original / layers.length;
    made.set(key, bytes);
    return bytes;
  };
}

/** Each role leaves a share of the layer: a few sizes tell all settings. */
function productLayers({ layers, space }: Structure, { sizeAt, original }: Sizing): KnownSize['layer'] {
  const tables = layers.map((layer) => {
    const changes = layer.roles.map((role) =>
      Float64Array.from(space.knobs[role?.knob ?? -1]?.levels ?? [], (_, level) => sizeAt([[role?.knob ?? -1, level]]) - original),
    );
    const knobs = layer.roles.map((role) => role?.knob ?? -1);
    const whole = wholeOf({ knobs, changes }, { sizeAt, original });
    return { changes, whole };
  });
  const rest = original - tables.reduce((sum, { whole }) => sum + whole, 0);
  return (index, setting) => {
    const { changes, whole } = tables[index] ?? { changes: [], whole: 0 };
    let share = 1;
    changes.forEach((each, k) => {
      share *= 1 + (each[setting[k] ?? 0] ?? 0) / whole;
    });
    return whole * share + rest / layers.length;
  };
}

/** Bytes of a layer from what two roles leave together: w = a b / (ab - a - b) for changes a, b and ab. Any number, where only one role changes it. */
function wholeOf(
  { knobs, changes }: { readonly knobs: readonly number[]; readonly changes: readonly Float64Array[] },
  { sizeAt, original }: Sizing,
): number {
  const strongest = changes.map((each) =>
    each.reduce((least, value, level) => (Math.abs(value) > Math.abs(each[least] ?? 0) ? level : least), 0),
  );
  const moving = changes.flatMap((each, k) => (Math.abs(each[strongest[k] ?? 0] ?? 0) > 0 ? [k] : []));
  const [one, other] = moving;
  if (one === undefined || other === undefined) return original;
  const [a, b] = [changes[one]?.[strongest[one] ?? 0] ?? 0, changes[other]?.[strongest[other] ?? 0] ?? 0];
  const both = sizeAt([one, other].map((k) => [knobs[k] ?? -1, strongest[k] ?? 0])) - original;
  const whole = (a * b) / (both - a - b);
  return Number.isFinite(whole) && whole > 0 ? whole : original;
}

/** To a thousandth on points by chance: then it holds elsewhere. */
function agrees(
  { space, layers, globals }: Structure,
  known: KnownSize,
  { size, rng }: { readonly size: (point: Point) => number; readonly rng: Rng },
): boolean {
  for (let tried = 0; tried < 12; tried++) {
    const levels = Int32Array.from(space.knobs, (knob) => rng.integer(knob.levels.length));
    const sum = layers.reduce((total, layer, i) => {
      return (
        total +
        known.layer(
          i,
          Int32Array.from(layer.roles, (role) => (role ? (levels[role.knob] ?? 0) : -1)),
        )
      );
    }, 0);
    const found = sum * known.share(Int32Array.from(globals, ({ knob }) => levels[knob] ?? 0));
    const truth = size(pointOfLevels(space, levels));
    if (!(Math.abs(found - truth) <= 1e-3 * truth)) return false;
  }
  return true;
}
