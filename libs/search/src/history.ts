import type { DeviceClassId, Metrics, Outcome } from '@fleetfit/core';
import type { Levels } from './encoded-space.ts';
import { type Goal, objectivesOf, scalarOf, type Values } from './goal.ts';
import type { Json, Told } from './sampler.ts';

/** A candidate that was asked for or told of. */
export interface Trial {
  readonly levels: Levels;
  readonly text: string;
  /** What its learner wanted to remember of it, such as where it was drawn. */
  readonly note: Json;
  /** Whether this sampler asked for it. */
  readonly asked: boolean;
  readonly state: TrialState;
  /** What each class said. */
  readonly answers: ReadonlyMap<DeviceClassId, Answer>;
}

type TrialState =
  | { readonly kind: 'pending' }
  /** Nothing will be known of it: refused or failed everywhere it was tried. */
  | { readonly kind: 'failed' }
  /** One number and one for each objective, better when smaller, averaged over the classes that were told. */
  | { readonly kind: 'scored'; readonly score: number; readonly objectives: readonly number[] };

/** All that a learner may know, in the order in which it came. */
export interface History {
  readonly trials: readonly Trial[];
  /** Numbers of trials in the order in which they were first told. */
  readonly told: readonly number[];
}

/** What one class said of a trial, in short; `values` null: refused or failed. */
export interface Answer {
  readonly values: Values | null;
  /** Share of what could be spent: a reading that cost more stands over one that cost less. */
  readonly spent: number;
  /** Variances of the accuracy, as a fraction, and of the latency, relative to it; 0: not known. */
  readonly variances: readonly [accuracy: number, latency: number];
}

/** The answer that an outcome gives. */
export function answerOf({ outcome, fidelity }: Told, goal: Goal): Answer {
  return { values: valuesOf(outcome, goal), spent: fidelity.images * fidelity.runs * fidelity.epochs, variances: variancesOf(outcome) };
}

function variancesOf(outcome: Outcome): readonly [number, number] {
  if (!('metrics' in outcome)) return [0, 0];
  const { accuracy, latency } = outcome.metrics;
  return [accuracy?.variance ?? 0, latency && latency.value > 0 ? latency.variance / latency.value ** 2 : 0];
}

function valuesOf(outcome: Outcome, goal: Goal): Values | null {
  switch (outcome.kind) {
    case 'measured':
    case 'infeasible':
      return valuesOfMetrics(outcome.metrics, goal);
    default:
      return null;
  }
}

function valuesOfMetrics({ accuracy, latency, size, memory, score }: Metrics, goal: Goal): Values {
  return {
    ...(accuracy && { drop: (goal.original?.accuracy ?? 1) - accuracy.value }),
    ...(latency && { latency: latency.value }),
    ...(size && { size: size.value }),
    ...(memory && { memory: memory.value }),
    ...(score && { score: score.value }),
  };
}

/** What the answers of all classes make of a trial. A class where it failed weighs nothing beside one where it did not. */
export function stateOf(answers: ReadonlyMap<DeviceClassId, Answer>, goal: Goal): TrialState {
  const rows = [...answers].flatMap(([deviceClass, { values }]) => {
    if (!values) return [];
    const score = scalarOf(goal, values, deviceClass);
    return Number.isFinite(score) ? [{ score, objectives: objectivesOf(goal, values, deviceClass) }] : [];
  });
  if (rows.length === 0) return { kind: answers.size > 0 ? 'failed' : 'pending' };
  const mean = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  return {
    kind: 'scored',
    score: mean((row) => row.score),
    objectives: goal.objectives.map((_, i) => mean((row) => row.objectives[i] ?? 0)),
  };
}
