import { lcg } from './lcg.ts';
import { at, type CompressionProblem, type Costs, GLOBAL_COUNTS, type LayerLevels, type Levels, ROLE_COUNTS, scalarOf } from './problem.ts';

const BITS = [2, 4, 6, 8, 16];
const PRUNE = Array.from({ length: 8 }, (_, i) => i / 8);
const RANK = [1, 0.75, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];
/** How fast each backend is at each bit width, how well it uses pruning, and what one operator costs it. */
const BACKEND_SPEED = [
  [0.6, 0.7, 0.8, 2, 1],
  [1.6, 2, 1.1, 1.8, 1],
  [0.8, 1, 1, 1.2, 1.6],
  [2.4, 1.7, 1.4, 1.3, 0.9],
];
const BACKEND_SPARSITY = [0.1, 0.3, 0.8, 0.45];
const BACKEND_OVERHEAD = [0.02, 0.06, 0.03, 0.05];

/** Names `comp{layers}_s{seed}`, with `_n{noise}` where readings are noisy. */
export interface CompressionName {
  readonly layers: number;
  readonly seed: number;
  readonly noise: number;
}

/**
 * A saturating loss of positive terms of layers, their neighbours and skips, a roofline latency with four backends, and an exact size.
 * The order of the draws is the definition of the problem.
 */
export function comp({ layers, seed, noise }: CompressionName): CompressionProblem {
  const facts = drawFacts(layers, seed);
  const costs = (x: Levels) => costsOf(facts, x);
  const uncompressed = costs([...Array.from({ length: layers }, () => [4, 0, 0]).flat(), 0, 0, 0]).latency;
  const limits = { latency: 0.3 * uncompressed, size: 0.22 * facts.size.reduce((sum, each) => sum + each, 0) };
  return {
    name: `comp${layers}_s${seed}${noise > 0 ? `_n${noise}` : ''}`,
    ...shapeOf(layers),
    layers,
    noise,
    limits,
    uncompressedLatency: limits.latency / 0.3,
    costs,
    objective: (x) => scalarOf({ limits }, costs(x)),
    layerSize: (layer, levels) => layerSize(at(facts.size, layer), levels),
  };
}

/** The knobs of a problem with so many layers. */
export function shapeOf(layers: number): { readonly counts: readonly number[]; readonly categorical: readonly boolean[] } {
  const counts = [...Array.from({ length: layers }, () => ROLE_COUNTS).flat(), ...GLOBAL_COUNTS];
  return { counts, categorical: counts.map((_, i) => i >= 3 * layers) };
}

/** What the draws of an instance say of its layers. */
export interface Facts {
  readonly layers: number;
  readonly sensitivity: readonly number[];
  readonly quantizing: readonly number[];
  readonly pruning: readonly number[];
  readonly pruningPower: readonly number[];
  readonly ranking: readonly number[];
  readonly rankPower: readonly number[];
  readonly neighbour: readonly number[];
  readonly skip: readonly number[];
  readonly calibration: readonly (readonly number[])[];
  readonly size: readonly number[];
  readonly macs: readonly number[];
}

export function drawFacts(layers: number, seed: number): Facts {
  const next = lcg(seed * 1000 + layers);
  const uniform = (low: number, high: number): number => low + (high - low) * next();
  const each = <Value>(draw: () => Value): Value[] => Array.from({ length: layers }, draw);
  const sensitivity = each(() => 10 ** uniform(-3, -0.3));
  sensitivity[0] = at(sensitivity, 0) * 3;
  sensitivity[layers - 1] = at(sensitivity, layers - 1) * 3;
  return {
    layers,
    sensitivity,
    quantizing: each(() => uniform(0.3, 2)),
    pruning: each(() => uniform(0.2, 1.5)),
    pruningPower: each(() => uniform(1.5, 4)),
    ranking: each(() => uniform(0.2, 1.5)),
    rankPower: each(() => uniform(0.8, 3)),
    neighbour: each(() => uniform(0, 1.5)),
    skip: each(() => (next() < 0.4 ? uniform(0, 1) : 0)),
    calibration: each(() => [uniform(0.5, 1.5), uniform(0.5, 1.5), uniform(0.5, 1.5)]),
    size: each(() => 10 ** uniform(-0.7, 0.7)),
    macs: each(() => 10 ** uniform(-0.7, 0.7)),
  };
}

