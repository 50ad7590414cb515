import type { DeviceClassId, Estimate } from '@fleetfit/core';
import type { Constraints } from '@fleetfit/space';
import { pairedDifferenceInterval, proportionInterval } from '@fleetfit/stats';
import type { Figures } from './events.ts';
import { type CandidateState, ORIGINAL_ID, type SweepState } from './state.ts';
import type { CandidateOnClass, Change } from './views.ts';

/** What is known of a candidate on a class, shares of all its devices together. */
export interface ClassFigures {
  /** p50 on the class, ms: the ratio to the original times the class's usual time of the original. */
  readonly latencyMs: Estimate;
  /** Times as fast as the original; above 1 is faster. */
  readonly speed: Change;
  /** Fraction right; undefined without images. */
  readonly accuracy: Estimate | undefined;
  /** Points against the original on the same images. */
  readonly accuracyChange: Change | undefined;
  readonly memoryBytes: number | undefined;
  readonly blocks: number;
}

type Where = 'shares' | 'judged';

/** What the shares of a candidate on a class say by themselves; its latency also needs the usual time of the original. */
interface OwnFigures extends Omit<ClassFigures, 'latencyMs'> {
  readonly ratio: Change;
  readonly p95: Change;
}

/** Figures of a candidate on a class, from the shares that are there; undefined while there is none. */
export function classFigures(
  state: SweepState,
  candidate: CandidateState,
  at: { readonly classId: DeviceClassId; readonly where?: Where },
): ClassFigures | undefined {
  const found = ownFigures(state, candidate, { classId: at.classId, where: at.where ?? 'shares' });
  if (!found) return undefined;
  const { ratio, p95: _, ...own } = found;
  const usual = usualControlMs(state, at.classId);
  const half = ((ratio.high - ratio.low) * usual) / 3.92;
  const latency = { value: ratio.value * usual, low: ratio.low * usual, high: ratio.high * usual };
  return { ...own, latencyMs: { ...latency, variance: half ** 2, count: own.blocks } };
}

/** 95th percentile of one image, ms: as much over the median as the devices found it. */
export function slowMs(state: SweepState, candidate: CandidateState, classId: DeviceClassId): Change | undefined {
  return ownFigures(state, candidate, { classId, where: 'shares' })?.p95;
}

interface Kept {
  readonly original: unknown;
  readonly found: OwnFigures | undefined;
}

// Candidates never change, they are replaced: what was found of one stays true as long as it and the original's shares are the same.
const kept = new WeakMap<CandidateState, Map<string, Kept>>();

function ownFigures(
  state: SweepState,
  candidate: CandidateState,
  { classId, where }: { readonly classId: DeviceClassId; readonly where: Where },
): OwnFigures | undefined {
  const original = state.candidates.get(ORIGINAL_ID);
  const against = original?.[where].get(classId);
  const known = kept.get(candidate) ?? new Map<string, Kept>();
  const before = known.get(where + classId);
  if (before && before.original === against) return before.found;
  const found = findFigures(doneShares(candidate, classId, where), {
    original: original && candidate.id !== ORIGINAL_ID ? doneShares(original, classId, where) : undefined,
  });
  kept.set(candidate, known.set(where + classId, { original: against, found }));
  return found;
}

function findFigures(
  shares: ReadonlyMap<number, Figures>,
  { original }: { readonly original: ReadonlyMap<number, Figures> | undefined },
): OwnFigures | undefined {
  if (shares.size === 0) return undefined;
  const all = [...shares.values()];
  const ratio = pooledRatio(all);
  return {
    ratio,
    p95: middleOf(all.map(({ p95Ms }) => p95Ms)),
    speed: { value: 1 / ratio.value, low: 1 / ratio.high, high: 1 / ratio.low },
    accuracy: accuracyOf(all),
    accuracyChange: original && changeBetween(original, shares),
    memoryBytes: Math.max(...all.map((each) => each.memoryBytes)) || undefined,
    blocks: all.reduce((sum, each) => sum + each.blocks, 0),
  };
}

/** Shares of a candidate on a class that are measured, by their number. */
export function doneShares(candidate: CandidateState, classId: DeviceClassId, where: Where): Map<number, Figures> {
  const done = new Map<number, Figures>();
  for (const [share, state] of candidate[where].get(classId) ?? []) if (state.kind === 'done') done.set(share, state.figures);
  return done;
}

/** Geometric mean over devices; each device's own interval, narrowed as independent ones are. */
function pooledRatio(all: readonly Figures[]): Change {
  const logs = all.map(({ ratio }) => ({ value: Math.log(ratio.value), half: (Math.log(ratio.high) - Math.log(ratio.low)) / 2 }));
  const mean = logs.reduce((sum, each) => sum + each.value, 0) / logs.length;
  const half = Math.sqrt(logs.reduce((sum, each) => sum + each.half ** 2, 0)) / logs.length;
  return { value: Math.exp(mean), low: Math.exp(mean - half), high: Math.exp(mean + half) };
}

