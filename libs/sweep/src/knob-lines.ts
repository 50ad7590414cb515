import { parseRecipe, type Recipe } from '@fleetfit/space';
import { worstChange } from './candidate-window.ts';
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
  const knobs = axesOf(settings);
  const metrics = metricsOf(measured);
  const lines = measured.map((one, at) => ({
    candidate: one.id,
    onFront: one.classes.some((on) => on.onFront),
    at: [
      ...knobs.map((axis) => placeOn(axis, settings[at]?.get(axis.name))),
      ...metrics.map(({ of }) => Number((of(one) ?? Number.NaN).toPrecision(4))),
    ],
  }));
  return { axes: [...knobs, ...metrics.map(({ axis }) => axis)], lines: thinned(lines), total: measured.length };
}

interface Metric {
  readonly axis: KnobAxis;
  readonly of: (one: CandidateRow) => number | undefined;
}

const MOST_CLASSES = 3;

/** What came of the knobs: latency on the first classes, change of accuracy, size. */
function metricsOf(measured: readonly CandidateRow[]): Metric[] {
  const classes = (measured[0]?.classes ?? []).slice(0, MOST_CLASSES);
  const found: (readonly [string, string, Metric['of']])[] = [
    ...classes.map(({ id }): readonly [string, string, Metric['of']] => [
      `latency ${id}`,
      'latency',
      (one) => one.classes.find((on) => on.id === id)?.latencyMs?.value,
    ]),
    ['change', 'top-1 change', (one) => worstChange(one)?.value],
    ['size', 'size', (one) => one.bytes],
  ];
  return found.flatMap(([name, label, of]): Metric[] => {
    const values = measured.flatMap((one) => of(one) ?? []);
    if (values.length === 0) return [];
    const low = values.reduce((least, value) => Math.min(least, value));
    const high = values.reduce((most, value) => Math.max(most, value));
    return [{ axis: { name, label, range: [low, high] }, of }];
  });
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
    if (Object.keys(args).length === 0) found.set(word, 'yes');
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