export function layerSize(size: number, { bits, prune, rank }: LayerLevels): number {
  return (size * (1 - 0.9 * at(PRUNE, prune)) * Math.min(1, at(RANK, rank) * 1.15) * at(BITS, bits)) / 16;
}

/** The uncorrected drop, latency and size of the formulas. */
export function costsOf(facts: Facts, x: Levels): Costs {
  const { layers } = facts;
  const terms: number[] = [];
  let latency = 0;
  let size = 0;
  let before = { bytes: 0, bits: -1 };
  for (let layer = 0; layer < layers; layer++) {
    const levels = { bits: at(x, 3 * layer), prune: at(x, 3 * layer + 1), rank: at(x, 3 * layer + 2) };
    terms.push(layerLoss(facts, layer, { ...levels, calibration: at(x, 3 * layers) }));
    const bytes = layerSize(at(facts.size, layer), levels);
    size += bytes;
    latency += layerLatency(facts, layer, { ...levels, bytes, backend: at(x, 3 * layers + 1), layout: at(x, 3 * layers + 2) });
    // Numbers are converted between unlike neighbours; two large layers do not fit into the cache.
    if (layer > 0 && before.bits !== levels.bits) latency += 0.08;
    if (bytes + before.bytes > 2) latency += 0.3 * (bytes + before.bytes - 2);
    before = { bytes, bits: levels.bits };
  }
  return { drop: 1 - Math.exp(-0.5 * totalLoss(facts, terms)), latency, size };
}

function layerLoss(
  facts: Facts,
  layer: number,
  { bits, prune, rank, calibration }: LayerLevels & { readonly calibration: number },
): number {
  const [b, p, r] = [at(BITS, bits), at(PRUNE, prune), at(RANK, rank)];
  const q = at(facts.quantizing, layer) * at(facts.calibration[layer] ?? [], calibration) * 2 ** (-0.9 * (b - 2));
  const pruned = (at(facts.pruning, layer) * p ** at(facts.pruningPower, layer)) / (1.02 - p);
  const ranked = at(facts.ranking, layer) * (1 - r) ** at(facts.rankPower, layer);
  return at(facts.sensitivity, layer) * (q + pruned + ranked + 0.5 * Math.sqrt(q * pruned) + 0.7 * pruned * ranked);
}

interface LayerSetting extends LayerLevels {
  readonly bytes: number;
  readonly backend: number;
  readonly layout: number;
}

function layerLatency(facts: Facts, layer: number, { bits, prune, rank, bytes, backend, layout }: LayerSetting): number {
  const macs = at(facts.macs, layer);
  const work = macs * Math.min(1, at(RANK, rank) * 1.15) * (1 - at(BACKEND_SPARSITY, backend) * at(PRUNE, prune));
  const wrongLayout = (layout === 1) === macs > 1 ? 1.12 : 1;
  const compute = (work / at(BACKEND_SPEED[backend] ?? [], bits)) * wrongLayout;
  const memory = 1.4 * bytes * (layout === 1 ? 0.85 : 1);
  return Math.max(compute, memory) + at(BACKEND_OVERHEAD, backend) * (1 + (at(RANK, rank) < 1 ? 1 : 0));
}

function totalLoss(facts: Facts, terms: readonly number[]): number {
  let total = 0;
  for (const [layer, term] of terms.entries()) {
    let own = term;
    if (layer > 0) own += at(facts.neighbour, layer) * Math.sqrt(term * at(terms, layer - 1));
    if (layer >= 4) own += at(facts.skip, layer) * Math.sqrt(term * at(terms, layer - 4));
    total += own;
  }
  return total;
}
