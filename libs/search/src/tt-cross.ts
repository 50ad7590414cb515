import type { Rng } from '@fleetfit/core';
import { matrix, maxvol, pivotedQr } from '@fleetfit/numerics';
import { ORIGINAL } from '@fleetfit/space';
import type { EncodedSpace, Levels } from './encoded-space.ts';
import type { History } from './history.ts';
import { type Learner, learningSampler, type Proposal, type Study } from './learning-sampler.ts';
import { otherLevel } from './nsga2.ts';
import type { Json, MakeSampler } from './sampler.ts';

/**
 * Cross approximation in the tensor-train format as an optimizer (TTOpt: Sozykin, Chertkov, Schutski, Phan, Cichocki and Oseledets, NeurIPS
 * 2022), for thousands of cheap evaluations. The levels of every knob are written in digits (a quantized grid); a sweep goes along the
 * digits, and for each evaluates
 *
 *     F[(l, i), r] = f(left l, digit i, right r)        l and r from sets of at most `rank` beginnings and ends
 *
 * whose best rows are found by maxvol of g(F) = pi/2 - arctan((F - best) / spread) and become the beginnings (ends, on the way back) of
 * the next. After each way the best point is polished along single knobs in shrinking steps (Hooke and Jeeves 1961).
 */
export const makeTtCross: MakeSampler = (options) => learningSampler({ name: 'tt-cross', options, makeLearner });

const START = 64;
/** A step that waited so often for answers that did not come goes on without them. */
const PATIENCE = 24;

function makeLearner({ space, budget = 10_000 }: Study, memory: Json | undefined): Learner {
  const digits = digitsOf(space);
  const rank = budget >= 20_000 ? 6 : budget >= 4_000 ? 4 : 2;
  const values = openValues(space);
  let state = memory ? (memory as unknown as State) : undefined;
  return {
    start: Math.min(START, Math.ceil(budget / 8)),
    propose(history, count, rng) {
      values.update(history);
      const context: Context = { space, digits, rank, values, rng };
      state ??= startOf(context);
      const missing = nextMissing(context, state);
      state.waited = missing.some(values.unasked) ? 0 : state.waited + 1;
      const unasked = missing.filter(values.unasked);
      // While answers are under way, what lies near the best is worth knowing.
      const spare = Array.from({ length: 2 * count }, () => nearBest(context));
      return [...unasked, ...spare].map((levels): Proposal => ({ levels }));
    },
    memory: () => (state ? { ...state } : null),
  };
}

/** A digit of a level: `level = sum of digit x weight`. */
interface Digit {
  readonly axis: number;
  readonly base: number;
  readonly weight: number;
}

function digitsOf({ axes }: EncodedSpace): readonly Digit[] {
  return axes.flatMap(({ count }, axis) => {
    let weight = count;
    return primeFactors(count).map((base): Digit => {
      weight /= base;
      return { axis, base, weight };
    });
  });
}

function primeFactors(count: number): number[] {
  const out: number[] = [];
  for (let rest = count, factor = 2; rest > 1; ) {
    if (rest % factor === 0) {
      out.push(factor);
      rest /= factor;
    } else factor++;
  }
  return out;
}

interface Values {
  update(history: History): void;
  /** The score; infinite where it failed or can never be asked; undefined while it is not known. */
  of(levels: Levels): number | undefined;
  unasked(levels: Levels): boolean;
  best(): readonly Levels[];
}

/** What is known of points, and the best of them. */
function openValues(space: EncodedSpace): Values {
  const known = new Map<string, number | undefined>();
  let best: { readonly levels: Levels; readonly score: number }[] = [];
  let [trials, told] = [0, 0];
  const put = (levels: Levels, score: number): void => {
    known.set(levels.join(), score);
    if (best.length === BEST && score >= (best.at(-1)?.score ?? 0)) return;
    best = [...best, { levels, score }].sort((a, b) => a.score - b.score).slice(0, BEST);
  };
  return {
    update(history) {
      for (; trials < history.trials.length; trials++) {
        const trial = history.trials[trials];
        if (trial && trial.state.kind === 'pending') known.set(trial.levels.join(), undefined);
      }
      for (; told < history.told.length; told++) {
        const trial = history.trials[history.told[told] ?? 0];
        if (trial?.state.kind === 'scored') put(trial.levels, trial.state.score);
        else if (trial) known.set(trial.levels.join(), Number.POSITIVE_INFINITY);
      }
    },
    of(levels) {
      const key = levels.join();
      if (!known.has(key)) {
        const found = space.recipeAt(levels);
        if (!found || found.text === ORIGINAL) known.set(key, Number.POSITIVE_INFINITY);
      }
      return known.get(key);
    },
    unasked: (levels) => !known.has(levels.join()),
    best: () => best.map(({ levels }) => levels),
  };
}

