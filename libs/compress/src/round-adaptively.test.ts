import { isRefusal, seededRng } from '@fleetfit/core';
import { viewOf } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { centred, type LayerCovariance } from './gather-covariances.ts';
import { type QuantizedTensor, quantizeTensor } from './quantize-tensor.ts';
import { roundAdaptively } from './round-adaptively.ts';
import { NetWriter } from './testing.ts';
import { type WeightedLayer, weightedLayerOf } from './weighted-layer.ts';

const SIZE = 24;

/** Columns that hang together, as neighbouring channels and pixels do: each is the one before and some noise. */
function covariance(groups = 1, seed = 3): LayerCovariance {
  const rng = seededRng(seed);
  const count = 400;
  const moments = new Float64Array(groups * SIZE * SIZE);
  const means = new Float64Array(groups * SIZE);
  for (let group = 0; group < groups; group++)
    for (let n = 0; n < count; n++) {
      const x: number[] = [];
      for (let k = 0; k < SIZE; k++) x.push(0.9 * (x[k - 1] ?? 1) + 0.3 * rng.normal() + 0.1 * group);
      x.forEach((a, i) => {
        means[group * SIZE + i] = (means[group * SIZE + i] ?? 0) + a / count;
        x.forEach((b, j) => {
          const at = (group * SIZE + i) * SIZE + j;
          moments[at] = (moments[at] ?? 0) + (a * b) / count;
        });
      });
    }
  return { groups, size: SIZE, moments, means, count };
}

function layerOf(op: 'Conv' | 'MatMul'): { layer: WeightedLayer; weights: Float32Array } {
  const net = new NetWriter(4);
  const isConv = op === 'Conv';
  const y = isConv
    ? net.conv('image', { from: SIZE, to: 6, kernel: 1 })
    : net.node('MatMul', ['image', net.constant('w', [SIZE, 6], (normal) => normal)]);
  const graph = viewOf(net.model(isConv ? [1, SIZE, 4, 4] : [2, SIZE], y));
  const [node] = graph.nodes;
  const layer = node ? weightedLayerOf(node, graph) : undefined;
  if (!layer || isRefusal(layer) || layer.weight.data.kind !== 'raw') throw new Error('no layer');
  return { layer, weights: new Float32Array(layer.weight.data.bytes.slice().buffer) };
}

/** sum over outputs of e' H e */
function outputError(weights: Float32Array, { values, scales }: QuantizedTensor, its: LayerCovariance, axis: number): number {
  const h = centred(its);
  const outputs = weights.length / SIZE;
  let sum = 0;
  for (let o = 0; o < outputs; o++) {
    const e = Array.from({ length: SIZE }, (_, k) => {
      const at = axis === 0 ? o * SIZE + k : k * outputs + o;
      return (scales[o] ?? 0) * (values[at] ?? 0) - (weights[at] ?? 0);
    });
    for (let i = 0; i < SIZE; i++) for (let j = 0; j < SIZE; j++) sum += (e[i] ?? 0) * (h[i * SIZE + j] ?? 0) * (e[j] ?? 0);
  }
  return sum;
}

describe('roundAdaptively', () => {
  it.each(['Conv', 'MatMul'] as const)('moves the outputs of a %s less than rounding to nearest', (op) => {
    const { layer, weights } = layerOf(op);
    const its = covariance();
    const nearest = quantizeTensor(weights, { dims: layer.weight.dims, axis: layer.axis, bits: 4 });
    const adaptive = roundAdaptively(weights, nearest, { layer, bits: 4, covariance: its });
    const before = outputError(weights, nearest, its, layer.axis);
    expect(outputError(weights, adaptive, its, layer.axis)).toBeLessThan(0.75 * before);
    expect(adaptive.scales).toEqual(nearest.scales);
    expect(Math.max(...adaptive.values.map(Math.abs))).toBeLessThanOrEqual(7);
    // Broken on purpose: with the columns of another layer outputs move more.
    const at = (i: number): number => (i * 7) % SIZE;
    const moments = its.moments.map((_, i) => its.moments[at(Math.floor(i / SIZE)) * SIZE + at(i % SIZE)] ?? 0);
    const shuffled = { ...its, moments, means: its.means.map((_, i) => its.means[at(i)] ?? 0) };
    const broken = roundAdaptively(weights, nearest, { layer, bits: 4, covariance: shuffled });
    expect(outputError(weights, broken, its, layer.axis)).toBeGreaterThan(1.2 * outputError(weights, adaptive, its, layer.axis));
  });

  it('changes nothing where columns do not hang together: nearest is best then', () => {
    const { layer, weights } = layerOf('Conv');
    const moments = Float64Array.from({ length: SIZE * SIZE }, (_, i) => (i % (SIZE + 1) === 0 ? 1 + i : 0));
    const independent = { ...covariance(), moments, means: new Float64Array(SIZE) };
    const nearest = quantizeTensor(weights, { dims: layer.weight.dims, axis: 0, bits: 8 });
    expect(roundAdaptively(weights, nearest, { layer, bits: 8, covariance: independent }).values).toEqual(nearest.values);
  });
});

describe('quantizeTensor', () => {
  it('clips large weights where that makes the squared error smaller, with scale=mse', () => {
    const weights = Float32Array.from({ length: 256 }, (_, i) => (i === 0 ? 3 : Math.sin(i)));
    const grid = { dims: [1, 256], axis: 0, bits: 4 } as const;
    const errorOf = ({ values, scales }: QuantizedTensor): number =>
      weights.reduce((sum, w, i) => sum + (w - (scales[0] ?? 0) * (values[i] ?? 0)) ** 2, 0);
    expect(errorOf(quantizeTensor(weights, { ...grid, scale: 'mse' }))).toBeLessThan(errorOf(quantizeTensor(weights, grid)) * 0.9);
  });
});
