import { parseRecipe, type Recipe } from '@fleetfit/space';
import type { CandidateRow, KnobAxis, KnobLines } from './overview-views.ts';

/** Lines past which a part of the others stands for all; those of the fronts are always there. */
const MOST_LINES = 400;
const MOST_AXES = 8;
const MOST_LEVELS = 8;

/** What a candidate has of a knob: a word, a number, or how many layers a step touches. */
type Settings = ReadonlyMap<string, string | number>;

/**
 * The knobs that the candidates of a sweep differ in, read off their recipes. A step without arguments is a knob of yes and no; a step that
 * names layers is a knob that counts them.
 */
export function knobLines(candidates: readonly CandidateRow[]): KnobLines {
  const measured = candidates.filter((one) => !one.isOriginal && one.classes.some((on) => on.latencyMs));
  const settings = measured.map((one) => settingsOf(readRecipe(one.recipe)));
  const axes = axesOf(settings);
  const lines = measured.map((one, at) => ({
    candidate: one.id,
    onFront: one.classes.some((on) => on.onFront),
    at: axes.map((axis) => placeOn(axis, settings[at]?.get(axis.name))),
  }));
  return { axes, lines: thinned(lines), total: measured.length };
}

function readRecipe(text: string): Recipe {
  try {
    return parseRecipe(text);
  } catch {
    return [];
  }
}

function settingsOf(recipe: Recipe): Settings {
  const found = new Map<string, string | number>();
  for (const { word, args } of recipe) {
    if ('layer' in args) {
      found.set(`${word} layers`, Number(found.get(`${word} layers`) ?? 0) + 1);
      continue;
    }
    found.set(word, 'yes');
    for (const [key, value] of Object.entries(args)) found.set(`${word} ${key}`, typeof value === 'number' ? value : String(value));
  }
  return found;
}

function axesOf(settings: readonly Settings[]): KnobAxis[] {
  const names = [...new Set(settings.flatMap((one) => [...one.keys()]))];
  return names
    .flatMap((name) => {
      const axis = axisOf(name, settings);
      return axis ? [axis] : [];
    })
    .slice(0, MOST_AXES);
}

function axisOf(name: string, settings: readonly Settings[]): KnobAxis | undefined {
  const values = settings.map((one) => one.get(name));
  const there = [...new Set(values.filter((value) => value !== undefined))];
  const missing = values.includes(undefined);
  // What all candidates have alike is no knob of this sweep; a step that its arguments tell apart needs no axis of its own.
  if (there.length + (missing ? 1 : 0) < 2) return undefined;
  const label = name.replaceAll('-', ' ');
  const numbers = there.filter((value) => typeof value === 'number');
  if (numbers.length === there.length && numbers.length > MOST_LEVELS)
    return { name, label, range: [Math.min(...numbers), Math.max(...numbers)] };
  const sorted = there.sort((a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1));
  const [word = '', key] = name.split(' ');
  const finds = sorted.map((value) => (key === undefined ? word : key === 'layers' ? word : `${key}=${value}`));
  return { name, label, levels: sorted.map(String), finds };
}

function placeOn({ levels }: KnobAxis, value: string | number | undefined): number {
  if (value === undefined) return -1;
  return levels ? levels.indexOf(String(value)) : Number(value);
}

function thinned<Line extends { readonly onFront: boolean }>(lines: readonly Line[]): readonly Line[] {
  const others = lines.filter((line) => !line.onFront);
  if (others.length <= MOST_LINES) return lines;
  const step = others.length / MOST_LINES;
  const kept = new Set(Array.from({ length: MOST_LINES }, (_, at) => others[Math.floor(at * step)]));
  return lines.filter((line) => line.onFront || kept.has(line));
}