const BEST = 8;

/** Where the search stands. Plain data: it is the memory of the learner. */
interface State {
  task: 'cross' | 'polish';
  /** The digit that is worked on, and which way it goes. */
  at: number;
  forward: boolean;
  /** Beginnings before each digit, and ends after each. */
  left: number[][][];
  right: number[][][];
  /** The step of polishing as a share of the levels of a knob. */
  step: number;
  waited: number;
}

interface Context {
  readonly space: EncodedSpace;
  readonly digits: readonly Digit[];
  readonly rank: number;
  readonly values: Values;
  readonly rng: Rng;
}

function startOf(context: Context): State {
  const { digits } = context;
  const state: State = {
    task: 'cross',
    at: 0,
    forward: true,
    left: digits.map(() => [[]]),
    right: digits.map(() => [[]]),
    step: 0,
    waited: 0,
  };
  renewEnds(context, state);
  return state;
}

/** Ends from the best points and from chance: what a way along the digits begins with. */
function renewEnds({ space, digits, rank, values, rng }: Context, state: State): void {
  const points = [...values.best().slice(0, Math.ceil(rank / 2)), ...Array.from({ length: rank }, () => space.draw(rng))].map((levels) =>
    digitsAt(digits, levels),
  );
  state.right = digits.map((_, k) => distinct(points.map((point) => point.slice(k + 1))).slice(0, rank));
}

const digitsAt = (digits: readonly Digit[], levels: Levels): number[] =>
  digits.map(({ axis, base, weight }) => Math.floor((levels[axis] ?? 0) / weight) % base);

function levelsOf({ digits, space }: Context, of: readonly number[]): Levels {
  const out = space.axes.map(() => 0);
  digits.forEach(({ axis, weight }, k) => {
    out[axis] = (out[axis] ?? 0) + (of[k] ?? 0) * weight;
  });
  return space.canonical(out);
}

function distinct(rows: readonly number[][]): number[][] {
  const seen = new Map(rows.map((row) => [row.join(), row]));
  return [...seen.values()];
}

/** Goes on as far as what is known allows, and says what is missing for the next step. */
function nextMissing(context: Context, state: State): Levels[] {
  // Two ways with nothing new to learn: chance has to help.
  for (let steps = 0; steps < 4 * context.digits.length + 40; steps++) {
    const wanted = state.task === 'cross' ? crossPoints(context, state) : polishPoints(context, state);
    const missing = wanted.filter((levels) => context.values.of(levels) === undefined);
    if (missing.length > 0 && state.waited < PATIENCE) return missing;
    state.waited = 0;
    if (state.task === 'cross') advanceCross(context, state);
    else advancePolish(context, state);
  }
  return [];
}

function crossPoints(context: Context, { at, left, right }: State): Levels[] {
  const { base } = context.digits[at] ?? { base: 1 };
  const [lefts, rights] = [left[at] ?? [[]], right[at] ?? [[]]];
  return lefts.flatMap((l) => Array.from({ length: base }, (_, i) => rights.map((r) => levelsOf(context, [...l, i, ...r])))).flat();
}

function advanceCross(context: Context, state: State): void {
  const { digits, rank, values } = context;
  const { at, forward } = state;
  const { base } = digits[at] ?? { base: 1 };
  const [lefts, rights] = [state.left[at] ?? [[]], state.right[at] ?? [[]]];
  const scores = crossPoints(context, state).map((levels) => values.of(levels) ?? Number.POSITIVE_INFINITY);
  const index = (l: number, i: number, r: number): number => (l * base + i) * rights.length + r;
  const next = forward ? at + 1 : at - 1;
  if (next >= 0 && next < digits.length) {
    if (forward) {
      const rows = lefts.flatMap((l, a) =>
        Array.from({ length: base }, (_, i) => ({ digits: [...l, i], scores: rights.map((_r, c) => scores[index(a, i, c)] ?? 0) })),
      );
      state.left[next] = chosenRows(rows, rank);
    } else {
      const rows = Array.from({ length: base }, (_, i) =>
        rights.map((r, c) => ({ digits: [i, ...r], scores: lefts.map((_l, a) => scores[index(a, i, c)] ?? 0) })),
      ).flat();
      state.right[next] = chosenRows(rows, rank);
    }
    state.at = next;
    return;
  }
  state.forward = !forward;
  state.task = 'polish';
  state.step = 1 / 8;
}

