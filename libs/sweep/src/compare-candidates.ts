import { type CandidateId, type DeviceClassId, FleetError } from '@fleetfit/core';
import { formatRecipe, parseRecipe } from '@fleetfit/space';
import { changeBetween, classFigures, doneShares, limitsOf, slowMs, speedVerdict } from './figures.ts';
import { shareOf } from './next-effects.ts';
import type { CandidateRow, CompareView, FigureComparison, StepComparison } from './overview-views.ts';
import { sayCompared } from './say-compared.ts';
import type { CandidateState, SweepState } from './state.ts';
import { sharesOn } from './state.ts';
import type { Change } from './views.ts';

const MOST_IMAGES = 24;

/**
 * How two to four candidates differ: in their recipes, in every figure with an interval of the difference, and in the images they get right.
 * Differences are of the second against the first. @throws FleetError `not-found`
 */
export function compareCandidates(
  state: SweepState,
  ids: readonly CandidateId[],
  rows: { readonly of: (id: CandidateId) => CandidateRow | undefined; readonly original: CandidateRow; readonly images: number },
): CompareView {
  const candidates = ids.map((id) => {
    const [candidate, row] = [state.candidates.get(id), rows.of(id)];
    if (!candidate || !row) throw new FleetError('not-found', `Cannot compare ${id}: sweep ${state.id} has no such candidate`);
    return { candidate, row };
  });
  const states = candidates.map((each) => each.candidate);
  const figures = figuresOf(state, states);
  const settle = settlingOf(state, states, rows.images);
  const found = { candidates: candidates.map((each) => each.row), figures, settle };
  return {
    ...found,
    original: rows.original,
    images: rows.images,
    sentence: sayCompared(state, found),
    steps: compareSteps(states),
    refusals: refusalsOf(states),
    disagreement: disagreementOf(state, states),
  };
}

/** Steps side by side: those with the same word are one row, in the order of the candidate that has most of them. */
function compareSteps(candidates: readonly CandidateState[]): StepComparison[] {
  const recipes = candidates.map(({ recipe }) => parseRecipe(recipe));
  const counted = recipes.map((recipe) => {
    const seen = new Map<string, number>();
    return recipe.map((step) => {
      const count = (seen.get(step.word) ?? 0) + 1;
      seen.set(step.word, count);
      return { key: `${step.word} ${count}`, word: step.word, text: formatRecipe([step]) };
    });
  });
  const longest = [...counted].sort((a, b) => b.length - a.length);
  const keys = [...new Set(longest.flatMap((steps) => steps.map(({ key }) => key)))];
  return keys.map((key) => {
    const texts = counted.map((steps) => steps.find((step) => step.key === key)?.text);
    return { word: key.split(' ')[0] ?? key, texts, same: texts.every((text) => text === texts[0]) };
  });
}

function refusalsOf(candidates: readonly CandidateState[]): CompareView['refusals'] {
  const found = new Map<string, { layer: string; what: string; in: CandidateId[] }>();
  for (const { id, made } of candidates) {
    for (const { kind, layer, what } of made.kind === 'made' ? made.history : []) {
      if (kind !== 'refused') continue;
      const key = `${layer} ${what}`;
      const before = found.get(key) ?? { layer, what, in: [] };
      if (!before.in.includes(id)) before.in.push(id);
      found.set(key, before);
    }
  }
  return [...found.values()].sort((a, b) => a.in.length - b.in.length).slice(0, 60);
}

function figuresOf(state: SweepState, candidates: readonly CandidateState[]): FigureComparison[] {
  const classes = state.setup.classes.map(({ id }) => id);
  const onEach = (make: (classId: DeviceClassId) => FigureComparison): FigureComparison[] => classes.map(make).filter(isKnown);
  return [
    ...onEach((classId) =>
      timesOf(
        'latency p50',
        classId,
        candidates.map((each) => classFigures(state, each, { classId })?.latencyMs),
      ),
    ),
    ...onEach((classId) =>
      timesOf(
        'latency p95',
        classId,
        candidates.map((each) => slowMs(state, each, classId)),
      ),
    ),
    ...onEach((classId) =>
      memoryOf(
        classId,
        candidates.map((each) => classFigures(state, each, { classId })?.memoryBytes),
      ),
    ),
    ...[accuracyOf(state, candidates), sizeOf(candidates)].filter(isKnown),
  ];
}

const isKnown = ({ values }: FigureComparison): boolean => values.some((value) => value !== undefined);

function timesOf(metric: 'latency p50' | 'latency p95', classId: DeviceClassId, values: readonly (Change | undefined)[]): FigureComparison {
  const [first, second] = values;
  if (!first || !second) return { metric, classId, values };
  // Each was measured against the original in turn, so the two intervals are independent.
  const half = (of: Change): number => Math.log(of.high / of.low) / 2;
  const log = Math.log(first.value / second.value);
  const spread = Math.hypot(half(first), half(second));
  const speed = { value: Math.exp(log), low: Math.exp(log - spread), high: Math.exp(log + spread) };
  return { metric, classId, values: values.map(plain), difference: speed, verdict: speedVerdict(speed) };
}

