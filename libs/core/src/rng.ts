/** A stream of random numbers that its seed determines. */
export interface Rng {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform integer in [0, below). */
  integer(below: number): number;
  /** A new array in random order (Fisher and Yates); the argument stays as it is. */
  shuffled<Item>(items: readonly Item[]): Item[];
  /** Standard normal (Box and Muller 1958). */
  normal(): number;
}

/** xoshiro128** (Blackman and Vigna 2018), seeded through splitmix32 from a number or a text. */
export function seededRng(seed: number | string): Rng {
  const state = seedState(typeof seed === 'string' ? hashText(seed) : seed);
  const uint32 = (): number => xoshiro128(state);
  const next = (): number => ((uint32() >>> 5) * 67108864 + (uint32() >>> 6)) / 9007199254740992;
  const integer = (below: number): number => Math.floor(next() * below);
  return {
    next,
    integer,
    shuffled: (items) => {
      const out = [...items];
      for (let last = out.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        [out[last], out[other]] = [out[other] as (typeof out)[number], out[last] as (typeof out)[number]];
      }
      return out;
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}

function xoshiro128(s: Uint32Array): number {
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = s;
  const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
  const t2 = s2 ^ s0;
  const t3 = s3 ^ s1;
  s[1] = s1 ^ t2;
  s[0] = s0 ^ t3;
  s[2] = t2 ^ (s1 << 9);
  s[3] = rotateLeft(t3, 11);
  return result;
}

const rotateLeft = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

function seedState(seed: number): Uint32Array {
  let z = seed >>> 0;
  return Uint32Array.from({ length: 4 }, () => {
    z = (z + 0x9e3779b9) >>> 0;
    let x = z;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return (x ^ (x >>> 15)) >>> 0;
  });
}

// FNV-1a, 32 bits.
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
