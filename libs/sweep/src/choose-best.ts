import type { CandidateId, DeviceClassId } from '@fleetfit/core';
import { paretoFront } from '@fleetfit/stats';
import { type ClassFigures, classFigures, limitsOf, looksWithin } from './figures.ts';
import { type CandidateState, isOverOn, type SweepState } from './state.ts';

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

/** The candidate with the smallest latency inside the limits, its interval not looked at. */
export function fastestInside(state: SweepState, classId: DeviceClassId): Standing | undefined {
  return insideOn(state, classId).sort((a, b) => a.figures.latencyMs.value - b.figures.latencyMs.value)[0];
}

function insideOn(state: SweepState, classId: DeviceClassId): Standing[] {
  const limits = limitsOf(state, classId);
  return standingsOn(state, classId).filter((each) => looksWithin(limits, each.figures, each.bytes));
}

/**
 * The one to ship on a class: the fastest inside the limits. Of those that are as fast as it within their intervals the most accurate, then the
 * smallest: a difference that was measured decides before one that was not.
 * The original stands as a candidate too: where nothing better keeps the limits, nothing is to be done.
 */
export function chooseBest(state: SweepState, classId: DeviceClassId): Standing | undefined {
  const inside = insideOn(state, classId);
  const fastest = fastestInside(state, classId);
  if (!fastest) return undefined;
  const asFast = inside.filter((each) => each.figures.latencyMs.low <= fastest.figures.latencyMs.value);
  const accuracy = (each: Standing): number => each.figures.accuracy?.value ?? 0;
  return asFast.sort((a, b) => accuracy(b) - accuracy(a) || a.bytes - b.bytes)[0];
}