const plain = (value: Change | undefined): Change | undefined => value && { value: value.value, low: value.low, high: value.high };
const exact = (value: number | undefined): Change | undefined => (value === undefined ? undefined : { value, low: value, high: value });

/** Share of the memory within which two peaks are called the same: allocators round. */
const SAME_MEMORY = 0.02;

function memoryOf(classId: DeviceClassId, values: readonly (number | undefined)[]): FigureComparison {
  const [first, second] = values;
  const found: FigureComparison = { metric: 'peak memory', classId, values: values.map(exact) };
  if (first === undefined || second === undefined) return found;
  const difference = second - first;
  const verdict = Math.abs(difference) < SAME_MEMORY * first ? 'no difference' : difference < 0 ? 'smaller' : 'larger';
  return { ...found, difference: exact(difference), verdict };
}

function accuracyOf(state: SweepState, candidates: readonly CandidateState[]): FigureComparison {
  const classId = fullestClass(state, candidates);
  const values = candidates.map((each) => (classId ? classFigures(state, each, { classId })?.accuracyChange : undefined));
  const [first, second] = candidates;
  const difference =
    classId && first && second && changeBetween(doneShares(first, classId, 'shares'), doneShares(second, classId, 'shares'));
  if (!difference) return { metric: 'top-1', values };
  const verdict =
    difference.low > 0 ? 'better' : difference.high < 0 ? 'worse' : difference.high - difference.low < 0.5 ? 'no difference' : 'undecided';
  return { metric: 'top-1', values, difference, verdict };
}

/** The class on which all of them answered most images. */
function fullestClass(state: SweepState, candidates: readonly CandidateState[]): DeviceClassId | undefined {
  const answered = (classId: DeviceClassId): number =>
    Math.min(
      ...candidates.map((each) => [...doneShares(each, classId, 'shares').values()].reduce((sum, { top1 }) => sum + top1.length, 0)),
    );
  const [best] = state.setup.classes.map(({ id }) => id).sort((a, b) => answered(b) - answered(a));
  return best !== undefined && answered(best) > 0 ? best : undefined;
}

function sizeOf(candidates: readonly CandidateState[]): FigureComparison {
  const values = candidates.map(({ made }) => (made.kind === 'made' ? made.bytes : undefined));
  const [first, second] = values;
  const found: FigureComparison = { metric: 'size', values: values.map(exact) };
  if (first === undefined || second === undefined) return found;
  const verdict = second < first ? 'smaller' : second > first ? 'larger' : 'no difference';
  return { ...found, difference: exact(second - first), verdict };
}

function disagreementOf(state: SweepState, candidates: readonly CandidateState[]): CompareView['disagreement'] {
  const classId = fullestClass(state, candidates);
  const [first, second] = candidates;
  if (!classId || !first || !second) return undefined;
  const [a, b] = [doneShares(first, classId, 'shares'), doneShares(second, classId, 'shares')];
  const [onlyFirst, onlySecond]: [number[], number[]] = [[], []];
  for (let share = 0; share < sharesOn(state, classId, 'validation'); share++) {
    const [left, right] = [a.get(share)?.top1, b.get(share)?.top1];
    if (left === undefined || right === undefined) continue;
    const from = shareOf(state, classId, { split: 'validation', share }).first;
    for (let image = 0; image < left.length; image++) {
      if (left[image] === right[image]) continue;
      (left[image] === '1' ? onlyFirst : onlySecond).push(from + image);
    }
  }
  return {
    onlyFirst: onlyFirst.slice(0, MOST_IMAGES),
    onlySecond: onlySecond.slice(0, MOST_IMAGES),
    first: onlyFirst.length,
    second: onlySecond.length,
  };
}

/** How many images would tell whether those that are unclear keep the limit of accuracy. */
function settlingOf(state: SweepState, candidates: readonly CandidateState[], images: number): CompareView['settle'] {
  const wanted = candidates.flatMap((candidate) =>
    state.setup.classes.flatMap(({ id: classId }) => {
      const change = classFigures(state, candidate, { classId })?.accuracyChange;
      const limit = limitsOf(state, classId).accuracyDropPoints;
      if (!change || limit === undefined || change.low >= -limit || change.high < -limit) return [];
      const room = Math.abs(change.value + limit);
      const half = (change.high - change.low) / 2;
      return [images * Math.max(1, half / Math.max(room, 0.05)) ** 2];
    }),
  );
  if (wanted.length === 0) return undefined;
  const most = Math.ceil(Math.max(...wanted) / 100) * 100;
  return { images: most, available: state.setup.dataset.images.validation, recipes: candidates.map(({ recipe }) => recipe) };
}