/** Rows by maxvol of the values turned around, the best always among them. */
function chosenRows(rows: readonly { readonly digits: number[]; readonly scores: readonly number[] }[], rank: number): number[][] {
  if (rows.length <= rank) return rows.map((row) => row.digits);
  const finite = rows.flatMap(({ scores }) => scores.filter(Number.isFinite)).sort((a, b) => a - b);
  const best = finite[0] ?? 0;
  const spread = (finite[Math.floor(finite.length / 4)] ?? 1) - best || 1;
  const turned = rows.map(({ scores }) =>
    scores.map((score) => Math.PI / 2 - Math.atan((Math.min(score, Number.MAX_VALUE) - best) / spread)),
  );
  const width = Math.min(rank - 1, turned[0]?.length ?? 0);
  const volume = rowsOfVolume(turned, width).map((row) => rows[row]?.digits ?? []);
  const byBest = [...rows].sort((a, b) => Math.min(...a.scores) - Math.min(...b.scores)).map((row) => row.digits);
  return distinct([...byBest.slice(0, 1), ...volume, ...byBest]).slice(0, rank);
}

function rowsOfVolume(turned: readonly (readonly number[])[], width: number): readonly number[] {
  const cols = turned[0]?.length ?? 0;
  const { q, r } = pivotedQr(matrix(turned.length, cols, Float64Array.from(turned.flat())));
  const size = Math.min(q.cols, width);
  const first = Math.abs(r.data[0] ?? 0);
  let full = 0;
  while (full < size && Math.abs(r.data[full * r.cols + full] ?? 0) > 1e-9 * first) full++;
  if (full === 0) return [];
  const basis = Float64Array.from({ length: q.rows * full }, (_, k) => q.data[Math.floor(k / full) * q.cols + (k % full)] ?? 0);
  return maxvol(matrix(q.rows, full, basis)).rows;
}

/** The best point moved along every knob by one step up and down; unordered knobs to every other level in the last round. */
function polishPoints({ space, values }: Context, { step }: State): Levels[] {
  const [centre] = values.best();
  if (!centre) return [];
  return space.axes.flatMap(({ count, categorical }, axis) => {
    const level = centre[axis] ?? 0;
    const by = Math.max(1, Math.round(step * count));
    const to = categorical ? (step * count <= 1 ? Array.from({ length: count }, (_, i) => i) : []) : [level - by, level + by];
    return to.filter((each) => each >= 0 && each < count && each !== level).map((each) => space.canonical(centre.with(axis, each)));
  });
}

function advancePolish(context: Context, state: State): void {
  const { space, values } = context;
  const [centre] = values.best();
  const before = centre && values.of(centre);
  // Its neighbours are all known now: if one were better, it would be the best itself. Then the step shrinks.
  const settled = polishPoints(context, state).every((levels) => (values.of(levels) ?? Number.POSITIVE_INFINITY) >= (before ?? 0));
  const largest = Math.max(...space.axes.map(({ count }) => count));
  if (!settled) return;
  state.step /= 2;
  if (state.step * largest > 0.5) return;
  state.task = 'cross';
  if (state.forward) renewEnds(context, state);
  else seedEnds(context, state);
}

/** The polished best is among the beginnings that the way back starts with. */
function seedEnds({ digits, rank, values }: Context, state: State): void {
  const points = values
    .best()
    .slice(0, 2)
    .map((levels) => digitsAt(digits, levels));
  state.left = state.left.map((lefts, k) => distinct([...points.map((point) => point.slice(0, k)), ...lefts]).slice(0, rank));
}

/** A few changes to one of the best points. */
function nearBest({ space, values, rng }: Context): Levels {
  const best = values.best();
  const from = best[rng.integer(best.length)];
  if (!from) return space.draw(rng);
  const out = [...from];
  for (let changes = 1 + rng.integer(3); changes > 0; changes--) {
    const axis = rng.integer(out.length);
    const of = space.axes[axis];
    if (of) out[axis] = otherLevel(of, out[axis] ?? 0, rng);
  }
  return space.canonical(out);
}
