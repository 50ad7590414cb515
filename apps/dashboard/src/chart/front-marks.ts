import type { Change } from '@fleetfit/sweep';
import type { CandidateRow, ClassOverview, CrowdView, SweepOverview } from '../client/views.ts';

/** What lies across the chart: latency in ms, latency as a multiple of the original's, or size in bytes. */
export type Across = 'latency' | 'ratio' | 'size';

/** One candidate on one device class, as the chart of accuracy draws it. */
export interface Mark {
  readonly candidate: string;
  readonly classId: string;
  /** Of the class in the fleet: decides shape and colour. */
  readonly position: number;
  readonly kind: 'front' | 'so far' | 'original' | 'dominated';
  /** In the unit of the axis. */
  readonly x: Change;
  /** Points against the original; the original itself stands at zero. */
  readonly change: Change;
  /** Its change lies under the axis: drawn as a chevron on it. */
  readonly below: boolean;
}

/** The front of a class as a line of stairs, in units of the axes, from left to right. */
interface Stairs {
  readonly classId: string;
  readonly position: number;
  readonly points: readonly (readonly [number, number])[];
}

/** Limits of equal value share a line. */
export interface Limit {
  readonly value: number;
  readonly positions: readonly number[];
  readonly classIds: readonly string[];
}

/** How many dominated candidates stand in each cell of a grid over the whole chart. */
export interface Density {
  readonly classId: string;
  readonly position: number;
  readonly columns: number;
  readonly rows: number;
  readonly cells: readonly number[];
  readonly counts: readonly number[];
  readonly ids: readonly string[];
  readonly below: readonly number[];
}

/** The part of the plane that a chart shows. */
export interface ChartSpan {
  readonly across: Across;
  readonly xRange: readonly [number, number];
  /** In points, both ends. */
  readonly changeRange: readonly [number, number];
}

export interface FrontMarks extends ChartSpan {
  readonly marks: readonly Mark[];
  readonly densities: readonly Density[];
  readonly stairs: readonly Stairs[];
  readonly xLimits: readonly Limit[];
  /** In points, below zero. */
  readonly changeLimits: readonly Limit[];
}

export interface FrontChoice {
  readonly across: Across;
  readonly shown: (classId: string) => boolean;
  /** Dominated candidates; those of another span are left out. */
  readonly crowd?: readonly CrowdView[] | undefined;
}

/** What the axes span, from what is known without the crowd: the server draws densities over the same plane. */
export function chartSpan(sweep: SweepOverview, { across, shown }: FrontChoice): ChartSpan {
  const classes = sweep.classes.filter((one) => shown(one.id));
  const found = worthMarks(sweep, classes, across);
  return { across, xRange: rangeAcross(sweep, found, { classes, across }), changeRange: rangeOfChanges(found, classes) };
}

