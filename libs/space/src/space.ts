import type { Argument, Recipe, Step } from './recipe.ts';

/** One setting of a knob. */
export interface Level {
  /** Unique within its knob: `int8-static`, `48`. */
  readonly name: string;
  /** For people: `8-bit weights and activations`. */
  readonly label: string;
  /** What this level adds to the recipe: whole steps, or the value of the argument that its knob sets. */
  readonly adds: { readonly kind: 'steps'; readonly steps: Recipe } | { readonly kind: 'argument'; readonly value: Argument };
  /** Exact bytes of the layer (or model) at this level, where known. */
  readonly bytes?: number;
  /** Exact multiply-accumulates of the layer (or model) at this level, where known. */
  readonly macs?: number;
  /** The number that this level stands for, where its knob chooses among numbers. */
  readonly value?: number;
}

/**
 * One thing to choose. Plain data, so that it can be stored and sent.
 * A knob either adds steps to the recipe or sets one argument of a step that another knob added.
 */
export interface Knob {
  readonly name: string;
  readonly label: string;
  /** Whether neighbouring levels are alike. */
  readonly order: 'ordinal' | 'categorical';
  /** Among numbers: whether neighbours differ by a step or by a factor. Absent: levels lie evenly. */
  readonly scale?: 'linear' | 'log';
  /** A number is chosen from a grid, too: recipes that are equal must meet. {@link integerKnob} and {@link floatKnob} lay one. */
  readonly levels: readonly Level[];
  /** The layer of the original model that this knob is about; absent for the whole model. */
  readonly layer?: string;
  /** What that layer does in its model: `stem`, `depthwise`, `expand`, `project`, `classifier`. */
  readonly role?: string;
  /** Layers next to this one in the graph, skip connections too: compressing both harms more than each alone. */
  readonly neighbours?: readonly string[];
  /** How much accuracy compressing the layer is thought to cost, against other layers: above 0, in any unit. */
  readonly sensitivity?: number;
  /** For knobs whose levels add an argument: which argument of which step. */
  readonly sets?: { readonly word: string; readonly key: string };
  /** The knob counts only while another knob stands at one of these levels. */
  readonly when?: { readonly knob: string; readonly levels: readonly string[] };
}

/** All knobs of a sweep, in the order in which their steps stand in a recipe. A knob comes after the knob its condition names. */
export interface Space {
  readonly knobs: readonly Knob[];
  /** What is known of a point before anything is measured must not be above these: see {@link isWithin}. */
  readonly limits?: { readonly bytes?: number; readonly macs?: number };
}

/** The level chosen for every active knob, by name. Inactive knobs are absent. */
export type Point = Readonly<Record<string, string>>;

/** Whether the condition of a knob holds at a point. */
export function isActive(knob: Knob, point: Point): boolean {
  if (!knob.when) return true;
  const level = point[knob.when.knob];
  return level !== undefined && knob.when.levels.includes(level);
}

/** The recipe of a point: steps in the order of the knobs, arguments set into the last step with their word. */
export function recipeOf(space: Space, point: Point): Recipe {
  const steps: Step[] = [];
  for (const knob of space.knobs) {
    if (!isActive(knob, point)) continue;
    const level = knob.levels.find((each) => each.name === point[knob.name]);
    if (!level) continue;
    if (level.adds.kind === 'steps') steps.push(...level.adds.steps);
    else if (knob.sets) setArgument(steps, knob.sets, level.adds.value);
  }
  return steps;
}

function setArgument(steps: Step[], { word, key }: { word: string; key: string }, value: Argument): void {
  const at = steps.findLastIndex((step) => step.word === word);
  const step = steps[at];
  if (step) steps[at] = { word, args: { ...step.args, [key]: value } };
}

/** Every point of a space, in lexicographic order of the knobs, lazily: conditions prune, so no two points have the same recipe for that reason. */
export function* pointsOf(space: Space, point: Point = {}, from = 0): Generator<Point> {
  const knob = space.knobs[from];
  if (!knob) {
    yield point;
    return;
  }
  if (!isActive(knob, point)) {
    yield* pointsOf(space, point, from + 1);
    return;
  }
  for (const level of knob.levels) yield* pointsOf(space, { ...point, [knob.name]: level.name }, from + 1);
}
