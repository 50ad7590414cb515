import type { Rng } from '@fleetfit/core';
import { alongFront } from './along-front.ts';
import type { Axis, Levels } from './encoded-space.ts';
import { fitGp, type GpModel } from './gp-model.ts';
import type { History } from './history.ts';
import { type Learner, learningSampler, type Study } from './learning-sampler.ts';
import { otherLevel } from './nsga2.ts';
import type { MakeSampler } from './sampler.ts';

/**
 * Bayesian optimization with a Gaussian process over mixed knobs (`gp-model.ts`), within a trust region of a number of changed knobs around
 * the best (Wan, Nguyen, Ha, Ru, Lu and Osborne, ICML 2021). Scores are turned into normal scores first, so that penalties of any size do
 * no harm. A batch is chosen one by one by expected improvement, each choice taken as known to be as expected (the kriging believer), and
 * so are candidates under way.
 */
export const makeGp: MakeSampler = (options) =>
  learningSampler({ name: 'gp', options, makeLearner: (study) => alongFront(makeLearner(study)) });

const START = 16;
/** More told candidates than this are thinned out: the best and the latest stay. */
const MOST = 400;
const POOL = 300;

function makeLearner({ space: { axes, canonical } }: Study): Learner {
  return {
    start: START,
    propose(history, count, rng) {
      const known = knownOf(history);
      if (known.points.length < 2) return [];
      const pending = history.trials.filter(({ state }) => state.kind === 'pending').map(({ levels }) => levels);
      const model = fitGp(axes, known, pending.slice(-64));
      const taken = new Set(history.trials.map(({ levels }) => levels.join()));
      const pool = poolOf({ axes, model, radius: radiusOf(history, axes.length), rng })
        .map(canonical)
        .filter((levels) => !taken.has(levels.join()) && taken.add(levels.join()));
      return chosen(model, pool, count).map((levels) => ({ levels }));
    },
  };
}

interface Known {
  readonly points: readonly Levels[];
  /** Normal scores: 0 in the middle, below 0 is better. Failures are as bad as the worst. */
  readonly values: readonly number[];
}

function knownOf({ trials, told }: History): Known {
  const rows = told.flatMap((index, order) => {
    const trial = trials[index];
    if (!trial || trial.state.kind === 'pending') return [];
    return [{ levels: trial.levels, order, score: trial.state.kind === 'scored' ? trial.state.score : Number.POSITIVE_INFINITY }];
  });
  const ranked = rows.sort((a, b) => a.score - b.score);
  const values = normalScores(ranked.map(({ score }) => score));
  const scored = ranked.map((row, rank) => ({ ...row, value: values[rank] ?? 0 }));
  if (scored.length <= MOST) return { points: scored.map(({ levels }) => levels), values: scored.map(({ value }) => value) };
  const best = scored.slice(0, MOST / 2);
  const latest = scored
    .slice(MOST / 2)
    .sort((a, b) => b.order - a.order)
    .slice(0, MOST / 2);
  const kept = [...best, ...latest];
  return { points: kept.map(({ levels }) => levels), values: kept.map(({ value }) => value) };
}

/** The normal quantile of the rank of each value: 0 in the middle, whatever the values are. */
export function normalScores(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const out = values.map(() => 0);
  order.forEach((index, rank) => {
    out[index] = normalQuantile((rank + 0.5) / values.length);
  });
  return out;
}

/** Beasley, Springer and Moro's approximation; within 3e-9. */
function normalQuantile(share: number): number {
  const y = share - 0.5;
  if (Math.abs(y) < 0.42) {
    const r = y * y;
    const above = ((-25.44106049637 * r + 41.39119773534) * r - 18.61500062529) * r + 2.50662823884;
    const below = (((3.13082909833 * r - 21.06224101826) * r + 23.08336743743) * r - 8.4735109309) * r + 1;
    return (y * above) / below;
  }
  const tail = Math.log(-Math.log(y > 0 ? 1 - share : share));
  const series = [
    0.3374754822726147, 0.9761690190917186, 0.1607979714918209, 0.0276438810333863, 0.0038405729373609, 0.0003951896511919,
    0.0000321767881768, 0.0000002888167364, 0.0000003960315187,
  ];
  const value = series.reduceRight((sum, term) => sum * tail + term, 0);
  return y > 0 ? value : -value;
}

