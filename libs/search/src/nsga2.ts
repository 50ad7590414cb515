import type { Rng } from '@fleetfit/core';
import type { Axis, Levels } from './encoded-space.ts';
import type { History } from './history.ts';
import { type Learner, learningSampler, type Proposal, type Study } from './learning-sampler.ts';
import type { Json, MakeSampler } from './sampler.ts';

/**
 * The elitist genetic algorithm for several objectives (Deb, Pratap, Agarwal and Meyarivan 2002): parents by tournament of front and
 * crowding, uniform crossover, one mutation in expectation. It goes on with whatever is told instead of waiting for a generation.
 */
export const makeNsga2: MakeSampler = (options) => learningSampler({ name: 'nsga2', options, makeLearner });

function makeLearner({ space: { axes }, budget }: Study, memory: Json | undefined): Learner {
  const size = Math.min(50, Math.max(16, Math.round((budget ?? 200) / 6)));
  const state = readMemory(memory);
  return {
    start: size,
    propose(history, count, rng) {
      const pool = [...state.population, ...history.told.slice(state.seen)];
      state.seen = history.told.length;
      const ranked = survivors(history, { pool, size });
      state.population = ranked.map(({ trial }) => trial);
      if (ranked.length === 0) return [];
      const child = (): Proposal => {
        const [one, other] = [tournament(ranked, rng), tournament(ranked, rng)];
        return { levels: mutated(crossed([one, other], rng), axes, rng) };
      };
      // Some children are known already: twice as many as wanted.
      return Array.from({ length: 2 * count }, child);
    },
    memory: () => ({ population: [...state.population], seen: state.seen }),
  };
}

function readMemory(memory: Json | undefined): { population: readonly number[]; seen: number } {
  if (typeof memory !== 'object' || memory === null || !('population' in memory) || !Array.isArray(memory.population))
    return { population: [], seen: 0 };
  return { population: memory.population.filter((each) => typeof each === 'number'), seen: Number(memory['seen']) };
}

interface Ranked {
  /** Number of the trial. */
  readonly trial: number;
  readonly levels: Levels;
  readonly objectives: readonly number[];
  /** 0: beaten by none. */
  readonly front: number;
  readonly crowding: number;
}

/** The best of the pool by front, then by the room around them. */
function survivors({ trials }: History, { pool, size }: { readonly pool: readonly number[]; readonly size: number }): Ranked[] {
  const left = [...new Set(pool)].flatMap((trial) => {
    const { state, levels } = trials[trial] ?? {};
    return state?.kind === 'scored' && levels ? [{ trial, levels, objectives: state.objectives }] : [];
  });
  const out: Ranked[] = [];
  let rest = left;
  for (let front = 0; rest.length > 0 && out.length < size; front++) {
    const best = rest.filter((one) => !rest.some((other) => beats(other.objectives, one.objectives)));
    const crowded = withCrowding(best).map((each) => ({ ...each, front }));
    out.push(...crowded.sort((a, b) => b.crowding - a.crowding).slice(0, size - out.length));
    const gone = new Set(best);
    rest = rest.filter((each) => !gone.has(each));
  }
  return out;
}

const beats = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((value, i) => value <= (b[i] ?? 0)) && a.some((value, i) => value < (b[i] ?? 0));

/** The crowding distance: how far the neighbours on the front are, the ends of it counting as alone. */
function withCrowding<Point extends { readonly objectives: readonly number[] }>(front: readonly Point[]): (Point & { crowding: number })[] {
  const out = front.map((point) => ({ ...point, crowding: 0 }));
  const objectives = front[0]?.objectives.length ?? 0;
  for (let i = 0; i < objectives; i++) {
    const sorted = [...out].sort((a, b) => (a.objectives[i] ?? 0) - (b.objectives[i] ?? 0));
    const [low, high] = [sorted[0]?.objectives[i] ?? 0, sorted.at(-1)?.objectives[i] ?? 0];
    sorted.forEach((each, k) => {
      const [before, after] = [sorted[k - 1]?.objectives[i], sorted[k + 1]?.objectives[i]];
      each.crowding += before === undefined || after === undefined ? 2 : (after - before) / (high - low || 1);
    });
  }
  return out;
}

function tournament(ranked: readonly Ranked[], rng: Rng): Levels {
  const [one, other] = [ranked[rng.integer(ranked.length)], ranked[rng.integer(ranked.length)]];
  if (!one || !other) return [];
  if (one.front !== other.front) return (one.front < other.front ? one : other).levels;
  return (one.crowding >= other.crowding ? one : other).levels;
}

function crossed([one, other]: readonly [Levels, Levels], rng: Rng): Levels {
  if (rng.next() < 0.1) return one;
  return one.map((level, i) => (rng.next() < 0.5 ? level : (other[i] ?? level)));
}

/** One knob changed in expectation and one at least: ordered ones by a step half of the time. */
function mutated(levels: Levels, axes: readonly Axis[], rng: Rng): Levels {
  const out = [...levels];
  const must = rng.integer(axes.length);
  axes.forEach((axis, i) => {
    if (i !== must && rng.next() >= 1 / axes.length) return;
    out[i] = otherLevel(axis, levels[i] ?? 0, rng);
  });
  return out;
}

/** Another level of a knob: of an ordered one a neighbour half of the time, else any. */
export function otherLevel({ count, categorical }: Axis, level: number, rng: Rng): number {
  if (count < 2) return level;
  if (!categorical && rng.next() < 0.5) {
    const step = rng.next() < 0.5 ? -1 : 1;
    return level + step < 0 || level + step >= count ? level - step : level + step;
  }
  const any = rng.integer(count - 1);
  return any >= level ? any + 1 : any;
}
