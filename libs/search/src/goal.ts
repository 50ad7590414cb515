import type { DeviceClassId, MetricName } from '@fleetfit/core';

/** What must hold. A candidate outside is still information: samplers see by how much it misses. */
export interface Limits {
  /** Largest loss of accuracy against the original, as a fraction: 0.01 is one point. */
  readonly accuracyDrop?: number;
  /** In ms. */
  readonly latency?: number;
  /** In bytes. */
  readonly size?: number;
  /** In bytes. */
  readonly memory?: number;
}

/** What the model was before anything was done to it. */
export interface Original {
  /** A fraction in 0..1. */
  readonly accuracy?: number;
  /** In ms, by device class. */
  readonly latency?: Readonly<Record<string, number>>;
  /** In bytes. */
  readonly size?: number;
  /** In bytes. */
  readonly memory?: number;
}

/** What is wanted, and what is known before anything is measured. Plain data: it goes to a worker and into a store. */
export interface Goal {
  /** One: the best is looked for. More: the front. `['score']`: one number is made small and nothing else is known. */
  readonly objectives: readonly MetricName[];
  readonly limits?: Limits;
  /** Limits of single classes, which stand over `limits`. */
  readonly classLimits?: Readonly<Record<string, Limits>>;
  readonly original?: Original;
  /** Accuracy of guessing: no model falls further. 1 / classes for a classifier; 0 where absent. */
  readonly chance?: number;
}

/** The numbers of one candidate on one class. `drop` is the loss of accuracy as a fraction; negative: it gained. */
export interface Values {
  readonly drop?: number;
  /** In ms. */
  readonly latency?: number;
  /** In bytes. */
  readonly size?: number;
  /** In bytes. */
  readonly memory?: number;
  readonly score?: number;
}

/** Losses of accuracy far below this (0.1 points) are all the same: no validation split could tell them apart. */
export const DROP_FLOOR = 1e-3;

const WEIGHT = 4;

/** What a candidate pays for its limits: 0 inside all of them, then 4 for each factor of two outside; a value that is missing costs nothing. */
export function penaltyOf(goal: Goal, values: Values, deviceClass?: DeviceClassId): number {
  const limits = { ...goal.limits, ...(deviceClass && goal.classLimits?.[deviceClass]) };
  return (
    excess(values.latency, limits.latency) +
    excess(values.size, limits.size) +
    excess(values.memory, limits.memory) +
    (limits.accuracyDrop === undefined ? 0 : excess(floored(values.drop), DROP_FLOOR + limits.accuracyDrop))
  );
}

/** Each objective as a number that is better when smaller (log10 of the loss of accuracy, of the share of the original), with the penalty added. */
export function objectivesOf(goal: Goal, values: Values, deviceClass?: DeviceClassId): readonly number[] {
  const penalty = penaltyOf(goal, values, deviceClass);
  return goal.objectives.map((name) => costOf(name, { goal, values, deviceClass }) + penalty);
}

/** One number for samplers that know only one: all objectives added, and the penalty once. Better when smaller; NaN where a value is missing. */
export function scalarOf(goal: Goal, values: Values, deviceClass?: DeviceClassId): number {
  const costs = goal.objectives.map((name) => costOf(name, { goal, values, deviceClass }));
  return costs.reduce((sum, cost) => sum + cost, penaltyOf(goal, values, deviceClass));
}

interface Valued {
  readonly goal: Goal;
  readonly values: Values;
  readonly deviceClass: DeviceClassId | undefined;
}

function costOf(name: MetricName, { goal: { original }, values, deviceClass }: Valued): number {
  if (name === 'score') return values.score ?? Number.NaN;
  if (name === 'accuracy') return Math.log10(floored(values.drop) ?? Number.NaN);
  const before = name === 'latency' ? deviceClass && original?.latency?.[deviceClass] : original?.[name];
  return Math.log10((values[name] ?? Number.NaN) / (before ?? 1));
}

const excess = (value: number | undefined, limit: number | undefined): number =>
  value === undefined || limit === undefined ? 0 : WEIGHT * Math.log2(Math.max(1, value / limit));

const floored = (drop: number | undefined): number | undefined => (drop === undefined ? undefined : DROP_FLOOR + Math.max(0, drop));
