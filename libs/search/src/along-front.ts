import type { Rng } from '@fleetfit/core';
import { quantile } from '@fleetfit/stats';
import type { History } from './history.ts';
import type { Learner, Proposal } from './learning-sampler.ts';

const DIRECTIONS = 4;

/**
 * Makes a learner of one number look for a front: each part of a batch follows another direction (ParEGO, Knowles 2006). Along weights w
 * that are drawn anew, a candidate with objectives f, each scaled by how they spread so far, is worth max_i w_i f_i + 0.05 sum_i w_i f_i.
 * With one objective it changes nothing.
 */
export function alongFront(learner: Learner): Learner {
  return {
    ...learner,
    propose(history, count, rng) {
      const objectives = objectivesOf(history);
      if (objectives < 2) return learner.propose(history, count, rng);
      const directions = Math.min(DIRECTIONS, count);
      const each = Math.ceil(count / directions);
      const parts = Array.from({ length: directions }, () => learner.propose(seenAlong(history, weightsOf(objectives, rng)), each, rng));
      return interleaved(parts);
    },
  };
}

function objectivesOf({ trials, told }: History): number {
  const scored = told.map((index) => trials[index]?.state).find((state) => state?.kind === 'scored');
  return scored?.kind === 'scored' ? scored.objectives.length : 0;
}

/** Even on the simplex. */
function weightsOf(count: number, rng: Rng): number[] {
  const parts = Array.from({ length: count }, () => -Math.log(1 - rng.next()));
  const total = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => part / total);
}

/** The same history with the worth along the weights as score. */
function seenAlong({ trials, told }: History, weights: readonly number[]): History {
  const scales = weights.map((_, i) => {
    const values = trials.flatMap(({ state }) => (state.kind === 'scored' ? (state.objectives[i] ?? 0) : []));
    const low = Math.min(...values);
    return { low, width: quantile(values, 0.75) - low || 1 };
  });
  const worth = (objectives: readonly number[]): number => {
    const terms = weights.map((weight, i) => (weight * ((objectives[i] ?? 0) - (scales[i]?.low ?? 0))) / (scales[i]?.width ?? 1));
    return Math.max(...terms) + 0.05 * terms.reduce((sum, term) => sum + term, 0);
  };
  return {
    told,
    trials: trials.map((trial) =>
      trial.state.kind === 'scored' ? { ...trial, state: { ...trial.state, score: worth(trial.state.objectives) } } : trial,
    ),
  };
}

/** The first of every part, then the second of every part. */
function interleaved(parts: readonly (readonly Proposal[])[]): Proposal[] {
  const longest = Math.max(...parts.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => parts.flatMap((part) => part[i] ?? [])).flat();
}
