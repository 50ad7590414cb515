import { FleetError, type Rng } from '@fleetfit/core';
import { cholesky, dot, inverseOf, logDeterminant, matrix, multiplyVector } from '@fleetfit/numerics';
import { type Architecture, type FeatureSum, fitFeatureSum, type LayerFeatures, layerFeatures, sumOver } from './layer-features.ts';

/** A device whose latency is known on many networks. */
export interface KnownDevice {
  readonly name: string;
  readonly networks: readonly Architecture[];
  /** In ms, network by network. */
  readonly latencies: readonly number[];
}

/** One measurement on a new device. */
export interface Probe {
  readonly network: Architecture;
  /** In ms. */
  readonly latency: number;
}

/** What is expected of a network on a new device, in ms; the interval holds it in nine of ten cases. */
export interface LatencyForecast {
  readonly latency: number;
  readonly low: number;
  readonly high: number;
}

/** A new device, after its probes. */
export interface AdaptedDevice {
  predict(network: Architecture): LatencyForecast;
  /** Probes that contradict the rest of what is known, by index: measure them again. They are not believed. */
  readonly doubted: readonly number[];
}

/** One latency model of all devices, with the device as a mode. */
export interface DeviceModel {
  /** Which of these networks to measure on a new device, the most telling first: they tell the known devices apart. */
  chooseProbes(candidates: readonly Architecture[], count: number): number[];
  adapt(probes: readonly Probe[]): AdaptedDevice;
}

/**
 * ln latency(device, network) = offset + scale (mean shape + sum of weights x how the known devices' shapes differ from it + a little
 * of the device's own in each place): a matrix of rank r over devices and networks whose network side is a sum over places, learned
 * from the known devices; a new device is a handful of Gaussian weights (MATH.md, section 8).
 * @param counts how many things can stand in each place of a network
 */
export function learnDevices(
  known: readonly KnownDevice[],
  { counts, rng }: { readonly counts: readonly number[]; readonly rng: Rng },
): DeviceModel {
  if (known.length < 2) throw new FleetError('invalid', `Cannot learn devices: there are ${known.length}, not at least 2`);
  const features = layerFeatures(counts);
  const fits = known.map((device) => fitDevice(features, device));
  const networks = known[0]?.networks ?? [];
  const sample = rng
    .shuffled(networks)
    .slice(0, SAMPLE)
    .map((network) => features.activeOf(network));
  const shapes = fits.map((fit) => shapeOf(fit, sample));
  const unit = shapes.reduce((sum, { spread }) => sum + Math.log(spread), 0) / shapes.length;
  const family: Family = { features, shapes, unit: Math.exp(unit) };
  const factors = new Map<number, number>();
  const wideningFor = (count: number): number => {
    const made = factors.get(count) ?? wideningOf(family, { known, sample, count });
    factors.set(count, made);
    return made;
  };
  return {
    chooseProbes: (candidates, count) =>
      greedyProbes(family, { candidates: candidates.map((each) => features.activeOf(each)), sample, count }),
    adapt: (probes) => {
      if (probes.length === 0) throw new FleetError('invalid', 'Cannot adapt to a device: it has no probes');
      const posterior = posteriorOf(
        family,
        probes.map(({ network, latency }) => ({ active: features.activeOf(network), value: logOf(latency) })),
      );
      const widening = wideningFor(probes.length);
      return { predict: (network) => forecast(posterior, features.activeOf(network), widening), doubted: posterior.doubted };
    },
  };
}

const SAMPLE = 400;
/** Shares of the variance of ln latency, in units of the usual spread of a device (chosen on known devices alone). */
const PRIOR = { offset: 100, scale: 0.25, shapes: 1, places: 0.05, noise: 0.01 } as const;

const logOf = (latency: number): number => Math.log(Math.max(latency, 1e-6));

function fitDevice(features: LayerFeatures, { networks, latencies }: KnownDevice): FeatureSum {
  // An entry near zero is a fault of the measurement: its logarithm would outweigh everything else.
  const middle = latencies.toSorted((a, b) => a - b)[latencies.length >> 1] ?? 1;
  const values = Float64Array.from(latencies, (latency) => Math.log(Math.max(latency, 0.02 * middle)));
  return fitFeatureSum(
    features,
    networks.map((network) => features.activeOf(network)),
    values,
  );
}

/** A fit of zero mean and unit spread over the sample. */
interface Shape extends FeatureSum {
  readonly spread: number;
}

function shapeOf(fit: FeatureSum, sample: readonly Int32Array[]): Shape {
  const values = sample.map((active) => sumOver(fit, active));
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length) + 1e-9;
  return { weights: fit.weights.map((weight) => weight / spread), offset: (fit.offset - mean) / spread, spread };
}

interface Family {
  readonly features: LayerFeatures;
  readonly shapes: readonly Shape[];
  /** The usual spread of ln latency on a device. */
  readonly unit: number;
}