const usual = new WeakMap<SweepState['candidates'], Map<DeviceClassId, number>>();

/** The median time of the original over every attempt on the class: drift of a device and of the hour cancels. */
export function usualControlMs(state: SweepState, classId: DeviceClassId): number {
  const known = usual.get(state.candidates) ?? new Map<DeviceClassId, number>();
  const found = known.get(classId) ?? findUsualControlMs(state, classId);
  usual.set(state.candidates, known.set(classId, found));
  return found;
}

function findUsualControlMs(state: SweepState, classId: DeviceClassId): number {
  const times = [...state.candidates.values()]
    .flatMap((each) => [...doneShares(each, classId, 'shares').values()].map(({ controlP50Ms }) => controlP50Ms))
    .sort((a, b) => a - b);
  const middle = times.length >> 1;
  return times.length % 2 === 1 ? (times[middle] ?? 0) : ((times[middle - 1] ?? 0) + (times[middle] ?? 0)) / 2;
}

function accuracyOf(all: readonly Figures[]): Estimate | undefined {
  const answers = all.map(({ top1 }) => top1).join('');
  if (answers.length === 0) return undefined;
  const right = answers.replaceAll('0', '').length;
  const value = right / answers.length;
  const { low, high } = proportionInterval(right, answers.length);
  return { value, low, high, variance: (value * (1 - value)) / answers.length, count: answers.length };
}

/** The same figure of several devices in one: the mean of each end. */
function middleOf(all: readonly Change[]): Change {
  const mean = (end: keyof Change): number => all.reduce((sum, each) => sum + each[end], 0) / all.length;
  return { value: mean('value'), low: mean('low'), high: mean('high') };
}

/** Points by which the second is more accurate than the first. Only images that both have answered count. */
export function changeBetween(original: ReadonlyMap<number, Figures>, candidate: ReadonlyMap<number, Figures>): Change | undefined {
  let [lost, won, count] = [0, 0, 0];
  for (const [share, { top1 }] of candidate) {
    const before = original.get(share)?.top1;
    if (before === undefined) continue;
    for (let image = 0; image < top1.length; image++) {
      count++;
      if (before[image] === '1' && top1[image] === '0') lost++;
      if (before[image] === '0' && top1[image] === '1') won++;
    }
  }
  if (count === 0) return undefined;
  const { value, low, high } = pairedDifferenceInterval({ lost, won, count });
  return { value: 100 * value, low: 100 * low, high: 100 * high };
}

/** The limits of a class: its own stand over those of the sweep. */
export function limitsOf(state: SweepState, classId: DeviceClassId): Constraints {
  const { constraints, classConstraints } = state.setup.definition;
  return { ...constraints, ...classConstraints[classId] };
}

/** Whether figures keep the limits: surely, surely not, or not to be said yet. */
export function withinLimits(
  limits: Constraints,
  figures: ClassFigures,
  bytes: number | undefined,
): NonNullable<CandidateOnClass['withinLimits']> {
  const verdicts: ('yes' | 'no' | 'unclear')[] = ['yes'];
  if (limits.latencyMs !== undefined) verdicts.push(below(figures.latencyMs, limits.latencyMs));
  const change = figures.accuracyChange;
  if (limits.accuracyDropPoints !== undefined && change)
    verdicts.push(below({ low: -change.high, high: -change.low }, limits.accuracyDropPoints));
  if (limits.sizeBytes !== undefined && bytes !== undefined) verdicts.push(bytes <= limits.sizeBytes ? 'yes' : 'no');
  return verdicts.includes('no') ? 'no' : verdicts.includes('unclear') ? 'unclear' : 'yes';
}

const below = ({ low, high }: { low: number; high: number }, limit: number): 'yes' | 'no' | 'unclear' =>
  high <= limit ? 'yes' : low > limit ? 'no' : 'unclear';

/** Whether the best guess keeps the limits, whatever the interval. */
export function looksWithin(limits: Constraints, figures: ClassFigures, bytes: number | undefined): boolean {
  if (limits.latencyMs !== undefined && figures.latencyMs.value > limits.latencyMs) return false;
  if (limits.accuracyDropPoints !== undefined && -(figures.accuracyChange?.value ?? 0) > limits.accuracyDropPoints) return false;
  return limits.sizeBytes === undefined || bytes === undefined || bytes <= limits.sizeBytes;
}

/** Half-width of the ratio within which two speeds are called the same, once the interval lies inside it. */
const SAME_SPEED = 0.03;

/** "Faster" only if the interval of the ratio excludes 1; "no difference" only if it lies around 1 narrowly. */
export function speedVerdict({ low, high }: Change): NonNullable<CandidateOnClass['verdict']> {
  if (low > 1) return 'faster';
  if (high < 1) return 'slower';
  return low > 1 - SAME_SPEED && high < 1 + SAME_SPEED ? 'no difference' : 'undecided';
}
