import type { Rng } from '@fleetfit/core';
import { alongFront } from './along-front.ts';
import type { Axis, Levels } from './encoded-space.ts';
import type { History } from './history.ts';
import { type Learner, learningSampler, type Proposal, type Study } from './learning-sampler.ts';
import type { MakeSampler } from './sampler.ts';

/**
 * The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl, NeurIPS 2011) over all knobs jointly (Falkner, Klein and
 * Hutter, ICML 2018): each told candidate is a kernel over all knobs at once. l(x) is the mixture of the good ones, g(x) of the others;
 * of many draws from l, the one with the largest l/g is asked. Candidates under way count as bad (the constant liar), so that a batch
 * spreads.
 */
export const makeTpe: MakeSampler = (options) =>
  learningSampler({ name: 'tpe', options, makeLearner: (study) => alongFront(makeLearner(study)) });

const START = 16;
const DRAWS = 48;

function makeLearner({ space: { axes } }: Study): Learner {
  return {
    start: START,
    propose(history, count, rng) {
      const { good, bad } = split(history);
      if (good.length === 0) return [];
      const promising = mixtureOf(axes, good);
      const proposals: Proposal[] = [];
      while (proposals.length < 2 * count) {
        const others = mixtureOf(axes, [...bad, ...proposals.map(({ levels }) => levels)]);
        proposals.push({ levels: bestDraw({ promising, others, rng }) });
        if (proposals.length >= count && proposals.length >= 8) break;
      }
      return proposals;
    },
  };
}

interface Mixtures {
  readonly promising: Mixture;
  readonly others: Mixture;
  readonly rng: Rng;
}

function bestDraw({ promising, others, rng }: Mixtures): Levels {
  let best: { readonly levels: Levels; readonly gain: number } | undefined;
  for (let i = 0; i < DRAWS; i++) {
    const levels = promising.draw(rng);
    const gain = promising.logDensity(levels) - others.logDensity(levels);
    if (!best || gain > best.gain) best = { levels, gain };
  }
  return best?.levels ?? [];
}

/** The best tenth, at most 25, and all the rest: failed ones and those under way too. */
function split({ trials }: History): { readonly good: readonly Levels[]; readonly bad: readonly Levels[] } {
  const scored = trials.flatMap(({ levels, state }) => (state.kind === 'scored' ? [{ levels, score: state.score }] : []));
  const others = trials.filter(({ state }) => state.kind !== 'scored').map(({ levels }) => levels);
  const sorted = scored.sort((a, b) => a.score - b.score).map(({ levels }) => levels);
  const count = Math.min(25, Math.ceil(0.1 * sorted.length));
  return { good: sorted.slice(0, count), bad: [...sorted.slice(count), ...others] };
}

/** A density over the levels of all knobs. */
interface Mixture {
  draw(rng: Rng): Levels;
  logDensity(levels: Levels): number;
}

/**
 * One kernel for each point and a flat one: a Gaussian over positions for ordered knobs, for unordered ones the level itself and a
 * share of all. Kernels narrow with their number n as 0.2 n^(-1/(d + 4)) of the range.
 */
function mixtureOf(axes: readonly Axis[], points: readonly Levels[]): Mixture {
  const width = Math.max(0.02, 0.2 * (points.length + 1) ** (-1 / (axes.length + 4)));
  const kernels = axes.map((axis) => kernelOf(axis, { width, points: points.length }));
  const flat = axes.reduce((sum, { count }) => sum - Math.log(count), 0);
  return {
    draw(rng) {
      const from = points[rng.integer(points.length + 1)];
      return axes.map(({ count }, i) => {
        const at = from?.[i];
        return at === undefined ? rng.integer(count) : drawFrom(kernels[i] ?? [], { at, count, rng });
      });
    },
    logDensity(levels) {
      const logs = points.map((point) => {
        let sum = 0;
        for (let i = 0; i < axes.length; i++) sum += kernels[i]?.[(point[i] ?? 0) * (axes[i]?.count ?? 1) + (levels[i] ?? 0)] ?? 0;
        return sum;
      });
      const top = Math.max(flat, ...logs);
      return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), Math.exp(flat - top)) / (points.length + 1));
    },
  };
}

/** Logarithms of the chance of each level from each level, row after row. */
function kernelOf(
  { count, categorical, positions }: Axis,
  { width, points }: { readonly width: number; readonly points: number },
): Float64Array {
  const out = new Float64Array(count * count);
  for (let from = 0; from < count; from++) {
    const weights = Float64Array.from({ length: count }, (_, to) => {
      if (categorical) return (from === to ? 1 : 0) + 1 / (points + 1);
      const apart = ((positions[to] ?? 0) - (positions[from] ?? 0)) / width;
      return Math.exp(-0.5 * apart * apart) + 1e-6;
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let to = 0; to < count; to++) out[from * count + to] = Math.log((weights[to] ?? 0) / total);
  }
  return out;
}

function drawFrom(
  kernel: ArrayLike<number>,
  { at, count, rng }: { readonly at: number; readonly count: number; readonly rng: Rng },
): number {
  let left = rng.next();
  for (let to = 0; to < count - 1; to++) {
    left -= Math.exp(kernel[at * count + to] ?? 0);
    if (left < 0) return to;
  }
  return count - 1;
}
