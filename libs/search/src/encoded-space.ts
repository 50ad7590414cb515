import type { Rng } from '@fleetfit/core';
import { formatRecipe, isActive, isWithin, type Point, positionsOf, type Recipe, recipeOf, type Space } from '@fleetfit/space';

/** A point as numbers: the index of the level of every knob. A knob whose condition does not hold stands at 0. */
export type Levels = readonly number[];

/** What one knob is to a sampler. */
export interface Axis {
  readonly count: number;
  readonly categorical: boolean;
  /** Where each level lies, 0..1, rising for ordinal knobs. */
  readonly positions: Float64Array;
}

/** A space in numbers. */
export interface EncodedSpace {
  readonly space: Space;
  readonly axes: readonly Axis[];
  /** The same point with inactive knobs at 0, so that equal points have equal numbers. */
  canonical(levels: Levels): Levels;
  pointAt(levels: Levels): Point;
  levelsAt(point: Point): Levels;
  /** As recipes and their text, which tells candidates apart. Undefined outside the limits that are known before measuring. */
  recipeAt(levels: Levels): { readonly point: Point; readonly recipe: Recipe; readonly text: string } | undefined;
  /** Every knob drawn by itself. */
  draw(rng: Rng): Levels;
}

export function encodeSpace(space: Space): EncodedSpace {
  const { knobs } = space;
  const axes = knobs.map(
    (knob): Axis => ({
      count: knob.levels.length,
      categorical: knob.order === 'categorical',
      positions: Float64Array.from(positionsOf(knob)),
    }),
  );
  const conditional = knobs.some((knob) => knob.when);
  const pointAt = (levels: Levels): Point => {
    const point: Record<string, string> = {};
    for (const [i, knob] of knobs.entries()) {
      const level = knob.levels[levels[i] ?? 0];
      if (level && isActive(knob, point)) point[knob.name] = level.name;
    }
    return point;
  };
  const levelsAt = (point: Point): Levels =>
    knobs.map((knob) =>
      isActive(knob, point)
        ? Math.max(
            0,
            knob.levels.findIndex((level) => level.name === point[knob.name]),
          )
        : 0,
    );
  const recipeAt: EncodedSpace['recipeAt'] = (levels) => {
    const point = pointAt(levels);
    if (!isWithin(space, point)) return undefined;
    const recipe = recipeOf(space, point);
    return { point, recipe, text: formatRecipe(recipe) };
  };
  const canonical = (levels: Levels): Levels => (conditional ? levelsAt(pointAt(levels)) : levels);
  const draw = (rng: Rng): Levels => canonical(axes.map(({ count }) => rng.integer(count)));
  return { space, axes, canonical, pointAt, levelsAt, recipeAt, draw };
}

/** The level whose position is nearest, of an ordinal knob. */
export function nearestLevel({ positions, count }: Axis, position: number): number {
  let best = 0;
  for (let level = 1; level < count; level++)
    if (Math.abs((positions[level] ?? 0) - position) < Math.abs((positions[best] ?? 0) - position)) best = level;
  return best;
}
