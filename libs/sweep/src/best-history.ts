import type { DeviceClassId } from '@fleetfit/core';
import { aimOf, standingsOn } from './choose-best.ts';
import { limitsOf, looksWithin } from './figures.ts';
import type { BestStep } from './overview-views.ts';
import type { SweepState } from './state.ts';

/** Each candidate that was the best when it came: inside the limits by its best guess, and needing less than all before it. In the order of asking. */
export function bestHistory(state: SweepState, classId: DeviceClassId): BestStep[] {
  const limits = limitsOf(state, classId);
  const aim = aimOf(state);
  const order = new Map([...state.candidates.keys()].map((id, at) => [id, at]));
  const steps: BestStep[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const { candidate, figures, bytes } of standingsOn(state, classId)) {
    const need = aim === 'size' ? bytes : aim === 'memory' ? (figures.memoryBytes ?? Number.NaN) : figures.latencyMs.value;
    if (!(need < least) || !looksWithin(limits, figures, bytes)) continue;
    least = need;
    const changePoints = figures.accuracyChange?.value ?? 0;
    steps.push({ index: order.get(candidate) ?? 0, candidate, latencyMs: figures.latencyMs.value, changePoints, bytes });
  }
  return steps;
}
