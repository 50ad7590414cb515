import { seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { type ActivationHistogram, collectHistogram } from './activation-histogram.ts';
import { quantizerOf, rangeOf } from './activation-range.ts';

const histogramOf = (...batches: readonly Float32Array[]): ActivationHistogram => {
  const collector = collectHistogram('value');
  for (const batch of batches) collector.add(batch);
  const histogram = collector.histogram();
  if (!histogram) throw new Error('nothing was collected');
  return histogram;
};

const normals = (count: number, seed: number, size = 1): Float32Array => {
  const rng = seededRng(seed);
  return Float32Array.from({ length: count }, () => rng.normal() * size);
};

describe('collectHistogram', () => {
  it('knows lowest, highest and count exactly, and puts every value into its bin', () => {
    const values = normals(5000, 1);
    const histogram = histogramOf(values.subarray(0, 700), values.subarray(700));
    expect(histogram.lowest).toBe(Math.min(...values));
    expect(histogram.highest).toBe(Math.max(...values));
    expect(histogram.count).toBe(5000);
    const wanted = new Float64Array(histogram.counts.length);
    for (const value of values) {
      const bin = Math.floor(value / histogram.width) - histogram.first;
      wanted[bin] = (wanted[bin] ?? 0) + 1;
    }
    expect(histogram.counts).toEqual(wanted);
  });

  it('does not depend on the order of the images, though bins merge as values grow', () => {
    const batches = [normals(300, 1, 0.01), normals(300, 2, 10), normals(300, 3, 1)];
    expect(histogramOf(...batches)).toEqual(histogramOf(...batches.toReversed()));
  });

  it('uses at least half of its bins', () => {
    const { highest, lowest, width, counts } = histogramOf(normals(1000, 4, 3.7));
    expect((highest - lowest) / width).toBeGreaterThan(counts.length / 2 - 2);
  });

  it('takes a tensor of zeros, and one of a single number', () => {
    expect(histogramOf(new Float32Array(8))).toMatchObject({ lowest: 0, highest: 0, count: 8 });
    expect(histogramOf(Float32Array.of(-3))).toMatchObject({ lowest: -3, highest: -3, count: 1 });
  });

  it('refuses values that are not finite, by the name of the tensor', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => histogramOf(Float32Array.of(1, bad))).toThrow(
        'Cannot calibrate: "value" becomes NaN or infinite on a calibration image',
      );
  });
});

describe('rangeOf', () => {
  const spread = normals(20_000, 5);
  const withOutlier = Float32Array.of(...spread, 400);

  it('min-max takes everything, zero included', () => {
    expect(rangeOf(histogramOf(Float32Array.of(2, 5)), { kind: 'min-max' })).toEqual({ low: 0, high: 5 });
    expect(rangeOf(histogramOf(withOutlier), { kind: 'min-max' }).high).toBe(400);
  });

  it('percentile leaves out that share at either end', () => {
    const { low, high } = rangeOf(histogramOf(spread), { kind: 'percentile', percent: 99 });
    const sorted = spread.toSorted();
    const { width } = histogramOf(spread);
    expect(Math.abs(high - (sorted[19_800] ?? 0))).toBeLessThan(2 * width);
    expect(Math.abs(low - (sorted[200] ?? 0))).toBeLessThan(2 * width);
  });

  it('mse gives up the tails for finer steps, and has the least squared error of the tried ranges', () => {
    const histogram = histogramOf(spread);
    const { low, high } = rangeOf(histogram, { kind: 'mse' });
    const errorOf = (range: { low: number; high: number }): number => {
      const { scale, zeroPoint } = quantizerOf(range);
      return spread.reduce((sum, value) => {
        const q = Math.min(255, Math.max(0, Math.round(value / scale) + zeroPoint));
        return sum + (scale * (q - zeroPoint) - value) ** 2;
      }, 0);
    };
    const all = rangeOf(histogram, { kind: 'min-max' });
    expect(high).toBeLessThan(all.high);
    expect(errorOf({ low, high })).toBeLessThan(errorOf(all));
    expect(errorOf({ low, high })).toBeLessThan(errorOf({ low: low * 0.9, high: high * 0.9 }));
  });

  it('keeps the low end of values behind a ReLU at zero', () => {
    const relu = spread.map((value) => Math.max(0, value));
    for (const kind of ['min-max', 'mse'] as const) expect(quantizerOf(rangeOf(histogramOf(relu), { kind })).zeroPoint).toBe(0);
    expect(rangeOf(histogramOf(relu), { kind: 'percentile', percent: 99.9 }).low).toBe(0);
  });
});

describe('quantizerOf', () => {
  it('stands for zero exactly and reaches both ends', () => {
    const { scale, zeroPoint } = quantizerOf({ low: -1, high: 3 });
    expect(zeroPoint).toBe(64);
    expect(scale * (255 - zeroPoint)).toBeCloseTo(3, 1);
    expect(scale * (0 - zeroPoint)).toBeCloseTo(-1, 1);
  });

  it('never goes beyond the upper limit of a Relu6', () => {
    expect(quantizerOf({ low: 0, high: 6 }).scale * 255).toBeLessThanOrEqual(6 * (1 + 1e-7));
  });
});
