import { type Rng, seededRng } from '@fleetfit/core';
import { recipeOf } from '@fleetfit/space';
import { type EncodedSpace, encodeSpace, type Levels } from './encoded-space.ts';
import { lazySampler } from './lazy-sampler.ts';
import { recipesOf } from './random.ts';
import type { MakeSampler } from './sampler.ts';

/**
 * Points that fill the space more evenly than chance: the Halton sequence with its digits permuted at random (Owen 2017, "A randomized
 * Halton algorithm in R"), which keeps it even in many dimensions. Each knob sees each of its levels about as often in every stretch.
 */
export const makeQuasiRandom: MakeSampler = ({ space, seed, snapshot }) => {
  const encoded = encodeSpace(space);
  const sequence = haltonLevels(encoded, `quasi-random ${seed}`);
  const rest = recipesOf(space, ENUMERABLE);
  // In a small space the sequence comes back to what it had: after a while what is left is asked for in order.
  const even = rest ? 4 * rest.length : Number.POSITIVE_INFINITY;
  const draw = (index: number) => {
    if (index >= even) return rest?.[index - even];
    const point = encoded.pointAt(sequence(index));
    return { point, recipe: recipeOf(space, point) };
  };
  return lazySampler({ name: 'quasi-random', space, draw, patience: rest ? even + rest.length + 1 : 10_000 }, snapshot);
};

const ENUMERABLE = 20_000;

/** Point number `index` of a scrambled Halton sequence over the knobs of a space. Depends on nothing but the index. */
export function haltonLevels(encoded: EncodedSpace, seed: string): (index: number) => Levels {
  const bases = primes(encoded.axes.length);
  const scrambles = bases.map((base, i) => scramble(base, seededRng(`${seed} ${i}`)));
  return (index) =>
    encoded.canonical(encoded.axes.map(({ count }, i) => Math.min(count - 1, Math.floor((scrambles[i]?.(index) ?? 0) * count))));
}

/** The radical inverse of an index in a base, each digit through a permutation of its own; digits beyond the index are scrambled zeros. */
function scramble(base: number, rng: Rng): (index: number) => number {
  const places = Math.ceil(Math.log(2 ** 40) / Math.log(base));
  const permutations = Array.from({ length: places }, () => rng.shuffled(Array.from({ length: base }, (_, digit) => digit)));
  return (index) => {
    let [value, weight, rest] = [0, 1 / base, index];
    for (const permutation of permutations) {
      value += weight * (permutation[rest % base] ?? 0);
      rest = Math.floor(rest / base);
      weight /= base;
    }
    return value;
  };
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}
