import type { CandidateId, DeviceClassId } from '@fleetfit/core';
import { paretoFront } from '@fleetfit/stats';
import { type ClassFigures, classFigures, limitsOf, looksWithin, withinLimits } from './figures.ts';
import { type CandidateState, isOverOn, ORIGINAL_ID, type SweepState } from './state.ts';

export interface Standing {
  readonly candidate: CandidateId;
  readonly state: CandidateState;
  readonly bytes: number;
  readonly figures: ClassFigures;
}

const standings = new WeakMap<SweepState['candidates'], Map<DeviceClassId, readonly Standing[]>>();

/** Every candidate that is measured on a class, the original included. */
export function standingsOn(state: SweepState, classId: DeviceClassId): readonly Standing[] {
  const known = standings.get(state.candidates) ?? new Map<DeviceClassId, readonly Standing[]>();
  const found = known.get(classId) ?? findStandings(state, classId);
  standings.set(state.candidates, known.set(classId, found));
  return found;
}

function findStandings(state: SweepState, classId: DeviceClassId): Standing[] {
  const all: Standing[] = [];
  for (const candidate of state.candidates.values()) {
    if (candidate.made.kind !== 'made' || !isOverOn(state, candidate, classId)) continue;
    const figures = classFigures(state, candidate, { classId });
    if (figures) all.push({ candidate: candidate.id, state: candidate, bytes: candidate.made.bytes, figures });
  }
  return all;
}

/** Candidates that no other beats in the objectives of the sweep, or in those given; fastest first. */
export function frontOn(
  state: SweepState,
  classId: DeviceClassId,
  wanted: readonly string[] = state.setup.definition.objectives,
): Standing[] {
  const objectives = wanted.map((objective) => (each: Standing) => cost(objective, each));
  return paretoFront(standingsOn(state, classId), objectives).sort((a, b) => a.figures.latencyMs.value - b.figures.latencyMs.value);
}

function cost(objective: string, { figures, bytes }: Standing): number {
  if (objective === 'accuracy') return -(figures.accuracy?.value ?? 0);
  if (objective === 'size') return bytes;
  if (objective === 'memory') return figures.memoryBytes ?? 0;
  return figures.latencyMs.value;
}

/** What a sweep makes small once the limits hold: the first of its objectives that is not accuracy. */
export type Aim = 'latency' | 'size' | 'memory';

export function aimOf(state: SweepState): Aim {
  return state.setup.definition.objectives.find((each) => each !== 'accuracy') ?? 'latency';
}

/** The candidate that by the best guess is first inside the limits: the fastest, or the smallest where that is the aim. */
export function fastestInside(state: SweepState, classId: DeviceClassId): Standing | undefined {
  const need = needIn(state, classId);
  return insideOn(state, classId).sort((a, b) => need(a).value - need(b).value)[0];
}

function insideOn(state: SweepState, classId: DeviceClassId): Standing[] {
  const limits = limitsOf(state, classId);
  return standingsOn(state, classId).filter((each) => looksWithin(limits, each.figures, each.bytes));
}

/** What a candidate needs as a multiple of the original's: time, bytes or memory. */
interface Need {
  readonly low: number;
  readonly value: number;
  readonly high: number;
}

// That of the original is 1 and has no interval: every candidate was measured against it, in turn.
function needIn(state: SweepState, classId: DeviceClassId): (of: Standing) => Need {
  const original = standingsOn(state, classId).find((each) => each.candidate === ORIGINAL_ID);
  const aim = aimOf(state);
  const exact = (value: number): Need => ({ low: value, value, high: value });
  return (of) => {
    if (of.candidate === ORIGINAL_ID) return exact(1);
    if (aim === 'size') return exact(of.bytes / (original?.bytes ?? of.bytes));
    if (aim === 'memory') return exact((of.figures.memoryBytes ?? Number.NaN) / (original?.figures.memoryBytes ?? Number.NaN) || 1);
    const { speed } = of.figures;
    return { low: 1 / speed.high, value: 1 / speed.value, high: 1 / speed.low };
  };
}

/** How much more than the first one needs, by the best guess, still counts as equally good, however little the intervals say. */
const EQUALLY_GOOD = 1.05;
/** How much more a candidate may need that is sure to keep the limits, before one that only seems to is taken instead. */
const WORTH_BEING_SURE = 1.25;

/**
 * The one to ship on a class, by rules in this order:
 *
 * 1. By the best guess it keeps the limits, and needs no more than the original does where that keeps them too.
 * 2. Those that were shown to need less than the original (their interval says so) stand before all others.
 * 3. Of these the first; of those that are as good within their intervals, and by their best guess nearly so, the most accurate, then the
 *    smallest: a difference that was measured decides before one that was not.
 * 4. If it only seems to keep a limit and another is sure to, for at most a quarter more, that other.
 *
 * The original stands as a candidate too: where nothing better keeps the limits, nothing is to be done. What rules 2 and 4 leave open
 * is said beside the answer.
 */
export function chooseBest(state: SweepState, classId: DeviceClassId): Standing | undefined {
  const need = needIn(state, classId);
  const inside = insideOn(state, classId);
  const originalKeeps = inside.some((each) => each.candidate === ORIGINAL_ID);
  const fit = inside.filter((each) => !originalKeeps || need(each).value <= 1);
  const shown = fit.filter((each) => need(each).high < 1);
  const pool = shown.length > 0 ? shown : fit;
  const [first] = [...pool].sort((a, b) => need(a).value - need(b).value);
  if (!first) return undefined;
  const most = need(first).value;
  const asGood = pool.filter((each) => need(each).low <= most && need(each).value <= most * EQUALLY_GOOD);
  const accuracy = (each: Standing): number => each.figures.accuracy?.value ?? 0;
  const [best = first] = asGood.sort((a, b) => accuracy(b) - accuracy(a) || a.bytes - b.bytes);
  return isSure(state, classId, best) ? best : (surest(pool) ?? best);

  function surest(among: readonly Standing[]): Standing | undefined {
    const sure = among.filter(
      (each) => each.candidate !== ORIGINAL_ID && isSure(state, classId, each) && need(each).value <= need(best).value * WORTH_BEING_SURE,
    );
    return sure.sort((a, b) => need(a).value - need(b).value)[0];
  }
}

/** Whether every limit of the class is sure to hold. */
function isSure(state: SweepState, classId: DeviceClassId, { figures, bytes }: Standing): boolean {
  return withinLimits(limitsOf(state, classId), figures, bytes) === 'yes';
}
