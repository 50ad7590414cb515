import { type Point, type Space } from '@fleetfit/space';
import type { Structure } from './structure.ts';

/** A point as numbers: the index of the level of each knob, -1 for a knob that does not count there. */
export type Levels = Int32Array;

/** A point as a model sees it. */
export interface Row {
  /** Layer x role: the cell that stands there, -1 for none. */
  readonly cells: Int32Array;
  /** The level of each global knob, -1 for none. */
  readonly globals: Int32Array;
}

/** The levels of a point; knobs whose condition does not hold are -1. */
export function levelsOf({ knobs }: Space, point: Point): Levels {
  return Int32Array.from(knobs, (knob) => knob.levels.findIndex((level) => level.name === point[knob.name]));
}

/** A point from levels, which need not know of conditions: knobs that do not count are left out, those that were not chosen stand first. */
export function pointOfLevels({ knobs }: Space, levels: ArrayLike<number>): Point {
  const point: Record<string, string> = {};
  knobs.forEach((knob, i) => {
    const counts = !knob.when || knob.when.levels.includes(point[knob.when.knob] ?? '');
    const level = knob.levels[Math.max(0, levels[i] ?? 0)];
    if (counts && level) point[knob.name] = level.name;
  });
  return point;
}

export function rowOf({ layers, roles, globals }: Structure, levels: Levels): Row {
  const cells = new Int32Array(layers.length * roles.length).fill(-1);
  layers.forEach((layer, i) => {
    layer.roles.forEach((own, k) => {
      if (own) cells[i * roles.length + k] = own.cells[levels[own.knob] ?? -1] ?? -1;
    });
  });
  return { cells, globals: Int32Array.from(globals, ({ knob }) => levels[knob] ?? -1) };
}
