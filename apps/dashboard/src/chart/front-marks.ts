import type { Change } from '@fleetfit/sweep';
import type { CandidateView, ClassView, SweepView } from '../client/views.ts';

/** One candidate on one device class, as the chart of accuracy against latency draws it. */
export interface Mark {
  readonly candidate: string;
  readonly classId: string;
  /** Of the class in the fleet: decides shape and colour. */
  readonly position: number;
  readonly kind: 'front' | 'so far' | 'original' | 'dominated';
  readonly latency: Change;
  /** Points against the original; the original itself stands at zero. */
  readonly change: Change;
  /** Its change lies under the axis: drawn as a chevron on it. */
  readonly below: boolean;
}

/** The front of a class as a line of stairs, in ms and points, from left to right. */
interface Stairs {
  readonly classId: string;
  readonly position: number;
  readonly points: readonly (readonly [number, number])[];
}

/** Limits of equal value share a line. */
export interface Limit {
  readonly value: number;
  readonly positions: readonly number[];
}

export interface FrontMarks {
  readonly marks: readonly Mark[];
  readonly stairs: readonly Stairs[];
  /** In ms. */
  readonly latencyLimits: readonly Limit[];
  /** In points, below zero. */
  readonly changeLimits: readonly Limit[];
  /** In ms, both ends. */
  readonly latencyRange: readonly [number, number];
  /** In points, both ends. */
  readonly changeRange: readonly [number, number];
}

/** Everything the chart shows of these classes. */
export function frontMarks(sweep: SweepView, shown: (classId: string) => boolean): FrontMarks {
  const classes = sweep.classes.filter((one) => shown(one.id));
  const found = classes.flatMap((one) => sweep.candidates.flatMap((candidate) => markOf(candidate, one) ?? []));
  const changeRange = rangeOfChanges(found, classes);
  const floor = changeRange[0];
  const marks = found.map((mark) => ({ ...mark, below: mark.change.value < floor }));
  return {
    marks,
    stairs: classes.map((one) => stairsOf(one, marks, floor)),
    latencyLimits: together(classes, (one) => one.limits.latencyMs),
    changeLimits: together(classes, (one) => (one.limits.accuracyDropPoints === undefined ? undefined : -one.limits.accuracyDropPoints)),
    latencyRange: rangeOfLatencies(found, classes),
    changeRange,
  };
}

/** Ticks of a logarithmic axis: at 1, 1.5, 2, 3, 4, 6 and 8 of each decade, fewer where the axis spans more than two. */
export function logTicks([low, high]: readonly [number, number]): readonly number[] {
  const decades = Math.log10(high / low);
  const steps =
    decades > 2.5
      ? [1]
      : decades > 2
        ? [1, 2, 5]
        : decades > 0.5
          ? [1, 1.5, 2, 3, 4, 6, 8]
          : [1, 1.2, 1.5, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const step of steps) {
      const tick = step * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(Number(tick.toPrecision(2)));
    }
  }
  return ticks;
}

/** Ticks of the axis of changes: whole steps that leave at most seven. */
export function changeTicks([low, high]: readonly [number, number]): readonly number[] {
  const step = [0.2, 0.5, 1, 2, 5, 10, 20].find((one) => (high - low) / one <= 6) ?? 20;
  const ticks: number[] = [];
  for (let at = Math.ceil(low / step); at * step <= high; at++) ticks.push(Number((at * step).toFixed(1)));
  return ticks;
}

/** What the chart shows, in words: one sentence for each class. */
export function captionOf(
  classes: readonly ClassView[],
  marks: FrontMarks,
  say: (classId: string, front: readonly Mark[]) => string,
): string {
  return classes
    .map((one) =>
      say(
        one.id,
        marks.marks.filter((mark) => mark.classId === one.id && one.front.some((id) => id === mark.candidate)),
      ),
    )
    .join(' ');
}

function markOf(candidate: CandidateView, deviceClass: ClassView): Mark | undefined {
  const on = candidate.classes.find((one) => one.id === deviceClass.id);
  const change = candidate.isOriginal ? { value: 0, low: 0, high: 0 } : on?.accuracyChange;
  if (!on?.latencyMs || !change) return undefined;
  const front = on.onFront || deviceClass.front.some((id) => id === candidate.id);
  const kind = candidate.isOriginal ? 'original' : on.state !== 'measured' ? 'so far' : front ? 'front' : 'dominated';
  return {
    candidate: candidate.id,
    classId: deviceClass.id,
    position: deviceClass.position,
    kind,
    latency: on.latencyMs,
    change,
    below: false,
  };
}

function stairsOf(deviceClass: ClassView, marks: readonly Mark[], floor: number): Stairs {
  const front = marks
    .filter((mark) => mark.classId === deviceClass.id && deviceClass.front.some((id) => id === mark.candidate))
    .sort((a, b) => a.latency.value - b.latency.value);
  const points: [number, number][] = [];
  let height = floor;
  for (const mark of front) {
    const top = Math.max(mark.change.value, floor);
    points.push([mark.latency.value, height], [mark.latency.value, top]);
    height = top;
  }
  return { classId: deviceClass.id, position: deviceClass.position, points };
}

function together(classes: readonly ClassView[], valueOf: (one: ClassView) => number | undefined): readonly Limit[] {
  const limits = new Map<number, number[]>();
  for (const one of classes) {
    const value = valueOf(one);
    if (value !== undefined) limits.set(value, [...(limits.get(value) ?? []), one.position]);
  }
  return [...limits].map(([value, positions]) => ({ value, positions })).sort((a, b) => a.value - b.value);
}

function rangeOfLatencies(marks: readonly Mark[], classes: readonly ClassView[]): readonly [number, number] {
  const limits = classes.flatMap((one) => one.limits.latencyMs ?? []);
  const all = [...marks.map((mark) => mark.latency.value), ...limits];
  if (all.length === 0) return [1, 100];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  // At least a factor of two, so that two marks of one class do not stand at both ends.
  const middle = Math.sqrt(low * high);
  // Ends on steps of a sixteenth of a decade: the axis moves when a mark would leave it, not with every measurement.
  const step = (ms: number, round: (value: number) => number) => 10 ** (round(Math.log10(ms) * 16) / 16);
  return [step(Math.min(low / 1.1, middle / 1.42), Math.floor), step(Math.max(high * 1.1, middle * 1.42), Math.ceil)];
}

// The front and the limits decide: a candidate that lost 60 points would press everything that matters into one line.
function rangeOfChanges(marks: readonly Mark[], classes: readonly ClassView[]): readonly [number, number] {
  const worth = marks.filter((mark) => mark.kind !== 'dominated');
  const limits = classes.flatMap((one) => one.limits.accuracyDropPoints ?? []);
  const limit = Math.max(...limits, 0.5);
  const lowest = Math.min(0, ...worth.map((mark) => mark.change.value));
  const deepest = limits.length > 0 ? -4.2 * limit : Math.min(-2.1, Math.max(-30, lowest * 1.1));
  const low = Math.min(-1.4 * limit, ...worth.map((mark) => Math.min(mark.change.value * 1.08, Math.max(mark.change.low, deepest))));
  // A whisker may leave the chart at the top, a mark may not.
  const high = Math.max(
    0.35 * limit,
    ...worth.map((mark) => Math.max(mark.change.value * 1.15, Math.min(mark.change.high * 1.08, 2 * limit))),
  );
  const step = limit / 2;
  return [Math.max(Math.floor(low / step) * step, deepest), Math.ceil(high / step / 0.5) * step * 0.5];
}