/** What the Gaussian weights multiply: the mean shape, then how each known device differs from it. */
interface Described {
  readonly active: Int32Array;
  readonly mean: number;
  readonly apart: Float64Array;
}

function describe({ shapes }: Family, active: Int32Array): Described {
  const values = Float64Array.from(shapes, (shape) => sumOver(shape, active));
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  return { active, mean, apart: values.map((value) => value - mean) };
}

function covariance({ features, shapes }: Family, a: Described, b: Described): number {
  let same = 0;
  for (let i = 0; i < features.places; i++) if (a.active[i] === b.active[i]) same++;
  const shared = (PRIOR.shapes * dot(a.apart, b.apart)) / Math.sqrt(shapes.length);
  return PRIOR.offset + PRIOR.scale * a.mean * b.mean + shared + (PRIOR.places * same) / features.places;
}

interface Posterior {
  readonly family: Family;
  readonly probes: readonly Described[];
  readonly inverse: Float64Array;
  readonly dual: Float64Array;
  /** Mean of ln latency of the probes, in units. */
  readonly level: number;
  readonly doubted: readonly number[];
  /** Log density of the probes, up to a constant. */
  readonly evidence: number;
  readonly noise: number;
  readonly scatter: number;
}

interface LogProbe {
  readonly active: Int32Array;
  readonly value: number;
}

/** A probe that is further off than this (in its own standard deviations, given all others) is not believed. */
const DOUBTFUL = 3.5;
const DOUBT_COSTS = 4;
const IMAGINED = 4;

function posteriorOf(family: Family, readings: readonly LogProbe[]): Posterior {
  const probes = readings.map(({ active }) => describe(family, active));
  const values = Float64Array.from(readings, ({ value }) => value / family.unit);
  const sorted = values.toSorted();
  const level = sorted[sorted.length >> 1] ?? 0;
  // The mean shape is expected with scale 1; the rest is Gaussian around it.
  const errors = values.map((value, n) => value - level - (probes[n]?.mean ?? 0));
  const likely = NOISES.map((noise) => withNoise({ family, probes, errors, level }, noise));
  return likely.reduce((best, each) => (each.evidence > best.evidence ? each : best));
}

/** How much a device's readings scatter, as factors of the usual; each twice as far from it is less believed beforehand. */
const NOISES = [0.3, 1, 3, 10];

interface Regression {
  readonly family: Family;
  readonly probes: readonly Described[];
  readonly errors: Float64Array;
  readonly level: number;
}

function withNoise({ family, probes, errors, level }: Regression, factor: number): Posterior {
  const noises = new Float64Array(probes.length).fill(PRIOR.noise * factor);
  const doubted: number[] = [];
  for (;;) {
    const chol = cholesky(covarianceOf(family, probes, noises));
    const inverse = inverseOf(chol);
    const dual = multiplyVector(inverse, errors);
    const worst = worstOf(dual, inverse.data);
    const squares = dot(errors, dual);
    const evidence = -0.5 * (squares + logDeterminant(chol)) - 0.5 * Math.log(factor) ** 2 - DOUBT_COSTS * doubted.length;
    // The scatter of the probes about what was expected of them, held near 1 by as many imagined probes that are as expected.
    const scatter = (squares + IMAGINED) / (probes.length + IMAGINED);
    if (worst.off <= DOUBTFUL || doubted.length + 3 >= probes.length)
      return {
        family,
        probes,
        inverse: inverse.data,
        dual,
        level,
        evidence,
        noise: PRIOR.noise * factor,
        scatter,
        doubted: doubted.toSorted((a, b) => a - b),
      };
    doubted.push(worst.index);
    noises[worst.index] = 1e4;
  }
}

function covarianceOf(family: Family, probes: readonly Described[], noises: Float64Array) {
  const size = probes.length;
  const out = matrix(size, size);
  probes.forEach((a, i) => {
    probes.forEach((b, j) => {
      out.data[i * size + j] = covariance(family, a, b) + (i === j ? (noises[i] ?? 0) : 0);
    });
  });
  return out;
}

function worstOf(dual: Float64Array, inverse: Float64Array): { readonly index: number; readonly off: number } {
  let worst = { index: 0, off: 0 };
  dual.forEach((value, index) => {
    const off = Math.abs(value) / Math.sqrt(inverse[index * (dual.length + 1)] ?? 1);
    if (off > worst.off) worst = { index, off };
  });
  return worst;
}

/** Mean and variance of ln latency in units of the family. */
function expectedOf(
  { family, probes, inverse, dual, level, noise, scatter }: Posterior,
  active: Int32Array,
): { readonly mean: number; readonly variance: number } {
  const here = describe(family, active);
  const cross = Float64Array.from(probes, (probe) => covariance(family, here, probe));
  const size = probes.length;
  const explained = dot(cross, multiplyVector(matrix(size, size, inverse), cross));
  const variance = scatter * (Math.max(1e-6, covariance(family, here, here) - explained) + noise);
  return { mean: level + here.mean + dot(cross, dual), variance };
}

