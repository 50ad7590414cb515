import type { DeviceClassId, MetricName } from '@fleetfit/core';
import { at } from '@fleetfit/numerics';
import { DROP_FLOOR, type Goal, type Limits } from '../goal.ts';

/** A metric that a goal speaks of. */
export type WantedMetric = Exclude<MetricName, 'score'>;

/** Metrics of the objectives and the limits, accuracy first. */
export function wantedMetrics({ objectives, limits = {}, classLimits = {} }: Goal): WantedMetric[] {
  const all = [limits, ...Object.values(classLimits)];
  const limited = (name: keyof Limits): boolean => all.some((each) => each[name] !== undefined);
  return (['accuracy', 'latency', 'size', 'memory'] as const).filter(
    (name) => objectives.includes(name) || limited(name === 'accuracy' ? 'accuracyDrop' : name),
  );
}

/** Limits of one class. */
const limitsFor = (goal: Goal, deviceClass: DeviceClassId): Limits => ({ ...goal.limits, ...goal.classLimits?.[deviceClass] });

/** The objectives of a candidate on a class, each with the penalty added, as `objectivesOf` has them: fast, for inner loops. */
export interface Wanted {
  /** One number from metrics in the order of `metrics`; with more objectives, along a direction. */
  score(values: Float64Array): number;
  objectives(values: Float64Array): number[];
}

/** How wide each objective is: what is between the worst that matters and the best, in powers of ten. */
const RANGES: Readonly<Record<WantedMetric, number>> = { accuracy: 3, latency: 1.5, size: 1.5, memory: 1.5 };

/** `befores`: each metric of the original, by which costs are divided. `direction`: weights of the objectives, where there are several. */
export function wantedOf(
  goal: Goal,
  {
    metrics,
    befores,
    deviceClass,
  }: { readonly metrics: readonly WantedMetric[]; readonly befores: readonly number[]; readonly deviceClass: DeviceClassId },
  direction?: readonly number[],
): Wanted {
  const limits = limitsFor(goal, deviceClass);
  const bounds = metrics.map((name) =>
    name === 'accuracy' ? (limits.accuracyDrop ?? Number.POSITIVE_INFINITY) + DROP_FLOOR : (limits[name] ?? Number.POSITIVE_INFINITY),
  );
  const losses = metrics.map((name) => name === 'accuracy');
  const penalty = (values: Float64Array): number => {
    let product = 1;
    for (let m = 0; m < bounds.length; m++) {
      const value = losses[m] ? DROP_FLOOR + Math.max(0, at(values, m)) : at(values, m);
      const over = value / (bounds[m] ?? 1);
      if (over > 1) product *= over;
    }
    return product > 1 ? 4 * Math.log2(product) : 0;
  };
  const places = goal.objectives.map((name) => metrics.findIndex((metric) => metric === name));
  const costOf = (values: Float64Array, m: number): number =>
    losses[m] ? Math.log10(DROP_FLOOR + Math.max(0, at(values, m))) : Math.log10(Math.max(at(values, m), 1e-300) / (befores[m] ?? 1));
  const objectives = (values: Float64Array): number[] => {
    const paid = penalty(values);
    return places.map((m) => costOf(values, m) + paid);
  };
  if (places.length === 1 || !direction) {
    const score = (values: Float64Array): number => {
      let sum = penalty(values);
      for (const m of places) sum += costOf(values, m);
      return sum;
    };
    return { score, objectives };
  }
  const weights = places.map((m, o) => Math.max(1e-3, direction[o] ?? 1) * RANGES[metrics[m] ?? 'latency']);
  return { score: (values) => alongDirection(objectives(values), weights), objectives };
}

/** Hypervolume scalarisation (Golovin and Zhang 2020) from the origin, with a little of the sum so that ties are settled (eq. 14). */
function alongDirection(objectives: readonly number[], weights: readonly number[]): number {
  let [least, sum] = [Number.POSITIVE_INFINITY, 0];
  objectives.forEach((objective, o) => {
    const gain = -objective / (weights[o] ?? 1);
    least = Math.min(least, gain);
    sum += gain;
  });
  return -least - 0.02 * sum;
}
