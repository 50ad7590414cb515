import type { DeviceClassId } from '@fleetfit/core';
import { at } from '@fleetfit/numerics';
import type { Goal } from '../goal.ts';
import type { Answer, Trial } from '../history.ts';
import type { Readings } from './fit.ts';
import type { Row } from './rows.ts';
import type { WantedMetric } from './wanted.ts';

/** A candidate with its row. */
export interface SeenTrial {
  readonly trial: Trial;
  readonly row: Row;
}

/** How much accuracy there is to lose. */
export const losable = ({ original, chance = 0 }: Goal): number => Math.max(1e-3, (original?.accuracy ?? 1) - chance);

/**
 * What was read of one metric: of accuracy, over all classes (a model is as accurate everywhere, nearly); of a cost, on one class.
 * Losses as ln(-ln(1 - loss)) of the share of what can be lost (eq. 5).
 */
export function readingsOf(
  seen: readonly SeenTrial[],
  metric: WantedMetric,
  { goal, deviceClass }: { readonly goal: Goal; readonly deviceClass: DeviceClassId },
): Readings {
  const all = seen.flatMap(({ trial, row }) => {
    const read =
      metric === 'accuracy' ? lossOf([...trial.answers.values()], losable(goal)) : costOf(trial.answers.get(deviceClass), metric);
    return read ? [{ ...read, row }] : [];
  });
  return {
    rows: all.map(({ row }) => row),
    values: Float64Array.from(all, ({ value }) => value),
    variances: Float64Array.from(all, ({ variance }) => variance),
  };
}

interface Reading {
  readonly value: number;
  readonly variance: number;
}

const LEAST_LOSS = 1e-7;
const MOST_LOSS = 0.98;

/** A loss that is not above zero is one too small to see: half its standard error, and known badly. */
function lossOf(answers: readonly Answer[], most: number): Reading | undefined {
  const read = answers.flatMap(({ values, variances }) =>
    values?.drop === undefined ? [] : [{ drop: values.drop, variance: variances[0] }],
  );
  if (read.length === 0) return undefined;
  const drop = read.reduce((sum, each) => sum + each.drop, 0) / read.length / most;
  // Classes judge the same images, and so does the original: only part of the variance is the candidate's own.
  const error = Math.sqrt(OWN_VARIANCE * read.reduce((sum, each) => sum + each.variance, 0)) / read.length / most;
  const loss = Math.min(MOST_LOSS, Math.max(LEAST_LOSS, 0.5 * error, drop));
  const slope = 1 / ((1 - loss) * -Math.log1p(-loss));
  return { value: Math.log(-Math.log1p(-loss)), variance: Math.min(MOST_VARIANCE, (error * slope) ** 2) };
}

const OWN_VARIANCE = 0.5;
const MOST_VARIANCE = 4;

function costOf(answer: Answer | undefined, metric: Exclude<WantedMetric, 'accuracy'>): Reading | undefined {
  const value = answer?.values?.[metric];
  if (value === undefined || !(value > 0)) return undefined;
  return { value: Math.log(value), variance: metric === 'latency' ? Math.min(MOST_VARIANCE, answer?.variances[1] ?? 0) : 0 };
}

/** A metric in its own unit from what its model says. */
export function metricOf(metric: WantedMetric, logarithm: number, most: number): number {
  return metric === 'accuracy' ? -most * Math.expm1(-Math.exp(logarithm)) : Math.exp(logarithm);
}

/** By layer, over settings: how much less often what holds a cell came to anything than others did; 0 where all is well (eq. 15). */
export function doubtsOf(seen: readonly SeenTrial[], cells: number): Float64Array | undefined {
  const failed = seen.filter(({ trial }) => trial.state.kind === 'failed');
  const over = seen.filter(({ trial }) => trial.state.kind !== 'pending');
  if (failed.length === 0) return undefined;
  const usual = failed.length / over.length;
  const [bad, all] = [new Float64Array(cells), new Float64Array(cells)];
  for (const { trial, row } of over) {
    row.cells.forEach((cell, place) => {
      const index = place * CELLS + cell;
      if (cell < 0 || index >= cells) return;
      all[index] = at(all, index) + 1;
      if (trial.state.kind === 'failed') bad[index] = at(bad, index) + 1;
    });
  }
  return all.map((count, index) => {
    const rate = (at(bad, index) + 0.5 * usual) / (count + 0.5);
    return Math.min(3, Math.max(0, Math.log((1 - usual + 1e-3) / (1 - rate + 1e-3))));
  });
}

/** More cells than any role has: the index of a cell is place x CELLS + cell. */
export const CELLS = 128;
