import { isActive, type Knob, type Level, type Point, recipeOf, type Space } from '@fleetfit/space';
import { lazySampler } from './lazy-sampler.ts';
import type { MakeSampler } from './sampler.ts';

/**
 * Every recipe of the space, main effects first: the point with every knob at its first level, then all points where one knob
 * stands elsewhere, then two, and so on; so a sweep that ends early has seen every level before it has seen many combinations.
 * Within a count of changed knobs, the alternatives that say most come first: for ordinal knobs the far end, then the middle.
 * The seed changes nothing.
 */
export const makeGrid: MakeSampler = ({ space, snapshot }) => {
  const points = coveringPoints(space);
  const made: Point[] = [];
  const draw = (index: number) => {
    while (made.length <= index) {
      const next = points.next();
      if (next.done) return undefined;
      made.push(next.value);
    }
    const point = made[index];
    return point && { point, recipe: recipeOf(space, point) };
  };
  return lazySampler({ name: 'grid', space, draw, patience: Number.POSITIVE_INFINITY }, snapshot);
};

interface Shell {
  readonly knobs: readonly Knob[];
  /** Levels of each knob, the first level first, then in covering order. */
  readonly levels: readonly (readonly Level[])[];
  /** The highest rank that a level has. */
  readonly highest: number;
}

function* coveringPoints({ knobs }: Space): Generator<Point> {
  const levels = knobs.map(coveringOrder);
  const highest = levels.reduce((most, each) => Math.max(most, each.length - 1), 0);
  const shell = { knobs, levels, highest };
  for (let changed = 0; changed <= knobs.length; changed++) {
    for (let sum = changed; sum <= changed * highest; sum++) yield* shellPoints(shell, { from: 0, point: {}, changed, sum });
  }
}

/** Points in which exactly `changed` more knobs leave their first level, the ranks of their levels adding up to `sum`. */
function* shellPoints(
  shell: Shell,
  left: { readonly from: number; readonly point: Point; readonly changed: number; readonly sum: number },
): Generator<Point> {
  const { from, point, changed, sum } = left;
  if (changed === 0) {
    if (sum === 0) yield withFirstLevels(shell, point, from);
    return;
  }
  const knob = shell.knobs[from];
  if (!knob || changed > shell.knobs.length - from || sum > changed * shell.highest || sum < changed) return;
  const next = from + 1;
  if (!isActive(knob, point)) {
    yield* shellPoints(shell, { ...left, from: next });
    return;
  }
  for (const [rank, level] of (shell.levels[from] ?? []).entries()) {
    if (rank > sum) break;
    const chosen = { ...point, [knob.name]: level.name };
    yield* shellPoints(shell, { from: next, point: chosen, changed: changed - (rank > 0 ? 1 : 0), sum: sum - rank });
  }
}

function withFirstLevels({ knobs, levels }: Shell, point: Point, from: number): Point {
  const out: Record<string, string> = { ...point };
  for (let at = from; at < knobs.length; at++) {
    const [knob, first] = [knobs[at], levels[at]?.[0]];
    if (knob && first && isActive(knob, out)) out[knob.name] = first.name;
  }
  return out;
}

/** The first level, then for ordinal knobs the last, then again and again the middle of the widest gap. */
function coveringOrder(knob: Knob): readonly Level[] {
  if (knob.order === 'categorical' || knob.levels.length < 4) return endFirst(knob);
  const order = [0, knob.levels.length - 1];
  while (order.length < knob.levels.length) {
    const sorted = [...order].sort((a, b) => a - b);
    let widest = { start: 0, gap: 0 };
    sorted.forEach((start, i) => {
      const gap = (sorted[i + 1] ?? start) - start;
      if (gap > widest.gap) widest = { start, gap };
    });
    order.push(widest.start + Math.floor(widest.gap / 2));
  }
  return order.flatMap((index) => knob.levels[index] ?? []);
}

function endFirst({ order, levels }: Knob): readonly Level[] {
  const [first, ...others] = levels;
  if (!first) return [];
  return [first, ...(order === 'ordinal' ? others.reverse() : others)];
}
