import { type CompressionName, costsOf, drawFacts, type Facts, layerSize, shapeOf } from './comp.ts';
import { type NumpyRandom, numpyRandom } from './numpy-random.ts';
import { at, type CompressionProblem, type Costs, type Levels, ROLE_COUNTS, scalarOf } from './problem.ts';

const BACKEND_SPEED = [
  [0.6, 0.7, 0.8, 2, 1],
  [1.6, 2, 1.1, 1.8, 1],
  [0.8, 1, 1, 1.2, 1.6],
  [2.4, 1.7, 1.4, 1.3, 0.9],
];
const BACKEND_SPARSITY = [0.1, 0.3, 0.8, 0.45];

/**
 * The twin of `comp` that breaks its assumptions: the log-odds of the drop are additive with signed pairs of any knobs and bumps, the latency
 * comes from random tables of layers and stalls as a whole.
 */
export function mis({ layers, seed, noise }: CompressionName): CompressionProblem {
  const facts = drawFacts(layers, seed);
  const tables = drawTables(numpyRandom(seed * 77 + layers), layers);
  const costs = (x: Levels): Costs => ({ ...twistedCosts(facts, tables, x), size: costsOf(facts, x).size });
  const uncompressed = costs([...Array.from({ length: layers }, () => [4, 0, 0]).flat(), 0, 0, 0]).latency;
  const limits = { latency: 0.55 * uncompressed, size: 1.7 * 0.22 * facts.size.reduce((sum, each) => sum + each, 0) };
  return {
    name: `mis${layers}_s${seed}${noise > 0 ? `_n${noise}` : ''}`,
    ...shapeOf(layers),
    layers,
    noise,
    limits,
    // As the peers of the suite define it: not the true latency of the uncompressed model, which is limits.latency / 0.55.
    uncompressedLatency: limits.latency / 0.3,
    costs,
    objective: (x) => scalarOf({ limits }, costs(x)),
    layerSize: (layer, levels) => layerSize(at(facts.size, layer), levels),
  };
}

interface Tables {
  /** Log-odds by layer, role and level. */
  readonly odds: readonly (readonly (readonly number[])[])[];
  readonly weight: readonly number[];
  /** Signed products of any two knobs. */
  readonly pairs: readonly { readonly one: number; readonly other: number; readonly weight: number }[];
  /** Factors of latency by layer and combination. */
  readonly latency: readonly Float64Array[];
}

function drawTables(random: NumpyRandom, layers: number): Tables {
  const each = <Value>(count: number, draw: () => Value): Value[] => Array.from({ length: count }, draw);
  const odds = each(layers, () => ROLE_COUNTS.map((count) => drawOdds(random, count)));
  const weight = each(layers, () => 10 ** random.uniform(-1, 0.3));
  const pairs = each(3 * layers, () => ({
    one: random.integers(3 * layers),
    other: random.integers(3 * layers),
    weight: random.normal(0, 0.6),
  }));
  const latency = each(layers, () => Float64Array.from({ length: 320 }, () => Math.exp(random.normal(0, 0.25))));
  return { odds, weight, pairs, latency };
}

// A random walk away from the level that does nothing (the last of the bits, the first of the others), with bumps.
function drawOdds(random: NumpyRandom, count: number): number[] {
  let sum = 0;
  const walk = Array.from({ length: count }, () => {
    sum += Math.abs(random.normal(0, 0.25));
    return sum;
  });
  if (count === 5) walk.reverse();
  const bumpy = walk.map((value) => value + random.normal(0, 0.12));
  const neutral = at(bumpy, count === 5 ? 4 : 0);
  return bumpy.map((value) => value - neutral);
}

function twistedCosts({ layers, macs }: Facts, tables: Tables, x: Levels): { drop: number; latency: number } {
  const strength = x.slice(0, 3 * layers).map((level, knob) => (knob % 3 === 0 ? (4 - level) / 4 : level / 7));
  const ofRole = (role: number): number[] => strength.filter((_, knob) => knob % 3 === role);
  const [calibration, backend, layout] = [at(x, 3 * layers), at(x, 3 * layers + 1), at(x, 3 * layers + 2)];
  let additive = 0;
  let latency = 0;
  for (let layer = 0; layer < layers; layer++) {
    const [bits, prune, rank] = [at(x, 3 * layer), at(x, 3 * layer + 1), at(x, 3 * layer + 2)];
    const [b = [], p = [], r = []] = tables.odds[layer] ?? [];
    additive += at(tables.weight, layer) * (at(b, bits) + at(p, prune) + at(r, rank));
    const sparse = 1 - at(BACKEND_SPARSITY, backend) * at(strength, 3 * layer + 1);
    const share = 0.25 + (0.75 * sparse * (1 - 0.6 * at(strength, 3 * layer + 2))) / at(BACKEND_SPEED[backend] ?? [], bits);
    latency += at(tables.latency[layer] ?? [], (bits * 8 + prune) * 8 + rank) * at(macs, layer) * share;
  }
  const scale = Math.sqrt(12 / layers);
  const signed = tables.pairs.reduce((sum, { one, other, weight }) => sum + weight * at(strength, one) * at(strength, other), 0);
  const odds = -6 + 0.5 * additive * scale + signed * scale + 0.3 * (calibration - 1) * (mean(ofRole(0)) - 0.5);
  const stall = 1 + 0.5 * spread(ofRole(0)) + (layout === 1 ? 0.3 * mean(ofRole(2)) : 0);
  return { drop: 1 / (1 + Math.exp(-odds)), latency: latency * stall };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function spread(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}
