import { seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { type KnownDevice, learnDevices } from './device-model.ts';
import type { Architecture } from './layer-features.ts';

const PLACES = 8;
const THINGS = 4;
const counts = Array.from({ length: PLACES }, () => THINGS);

/** Devices that mix three ways of being slow: by arithmetic, by memory, by launching. */
function family(seed: number) {
  const rng = seededRng(seed);
  const ways = [0, 1, 2].map(() => Array.from({ length: PLACES * THINGS }, () => Math.exp(0.8 * rng.normal())));
  const networks = Array.from({ length: 400 }, (): Architecture => Array.from({ length: PLACES }, () => rng.integer(THINGS)));
  const latencyOf = (mix: readonly number[], network: Architecture): number =>
    network.reduce(
      (sum, thing, place) => sum + mix.reduce((total, share, way) => total + share * (ways[way]?.[place * THINGS + thing] ?? 0), 0),
      1,
    );
  const device = (name: string): KnownDevice & { readonly truth: (network: Architecture) => number } => {
    const mix = [0, 1, 2].map(() => Math.exp(1.2 * rng.normal()));
    const truth = (network: Architecture): number => latencyOf(mix, network);
    return { name, networks, latencies: networks.map((network) => truth(network) * Math.exp(0.03 * rng.normal())), truth };
  };
  return { networks, known: Array.from({ length: 6 }, (_, d) => device(`known ${d}`)), fresh: device('new') };
}

const LEARNED = [1, 2].map((seed) => {
  const made = family(seed);
  const model = learnDevices(made.known, { counts, rng: seededRng(seed) });
  return { ...made, model, chosen: model.chooseProbes(made.networks, 8), seed };
});

describe('a model of devices', () => {
  it.each(LEARNED)('tells all latencies of a new device from eight probes, nine of ten within the interval (seed $seed)', (given) => {
    const { model, chosen, networks, fresh } = given;
    const adapted = model.adapt(chosen.map((index) => probeOf(given, index)));
    const forecasts = networks.map((network) => ({ truth: fresh.truth(network), ...adapted.predict(network) }));
    const errors = forecasts.map(({ truth, latency }) => Math.abs(Math.log(latency / truth))).sort((a, b) => a - b);
    expect(errors[200]).toBeLessThan(0.1);
    const inside = forecasts.filter(({ truth, low, high }) => truth >= low && truth <= high).length / forecasts.length;
    expect(inside).toBeGreaterThan(0.8);
  });

  it.each(LEARNED)('does not believe a probe that contradicts the others (seed $seed)', (given) => {
    const { model, chosen, networks } = given;
    const probes = chosen.map((index) => probeOf(given, index));
    const sound = model.adapt(probes);
    const faulty = model.adapt(probes.map((probe, n) => (n === 3 ? { ...probe, latency: probe.latency / 500 } : probe)));
    expect(faulty.doubted).toContain(3);
    const moved = networks.map((network) => Math.abs(Math.log(faulty.predict(network).latency / sound.predict(network).latency)));
    expect(moved.sort((a, b) => a - b)[200]).toBeLessThan(0.15);
  });

  it.each(LEARNED)('chooses different probes, and better ones than the first that come (seed $seed)', (given) => {
    const { model, chosen, networks } = given;
    expect(new Set(chosen).size).toBe(8);
    const error = (picked: readonly number[]): number => {
      const adapted = model.adapt(picked.map((index) => probeOf(given, index)));
      return networks.reduce((sum, network) => sum + Math.log(adapted.predict(network).latency / given.fresh.truth(network)) ** 2, 0);
    };
    const drawn = [0, 1, 2, 3, 4].map((start) => error(chosen.map((_, n) => 40 * start + n))).sort((a, b) => a - b);
    expect(error(chosen)).toBeLessThan(1.2 * (drawn[2] ?? 0));
  });

  it('refuses to learn from one device, and to adapt without a probe', () => {
    const { known, model } = LEARNED[0] ?? { known: [], model: undefined };
    expect(() => learnDevices(known.slice(0, 1), { counts, rng: seededRng(1) })).toThrow(/not at least 2/);
    expect(() => model?.adapt([])).toThrow(/no probes/);
  });
});

function probeOf({ networks, fresh }: (typeof LEARNED)[number], index: number) {
  return { network: networks[index] ?? [], latency: fresh.latencies[index] ?? 0 };
}