function forecast(posterior: Posterior, active: Int32Array, widening: number): LatencyForecast {
  const { mean, variance } = expectedOf(posterior, active);
  const { unit } = posterior.family;
  const half = widening * Math.sqrt(variance);
  return { latency: Math.exp(unit * mean), low: Math.exp(unit * (mean - half)), high: Math.exp(unit * (mean + half)) };
}

interface Choosing {
  readonly candidates: readonly Int32Array[];
  readonly sample: readonly Int32Array[];
  readonly count: number;
}

const MOST_CANDIDATES = 1500;

/** Each next probe takes away the most of what is unknown over the sample, given those before it. */
function greedyProbes(family: Family, { candidates, sample, count }: Choosing): number[] {
  const step = Math.max(1, Math.ceil(candidates.length / MOST_CANDIDATES));
  const indices = candidates.flatMap((_, index) => (index % step === 0 ? [index] : []));
  const described = indices.map((index) => describe(family, candidates[index] ?? new Int32Array(0)));
  const over = sample.slice(0, 200).map((active) => describe(family, active));
  // Offsets are learned by any probe; what probes are chosen for is the shape.
  const cross = described.map((a) => Float64Array.from(over, (b) => covariance(family, a, b)));
  const own = Float64Array.from(described, (a) => covariance(family, a, a) + PRIOR.noise);
  const chosen: number[] = [];
  const directions: { readonly among: Float64Array; readonly over: Float64Array }[] = [];
  for (let probe = 0; probe < Math.min(count, indices.length); probe++) {
    const gains = cross.map((row, c) => (chosen.includes(c) ? -1 : centredSquare(row) / (own[c] ?? 1)));
    const best = gains.reduce((most, gain, c) => (gain > (gains[most] ?? 0) ? c : most), 0);
    chosen.push(best);
    const scale = 1 / Math.sqrt(own[best] ?? 1);
    const among = Float64Array.from(described, (a, c) => {
      let value = covariance(family, a, described[best] ?? a) + (c === best ? PRIOR.noise : 0);
      for (const before of directions) value -= (before.among[c] ?? 0) * (before.among[best] ?? 0);
      return value * scale;
    });
    const right = (cross[best] ?? new Float64Array(0)).map((value) => value * scale);
    directions.push({ among, over: right });
    cross.forEach((row, c) => {
      for (let z = 0; z < row.length; z++) row[z] = (row[z] ?? 0) - (among[c] ?? 0) * (right[z] ?? 0);
      own[c] = Math.max(PRIOR.noise, (own[c] ?? 0) - (among[c] ?? 0) ** 2);
    });
  }
  return chosen.map((c) => indices[c] ?? 0);
}

/** Squared covariance with the sample, what is common to all of it taken off: an offset changes no order. */
function centredSquare(row: Float64Array): number {
  const mean = row.reduce((sum, each) => sum + each, 0) / row.length;
  return row.reduce((sum, each) => sum + (each - mean) ** 2, 0);
}

/**
 * By how many standard deviations an interval must reach to hold nine of ten: each known device is taken as new in turn, the others
 * being what is known (conformal, over devices).
 */
function wideningOf(
  family: Family,
  { known, sample, count }: { readonly known: readonly KnownDevice[]; readonly sample: readonly Int32Array[]; readonly count: number },
): number {
  const { features, shapes } = family;
  const reaches = known.map((device, out) => {
    const others: Family = { ...family, shapes: shapes.filter((_, index) => index !== out) };
    const readings = device.networks.map((network, n) => ({ active: features.activeOf(network), value: logOf(device.latencies[n] ?? 0) }));
    const some = readings.filter((_, n) => n % Math.max(1, Math.floor(readings.length / 150)) === 0);
    const probes = greedyProbes(others, { candidates: some.map(({ active }) => active), sample, count });
    const posterior = posteriorOf(
      others,
      probes.flatMap((index) => some[index] ?? []),
    );
    const off = some.flatMap(({ active, value }, index) => {
      if (probes.includes(index)) return [];
      const { mean, variance } = expectedOf(posterior, active);
      return [Math.abs(value / family.unit - mean) / Math.sqrt(variance)];
    });
    off.sort((a, b) => a - b);
    return off[Math.ceil(0.88 * off.length) - 1] ?? NORMAL_90;
  });
  // Their mean in logarithms: a few devices that scatter much shall not widen the intervals of all others.
  return Math.exp(reaches.reduce((sum, reach) => sum + Math.log(reach), 0) / reaches.length);
}

const NORMAL_90 = 1.645;
