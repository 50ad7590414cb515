import type { Goal, Limits } from '@fleetfit/search';
import type { Constraints } from '@fleetfit/space';
import { classFigures, usualControlMs } from './figures.ts';
import { ORIGINAL_ID, type SweepState } from './state.ts';

/** What a sweep wants, as its sampler hears it: objectives, limits, and what the original was found to be so far. */
export function goalOf(state: SweepState): Goal {
  const { definition, model, classes } = state.setup;
  const original = state.candidates.get(ORIGINAL_ID);
  const known = classes.flatMap(({ id }) => {
    const figures = original && classFigures(state, original, { classId: id });
    return figures ? [{ id, accuracy: figures.accuracy?.value, latency: usualControlMs(state, id) }] : [];
  });
  const accuracies = known.flatMap(({ accuracy }) => accuracy ?? []);
  const labels = new Set(state.prepared.get('validation')?.labels);
  return {
    objectives: definition.objectives,
    limits: asLimits(definition.constraints),
    classLimits: Object.fromEntries(Object.entries(definition.classConstraints).map(([id, limits]) => [id, asLimits(limits)])),
    original: {
      size: model.bytes,
      latency: Object.fromEntries(known.map(({ id, latency }) => [id, latency])),
      ...(accuracies.length > 0 && { accuracy: accuracies.reduce((sum, each) => sum + each, 0) / accuracies.length }),
    },
    ...(labels.size > 1 && { chance: 1 / labels.size }),
  };
}

function asLimits({ accuracyDropPoints, latencyMs, sizeBytes }: Constraints): Limits {
  return {
    ...(accuracyDropPoints !== undefined && { accuracyDrop: accuracyDropPoints / 100 }),
    ...(latencyMs !== undefined && { latency: latencyMs }),
    ...(sizeBytes !== undefined && { size: sizeBytes }),
  };
}
