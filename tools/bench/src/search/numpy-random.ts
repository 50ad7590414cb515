/**
 * The stream of `numpy.random.default_rng(seed)`: PCG64 XSL-RR (O'Neill 2014) behind numpy's SeedSequence, its ziggurat for normals
 * (Marsaglia and Tsang 2000, 256 strips) and its bounded integers (Lemire 2019). So that a problem that was defined in Python is the same here.
 */
export interface NumpyRandom {
  /** `Generator.random()`: uniform in [0, 1). */
  random(): number;
  /** `Generator.uniform(low, high)`. */
  uniform(low: number, high: number): number;
  /** `Generator.integers(below)`, below 2^32. */
  integers(below: number): number;
  /** `Generator.normal(mean, spread)`; `standard_normal()` without arguments. */
  normal(mean?: number, spread?: number): number;
}

/** @param seed an integer from 0 to 2^32 - 1 */
export function numpyRandom(seed: number): NumpyRandom {
  const words = pcg64(seed);
  const random = () => Number(words.next64() >> 11n) / 2 ** 53;
  return {
    random,
    uniform: (low, high) => low + (high - low) * random(),
    integers: (below) => bounded(words, below),
    normal: (mean = 0, spread = 1) => mean + spread * ziggurat(words.next64, random),
  };
}

interface Words {
  next64(): bigint;
  next32(): bigint;
}

const MASK_128 = (1n << 128n) - 1n;
const MASK_64 = (1n << 64n) - 1n;
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

function pcg64(seed: number): Words {
  const [s0 = 0n, s1 = 0n, i0 = 0n, i1 = 0n] = seedSequence(seed);
  const increment = ((((i0 << 64n) | i1) << 1n) | 1n) & MASK_128;
  const step = (state: bigint) => (state * MULTIPLIER + increment) & MASK_128;
  let state = step((step(0n) + ((s0 << 64n) | s1)) & MASK_128);
  let half: bigint | undefined;
  const next64 = (): bigint => {
    state = step(state);
    const folded = (state >> 64n) ^ (state & MASK_64);
    const by = state >> 122n;
    return ((folded >> by) | (folded << (64n - by))) & MASK_64;
  };
  const next32 = (): bigint => {
    if (half !== undefined) {
      const kept = half;
      half = undefined;
      return kept;
    }
    const whole = next64();
    half = whole >> 32n;
    return whole & 0xffffffffn;
  };
  return { next64, next32 };
}

/** `SeedSequence(seed).generate_state(4, uint64)`. */
function seedSequence(seed: number): bigint[] {
  const pool = mixedPool(seed >>> 0);
  const out = new Uint32Array(8);
  let constant = 0x8b51f9dd;
  for (let i = 0; i < 8; i++) {
    let value = (pool[i % 4] ?? 0) ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    value = Math.imul(value, constant);
    out[i] = value ^ (value >>> 16);
  }
  return Array.from({ length: 4 }, (_, i) => (BigInt(out[2 * i + 1] ?? 0) << 32n) | BigInt(out[2 * i] ?? 0));
}

function mixedPool(seed: number): Uint32Array {
  let constant = 0x43b0d7e5;
  const hashed = (from: number): number => {
    let value = from ^ constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const pool = Uint32Array.from({ length: 4 }, (_, i) => hashed(i === 0 ? seed : 0));
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) {
      if (from === to) continue;
      const value = Math.imul(0xca01f9dd, pool[to] ?? 0) - Math.imul(0x4973f715, hashed(pool[from] ?? 0));
      pool[to] = value ^ (value >>> 16);
    }
  }
  return pool;
}

function bounded(words: Words, below: number): number {
  if (below <= 1) return 0;
  const range = BigInt(below);
  const threshold = (0x100000000n - range) % range;
  let product = words.next32() * range;
  while ((product & 0xffffffffn) < threshold) product = words.next32() * range;
  return Number(product >> 32n);
}

const TAIL = 3.6541528853610088;
const STRIP_AREA = 0.004928673233974655;
const density = (x: number): number => Math.exp(-0.5 * x * x);
const STRIPS = strips();

function strips() {
  const widths = new Float64Array(256);
  const heights = new Float64Array(256);
  const inside = new Float64Array(256);
  widths[0] = STRIP_AREA / density(TAIL);
  widths[255] = TAIL;
  heights[0] = 1;
  heights[255] = density(TAIL);
  inside[0] = TAIL / (STRIP_AREA / density(TAIL));
  let last = TAIL;
  for (let i = 254; i >= 1; i--) {
    const x = Math.sqrt(-2 * Math.log(STRIP_AREA / last + density(last)));
    inside[i + 1] = x / last;
    heights[i] = density(x);
    widths[i] = x;
    last = x;
  }
  return { widths, heights, inside };
}

function ziggurat(next64: () => bigint, random: () => number): number {
  for (;;) {
    const bits = next64();
    const strip = Number(bits & 0xffn);
    const share = Number((bits >> 9n) & 0xfffffffffffffn) / 2 ** 52;
    const sign = ((bits >> 8n) & 1n) === 1n ? -1 : 1;
    const x = share * (STRIPS.widths[strip] ?? 0);
    if (share < (STRIPS.inside[strip] ?? 0)) return sign * x;
    if (strip === 0) return tail(random, ((bits >> 17n) & 1n) === 1n ? -1 : 1);
    const [above, below] = [STRIPS.heights[strip - 1] ?? 0, STRIPS.heights[strip] ?? 0];
    if ((above - below) * random() + below < density(x)) return sign * x;
  }
}

function tail(random: () => number, sign: number): number {
  for (;;) {
    const x = -Math.log1p(-random()) / TAIL;
    const y = -Math.log1p(-random());
    if (y + y > x * x) return sign * (TAIL + x);
  }
}
