import { type Rng, seededRng } from '@fleetfit/core';
import { formatRecipe, isActive, isWithin, type Point, pointsOf, recipeOf, type Space } from '@fleetfit/space';
import { lazySampler } from './lazy-sampler.ts';
import type { MakeSampler } from './sampler.ts';

/**
 * Distinct recipes in random order, none twice. A space of up to 20,000 points is enumerated and shuffled, so that
 * every recipe is as likely; in a larger one each knob is drawn by itself and what was drawn before is drawn again.
 */
export const makeRandom: MakeSampler = ({ space, seed, snapshot }) => {
  const few = recipesOf(space, ENUMERABLE);
  if (few) {
    const shuffled = seededRng(`random ${seed}`).shuffled(few);
    const draw = (index: number) => shuffled[index];
    return lazySampler({ name: 'random', draw, patience: shuffled.length + 1 }, snapshot);
  }
  const draw = (index: number) => {
    const point = randomPoint(space, seededRng(`random ${seed} ${index}`));
    return { point, recipe: recipeOf(space, point) };
  };
  return lazySampler({ name: 'random', space, draw, patience: 10_000 }, snapshot);
};

const ENUMERABLE = 20_000;

/** One point of every distinct recipe; undefined where the space has more points than `most`. */
export function recipesOf(space: Space, most: number) {
  // What unconditional knobs alone make is a lower bound: large spaces are known without listing.
  const least = space.knobs.reduce((product, knob) => product * (knob.when ? 1 : knob.levels.length), 1);
  if (least > most) return undefined;
  const distinct = new Map<string, { readonly point: Point; readonly recipe: ReturnType<typeof recipeOf> }>();
  let count = 0;
  for (const point of pointsOf(space)) {
    if (++count > most) return undefined;
    if (!isWithin(space, point)) continue;
    const recipe = recipeOf(space, point);
    const text = formatRecipe(recipe);
    if (!distinct.has(text)) distinct.set(text, { point, recipe });
  }
  return [...distinct.values()];
}

function randomPoint(space: Space, rng: Rng): Point {
  let point: Point = {};
  for (const knob of space.knobs) {
    const level = knob.levels[rng.integer(knob.levels.length)];
    if (level && isActive(knob, point)) point = { ...point, [knob.name]: level.name };
  }
  return point;
}
