import type { DeviceClassId, Metrics, Outcome } from '@fleetfit/core';
import { FULL_FIDELITY, type Told } from '@fleetfit/search';
import { type ClassFigures, classFigures, limitsOf, withinLimits } from './figures.ts';
import { type CandidateState, isOverOn, ORIGINAL_ID, type SweepState } from './state.ts';

/** Everything a sampler can be told of a sweep so far. Telling it again is fine: samplers take what they know already as the same. */
export function toldOf(state: SweepState): Told[] {
  const told: Told[] = [];
  for (const candidate of state.candidates.values()) {
    if (candidate.id === ORIGINAL_ID) continue;
    for (const { id } of state.setup.classes) {
      const outcome = outcomeOn(state, candidate, id);
      if (outcome) told.push({ recipe: candidate.recipe, deviceClass: id, outcome, fidelity: FULL_FIDELITY });
    }
  }
  return told;
}

function outcomeOn(state: SweepState, candidate: CandidateState, classId: DeviceClassId): Outcome | undefined {
  const { made } = candidate;
  if (made.kind === 'asked') return undefined;
  if (made.kind !== 'made') return made.kind === 'refused' ? { kind: 'refused', why: made.why } : { kind: 'failed', why: made.why };
  if (!isOverOn(state, candidate, classId)) return undefined;
  const figures = classFigures(state, candidate, { classId });
  if (!figures) return { kind: 'failed', why: 'no device of the class could measure it' };
  const metrics = metricsOf(figures, made.bytes);
  if (withinLimits(limitsOf(state, classId), figures, made.bytes) === 'no')
    return { kind: 'infeasible', why: 'outside a limit of the class', metrics };
  return { kind: 'measured', metrics };
}

function metricsOf(figures: ClassFigures, bytes: number): Metrics {
  return {
    latency: figures.latencyMs,
    size: exactly(bytes),
    ...(figures.accuracy && { accuracy: figures.accuracy }),
    ...(figures.memoryBytes !== undefined && { memory: exactly(figures.memoryBytes) }),
  };
}

const exactly = (value: number) => ({ value, low: value, high: value, variance: 0, count: 1 });
