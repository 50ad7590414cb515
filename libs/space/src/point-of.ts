import { formatRecipe, type Recipe, type Step } from './recipe.ts';
import { isActive, type Knob, type Level, type Point, recipeOf, type Space } from './space.ts';

/**
 * The point of a recipe: the other way of `recipeOf`. Undefined for a recipe that no point makes, such as one written by hand.
 * Where several points make it, the one whose knobs add steps as early as they can.
 */
export function pointOf(space: Space, recipe: Recipe): Point | undefined {
  const text = formatRecipe(recipe);
  const settable = new Set(space.knobs.flatMap(({ sets }) => (sets ? [`${sets.word} ${sets.key}`] : [])));
  return find({ space, recipe, text, settable, looks: { left: MOST_LOOKS } }, { knob: 0, step: 0, point: {} });
}

// Steps nearly always tell the level at once. Where they do not, a search that goes on for longer than this is not worth it.
const MOST_LOOKS = 20_000;

interface Search {
  readonly space: Space;
  readonly recipe: Recipe;
  readonly text: string;
  /** Arguments that a knob may set after their step was added. */
  readonly settable: ReadonlySet<string>;
  readonly looks: { left: number };
}

interface Found {
  readonly knob: number;
  /** How many steps of the recipe are explained. */
  readonly step: number;
  readonly point: Point;
}

function find(search: Search, { knob: index, step, point }: Found): Point | undefined {
  if (search.looks.left-- <= 0) return undefined;
  const knob = search.space.knobs[index];
  if (!knob) return step === search.recipe.length && formatRecipe(recipeOf(search.space, point)) === search.text ? point : undefined;
  if (!isActive(knob, point)) return find(search, { knob: index + 1, step, point });
  for (const level of candidates(knob, search, step)) {
    const taken = level.adds.kind === 'steps' ? level.adds.steps.length : 0;
    const found = find(search, { knob: index + 1, step: step + taken, point: { ...point, [knob.name]: level.name } });
    if (found) return found;
  }
  return undefined;
}

/** Levels that may stand here: those that explain the most steps first. */
function candidates(knob: Knob, { recipe, settable }: Search, step: number): readonly Level[] {
  const fits = knob.levels.filter(({ adds }) =>
    adds.kind === 'steps'
      ? adds.steps.every((each, i) => explains(each, recipe[step + i], settable))
      : argumentAt(knob, recipe, step) === adds.value,
  );
  return fits.sort((a, b) => stepsOf(b) - stepsOf(a));
}

const stepsOf = ({ adds }: Level): number => (adds.kind === 'steps' ? adds.steps.length : 0);

// A later knob may have set one more argument, or put another value in place of one.
function explains(each: Step, read: Step | undefined, settable: ReadonlySet<string>): boolean {
  if (read?.word !== each.word) return false;
  return Object.entries(each.args).every(
    ([key, value]) => read.args[key] === value || (key in read.args && settable.has(`${each.word} ${key}`)),
  );
}

function argumentAt({ sets }: Knob, recipe: Recipe, step: number) {
  return sets && recipe.slice(0, step).findLast(({ word }) => word === sets.word)?.args[sets.key];
}