/** How many knobs may change: wider after three improvements in a row, narrower after a long time without one. */
function radiusOf({ trials, told }: History, knobs: number): number {
  const widest = Math.max(2, Math.min(knobs, 20));
  const patience = Math.max(12, Math.round(knobs / 2));
  let [radius, best, wins, losses] = [widest, Number.POSITIVE_INFINITY, 0, 0];
  for (const index of told) {
    const state = trials[index]?.state;
    const better = state?.kind === 'scored' && state.score < best;
    if (better) best = state.score;
    [wins, losses] = better ? [wins + 1, 0] : [0, losses + 1];
    if (wins === 3) [radius, wins] = [Math.min(widest, radius * 1.5), 0];
    if (losses === patience) [radius, losses] = [radius / 1.5, 0];
    // As narrow as it gets, and nothing found: begin again wide.
    if (radius < 1) radius = widest;
  }
  return radius;
}

interface Around {
  readonly axes: readonly Axis[];
  readonly model: GpModel;
  readonly radius: number;
  readonly rng: Rng;
}

/** Points near those that the model thinks best: some knobs moved, some taken from another of them. */
function poolOf({ axes, model, radius, rng }: Around): Levels[] {
  const centres = [...model.points.keys()].sort((a, b) => (model.expected[a] ?? 0) - (model.expected[b] ?? 0)).slice(0, 5);
  const centre = (): Levels => model.points[centres[Math.min(centres.length - 1, Math.floor(-1.2 * Math.log(1 - rng.next())))] ?? 0] ?? [];
  return Array.from({ length: POOL }, () => {
    const [from, other] = [centre(), centre()];
    const mix = rng.next() < 0.3;
    const chance = Math.min(1, (radius * rng.next() + 1) / axes.length);
    return from.map((level, i) => {
      const axis = axes[i];
      if (mix && rng.next() < 0.5) return other[i] ?? level;
      return axis && rng.next() < chance ? otherLevel(axis, level, rng) : level;
    });
  });
}

/** The best of the pool by expected improvement, each taken as known before the next is chosen. */
function chosen(model: GpModel, pool: readonly Levels[], count: number): Levels[] {
  if (pool.length === 0) return [];
  const { mean, variance: found, covarianceWith } = model.look(pool);
  const best = model.expected.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const variance = Float64Array.from(found);
  const shifts: Float64Array[] = [];
  const picks: Levels[] = [];
  while (picks.length < Math.min(count, pool.length)) {
    const pick = argmax(pool.length, (i) => expectedImprovement(best - (mean[i] ?? 0), Math.sqrt(variance[i] ?? 0)));
    const levels = pool[pick];
    if (!levels || variance[pick] === 0) break;
    picks.push(levels);
    const shift = covarianceWith(pick);
    for (const before of shifts) {
      const by = before[pick] ?? 0;
      for (let i = 0; i < shift.length; i++) shift[i] = (shift[i] ?? 0) - by * (before[i] ?? 0);
    }
    const scale = 1 / Math.sqrt((variance[pick] ?? 0) + model.noise);
    for (let i = 0; i < shift.length; i++) {
      shift[i] = (shift[i] ?? 0) * scale;
      variance[i] = Math.max(1e-9, (variance[i] ?? 0) - (shift[i] ?? 0) ** 2);
    }
    variance[pick] = 0;
    shifts.push(shift);
  }
  return picks;
}

function argmax(count: number, of: (index: number) => number): number {
  let best = { index: 0, value: Number.NEGATIVE_INFINITY };
  for (let index = 0; index < count; index++) {
    const value = of(index);
    if (value > best.value) best = { index, value };
  }
  return best.index;
}

/** E max(0, gain + spread N(0, 1)); in logarithms where it is too small for a number. */
function expectedImprovement(gain: number, spread: number): number {
  if (spread === 0) return Number.NEGATIVE_INFINITY;
  const u = gain / spread;
  if (u < -5) return Math.log(spread) - 0.5 * u * u - 2 * Math.log(-u);
  const density = Math.exp(-0.5 * u * u) / Math.sqrt(2 * Math.PI);
  return Math.log(spread * (u * normalShare(u) + density));
}

/** The share of a normal distribution below u (Abramowitz and Stegun 1964, 26.2.17): within 7.5e-8. */
function normalShare(u: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(u));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp(-0.5 * u * u) / Math.sqrt(2 * Math.PI)) * series;
  return u >= 0 ? 1 - tail : tail;
}