/** Everything the chart shows of these classes. */
export function frontMarks(sweep: SweepOverview, choice: FrontChoice): FrontMarks {
  const { across, shown, crowd = [] } = choice;
  const classes = sweep.classes.filter((one) => shown(one.id));
  const span = chartSpan(sweep, choice);
  const floor = span.changeRange[0];
  const found = [...worthMarks(sweep, classes, across), ...classes.flatMap((one) => crowdMarks(sweep, one, { across, crowd }))];
  const marks = found.map((mark) => ({ ...mark, below: mark.change.value < floor }));
  return {
    ...span,
    marks,
    densities: classes.flatMap((one) => densitiesOf(one, crowd)),
    stairs: classes.map((one) => stairsOf(one, marks, floor)),
    xLimits: together(classes, (one) => limitAcross(sweep, one, across)),
    changeLimits: together(classes, (one) => (one.limits.accuracyDropPoints === undefined ? undefined : -one.limits.accuracyDropPoints)),
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

/** The marks of the front of a class, from left to right. */
export function alongFront(front: FrontMarks, classId: string): readonly Mark[] {
  return front.marks
    .filter((mark) => mark.classId === classId && (mark.kind === 'front' || mark.kind === 'original'))
    .sort((a, b) => a.x.value - b.x.value);
}

function frontOf(deviceClass: ClassOverview, across: Across): readonly string[] {
  return across === 'size' ? deviceClass.sizeFront : deviceClass.front;
}

function worthMarks(sweep: SweepOverview, classes: readonly ClassOverview[], across: Across): readonly Mark[] {
  return classes.flatMap((one) => {
    const front = new Set(frontOf(one, across));
    return sweep.shown.flatMap((candidate) => markOf(sweep, candidate, { one, front, across }) ?? []);
  });
}

interface Of {
  readonly one: ClassOverview;
  readonly front: ReadonlySet<string>;
  readonly across: Across;
}

function markOf(sweep: SweepOverview, candidate: CandidateRow, { one, front, across }: Of): Mark | undefined {
  const on = candidate.classes.find((each) => each.id === one.id);
  const change = candidate.isOriginal ? { value: 0, low: 0, high: 0 } : on?.accuracyChange;
  if (!on?.latencyMs || !change) return undefined;
  const x = acrossOf(sweep, candidate, { across, classId: one.id });
  if (!x) return undefined;
  const kind = candidate.isOriginal ? 'original' : on.state !== 'measured' ? 'so far' : front.has(candidate.id) ? 'front' : undefined;
  // What is on the other front is shown by the crowd, if at all.
  if (!kind && across !== 'size' && !on.onFront) return undefined;
  const common = { candidate: candidate.id, classId: one.id, position: one.position, change, below: false };
  return { ...common, kind: kind ?? 'dominated', x };
}

function acrossOf(
  sweep: SweepOverview,
  candidate: CandidateRow,
  at: { readonly across: Across; readonly classId: string },
): Change | undefined {
  const exact = (value: number | undefined) => (value === undefined ? undefined : { value, low: value, high: value });
  if (at.across === 'size') return exact(candidate.bytes);
  const latency = candidate.classes.find((each) => each.id === at.classId)?.latencyMs;
  if (!latency || at.across === 'latency') return latency;
  const unit = originalMs(sweep, at.classId);
  return unit === undefined ? undefined : { value: latency.value / unit, low: latency.low / unit, high: latency.high / unit };
}

/** What the original takes on a class, ms. */
export function originalMs(sweep: SweepOverview, classId: string): number | undefined {
  const original = sweep.shown.find((one) => one.isOriginal);
  return original?.classes.find((each) => each.id === classId)?.latencyMs?.value;
}

function crowdMarks(
  sweep: SweepOverview,
  one: ClassOverview,
  { across, crowd }: { readonly across: Across; readonly crowd: readonly CrowdView[] },
): readonly Mark[] {
  const ours = crowd.find((each) => each.classId === one.id);
  if (ours?.kind !== 'marks') return [];
  const unit = across === 'ratio' ? originalMs(sweep, one.id) : 1;
  if (unit === undefined) return [];
  const onFront = new Set(frontOf(one, across));
  return ours.ids.flatMap((candidate, at): readonly Mark[] => {
    if (onFront.has(candidate)) return [];
    const [x, y] = [(ours.x[at] ?? 0) / unit, ours.y[at] ?? 0];
    return [
      {
        candidate,
        classId: one.id,
        position: one.position,
        kind: 'dominated',
        x: { value: x, low: x, high: x },
        change: { value: y, low: y, high: y },
        below: false,
      },
    ];
  });
}

function densitiesOf(one: ClassOverview, crowd: readonly CrowdView[]): readonly Density[] {
  const ours = crowd.find((each) => each.classId === one.id);
  return ours?.kind === 'density' ? [{ ...ours, position: one.position }] : [];
}

function stairsOf(deviceClass: ClassOverview, marks: readonly Mark[], floor: number): Stairs {
  const front = marks
    .filter((mark) => mark.classId === deviceClass.id && (mark.kind === 'front' || mark.kind === 'original'))
    .sort((a, b) => a.x.value - b.x.value || b.change.value - a.change.value);
  const points: [number, number][] = [];
  let height = floor;
  for (const mark of front) {
    const top = Math.max(mark.change.value, floor);
    // An original that something beats stands off the stairs.
    if (top < height || (mark.kind === 'original' && top <= height && height > floor)) continue;
    points.push([mark.x.value, height], [mark.x.value, top]);
    height = top;
  }
  return { classId: deviceClass.id, position: deviceClass.position, points };
}

function limitAcross(sweep: SweepOverview, one: ClassOverview, across: Across): number | undefined {
  if (across === 'size') return one.limits.sizeBytes;
  const { latencyMs } = one.limits;
  if (latencyMs === undefined || across === 'latency') return latencyMs;
  const unit = originalMs(sweep, one.id);
  return unit === undefined ? undefined : latencyMs / unit;
}

function together(classes: readonly ClassOverview[], valueOf: (one: ClassOverview) => number | undefined): readonly Limit[] {
  const limits = new Map<number, ClassOverview[]>();
  for (const one of classes) {
    const value = valueOf(one);
    if (value !== undefined) limits.set(value, [...(limits.get(value) ?? []), one]);
  }
  return [...limits]
    .map(([value, all]) => ({ value, positions: all.map((one) => one.position), classIds: all.map((one) => one.id) }))
    .sort((a, b) => a.value - b.value);
}

function rangeAcross(
  sweep: SweepOverview,
  marks: readonly Mark[],
  { classes, across }: { readonly classes: readonly ClassOverview[]; readonly across: Across },
): readonly [number, number] {
  const ends = classes.flatMap(({ id, extent }) => {
    if (!extent) return [];
    const unit = across === 'ratio' ? (originalMs(sweep, id) ?? 1) : 1;
    return across === 'size' ? extent.bytes : extent.latencyMs.map((ms) => ms / unit);
  });
  const limits = classes.flatMap((one) => limitAcross(sweep, one, across) ?? []);
  const all = [...ends, ...marks.map((mark) => mark.x.value), ...limits].filter((value) => value > 0);
  if (all.length === 0) return across === 'size' ? [1e5, 1e7] : [1, 100];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  // At least a factor of two, so that two marks of one class do not stand at both ends.
  const middle = Math.sqrt(low * high);
  // Ends on steps of a sixteenth of a decade: the axis moves when a mark would leave it, not with every measurement.
  const step = (value: number, round: (value: number) => number) => 10 ** (round(Math.log10(value) * 16) / 16);
  return [step(Math.min(low / 1.1, middle / 1.42), Math.floor), step(Math.max(high * 1.1, middle * 1.42), Math.ceil)];
}

// The front and the limits decide: a candidate that lost 60 points would press everything that matters into one line.
function rangeOfChanges(worth: readonly Mark[], classes: readonly ClassOverview[]): readonly [number, number] {
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
