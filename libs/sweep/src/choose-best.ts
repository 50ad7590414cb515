import type { CandidateId, DeviceClassId } from '@fleetfit/core';
import { paretoFront } from '@fleetfit/stats';
import { type ClassFigures, classFigures, limitsOf, looksWithin } from './figures.ts';
import { type CandidateState, isOverOn, ORIGINAL_ID, type SweepState } from './state.ts';

export interface Standing {
  readonly candidate: CandidateId;
  readonly state: CandidateState;
  readonly bytes: number;
  readonly figures: ClassFigures;
}

/** Every candidate that is measured on a class, the original included. */
export function standingsOn(state: SweepState, classId: DeviceClassId): Standing[] {
  const all: Standing[] = [];
  for (const candidate of state.candidates.values()) {
    if (candidate.made.kind !== 'made' || !isOverOn(state, candidate, classId)) continue;
    const figures = classFigures(state, candidate, { classId });
    if (figures) all.push({ candidate: candidate.id, state: candidate, bytes: candidate.made.bytes, figures });
  }
  return all;
}

/** Candidates that no other beats in accuracy and in latency (and size, where that is an objective), fastest first. */
export function frontOn(state: SweepState, classId: DeviceClassId): Standing[] {
  const objectives = state.setup.definition.objectives.map((objective) => (each: Standing) => cost(objective, each));
  return paretoFront(standingsOn(state, classId), objectives).sort((a, b) => a.figures.latencyMs.value - b.figures.latencyMs.value);
}

function cost(objective: string, { figures, bytes }: Standing): number {
  if (objective === 'accuracy') return -(figures.accuracy?.value ?? 0);
  if (objective === 'size') return bytes;
  if (objective === 'memory') return figures.memoryBytes ?? 0;
  return figures.latencyMs.value;
}

/** The candidate with the best guess of the smallest latency inside the limits. */
export function fastestInside(state: SweepState, classId: DeviceClassId): Standing | undefined {
  return insideOn(state, classId).sort((a, b) => timeOf(a).value - timeOf(b).value)[0];
}

function insideOn(state: SweepState, classId: DeviceClassId): Standing[] {
  const limits = limitsOf(state, classId);
  return standingsOn(state, classId).filter((each) => looksWithin(limits, each.figures, each.bytes));
}

/** Time as a multiple of the original's. That of the original is 1 and needs no interval: every candidate was measured against it, in turn. */
function timeOf({ candidate, figures: { speed } }: Standing): { readonly low: number; readonly value: number } {
  return candidate === ORIGINAL_ID ? { low: 1, value: 1 } : { low: 1 / speed.high, value: 1 / speed.value };
}

/** How much slower than the fastest, by the best guess, still counts as equally fast, however little the intervals say. */
const EQUALLY_FAST = 1.05;

/**
 * The one to ship on a class: the fastest inside the limits. Of those that are as fast as it within their intervals, and by their best guess
 * nearly so, the most accurate, then the smallest: a difference that was measured decides before one that was not.
 * The original stands as a candidate too: where nothing better keeps the limits, nothing is to be done.
 */
export function chooseBest(state: SweepState, classId: DeviceClassId): Standing | undefined {
  const inside = insideOn(state, classId);
  const fastest = fastestInside(state, classId);
  if (!fastest) return undefined;
  const limit = timeOf(fastest).value;
  const asFast = inside.filter((each) => {
    const { low, value } = timeOf(each);
    return low <= limit && value <= limit * EQUALLY_FAST;
  });
  const accuracy = (each: Standing): number => each.figures.accuracy?.value ?? 0;
  return asFast.sort((a, b) => accuracy(b) - accuracy(a) || a.bytes - b.bytes)[0];
}
