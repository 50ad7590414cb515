import { isRefusal } from '@fleetfit/core';
import { encodeModel, floatsOf, intAttribute, intsAttribute, type Model, viewOf } from '@fleetfit/onnx';
import type { Tensor } from '@fleetfit/runtime';
import { describe, expect, it } from 'vitest';
import { centred, gatherCovariances, type LayerCovariance } from './gather-covariances.ts';
import { raisedModel, whyNotRaised } from './passes/raise-opset.ts';
import { exposing } from './run-images.ts';
import { calibrationOf, contextFor, images, lab, labModel, NetWriter, runtime } from './testing.ts';

const covarianceOf = async (model: Model, layer: string, all: readonly Tensor[], positions?: number): Promise<LayerCovariance> => {
  const calibration = calibrationOf('image', all);
  const context = { ...contextFor(model), calibration, ...(positions === undefined ? {} : { positions }) };
  const found = (await gatherCovariances(model, [layer], context)).get(layer);
  if (!found || isRefusal(found)) throw new Error(found?.why ?? 'missing');
  return found;
};

/** E[w x] and E[(w x)^2] of every output channel from moments, without bias. */
function outputMoments(weights: Float32Array, { groups, size, moments, means }: LayerCovariance) {
  const outputs = weights.length / size;
  return Array.from({ length: outputs }, (_, o) => {
    const group = Math.floor(o / (outputs / groups));
    let mean = 0;
    let square = 0;
    for (let i = 0; i < size; i++) {
      const w = weights[o * size + i] ?? 0;
      mean += w * (means[group * size + i] ?? 0);
      for (let j = 0; j < size; j++) square += w * (weights[o * size + j] ?? 0) * (moments[(group * size + i) * size + j] ?? 0);
    }
    return { mean, square };
  });
}

async function valuesOf(model: Model, value: string, all: readonly Tensor[]): Promise<Float32Array[]> {
  const files = { graph: encodeModel(exposing(model, [value])), externalData: new Map<string, Uint8Array>() };
  const session = await runtime.open(files, { provider: 'cpu', threads: 1, optimization: 'disabled' });
  const values: Float32Array[] = [];
  for (const image of all) {
    const data = (await session.run({ image }, [value]))[value]?.data;
    if (data instanceof Float32Array) values.push(data);
  }
  await session.close();
  return values;
}

describe('gatherCovariances', () => {
  // What a layer answers is a linear function of its columns, so moments of columns must give the moments of answers.
  it.each([
    ['3x3 with stride and padding', { from: 3, to: 6, kernel: 3, stride: 2 }],
    ['5x5 in groups', { from: 4, to: 8, kernel: 5, group: 2 }],
    ['depthwise', { from: 4, to: 4, kernel: 3, group: 4 }],
    ['1x1', { from: 5, to: 7, kernel: 1 }],
    ['1x1 with stride', { from: 5, to: 7, kernel: 1, stride: 2 }],
  ])('tells the moments of what a convolution answers: %s', async (_, shape) => {
    const net = new NetWriter(5);
    const model = net.model(['batch', shape.from, 9, 11], net.conv('image', shape));
    const all = images(3, { dims: [1, shape.from, 9, 11] });
    const graph = viewOf(model);
    const [node] = graph.nodes;
    if (!node) throw new Error('no node');
    const bias = graph.constant(node.inputs[2] ?? '');
    const b = bias ? floatsOf(bias) : new Float32Array(0);
    const covariance = await covarianceOf(model, 'conv_0', all);
    const weight = graph.constant(node.inputs[1] ?? '');
    const told = outputMoments(weight ? floatsOf(weight) : new Float32Array(0), covariance);
    const answers = await valuesOf(model, 'conv_0', all);
    const plane = (answers[0]?.length ?? 0) / shape.to;
    expect(covariance.count).toBe(plane * 3);
    told.forEach(({ mean, square }, o) => {
      const own = answers.flatMap((answer) => [...answer.subarray(o * plane, (o + 1) * plane)].map((y) => y - (b[o] ?? 0)));
      // Sums of float32 products, some hundreds of them.
      expect(mean).toBeCloseTo(own.reduce((sum, y) => sum + y, 0) / own.length, 4);
      expect(square).toBeCloseTo(own.reduce((sum, y) => sum + y * y, 0) / own.length, 3);
    });
    expect(intAttribute(node, 'group', 1)).toBe(covariance.groups);
    expect(intsAttribute(node, 'kernel_shape')).toBeDefined();
  });

  it('takes dense layers, and says why it does not take others', async () => {
    const net = new NetWriter(6);
    const flat = net.node('Flatten', ['image']);
    const dense = net.node('Gemm', [flat, net.constant('w', [12, 5], (normal) => normal)]);
    const model = net.model(['batch', 3, 2, 2], net.node('Relu', [dense]));
    const all = images(4, { dims: [1, 3, 2, 2] });
    const found = await gatherCovariances(model, ['gemm_1', 'relu_2', 'none'], {
      ...contextFor(model),
      calibration: calibrationOf('image', all),
    });
    const covariance = found.get('gemm_1');
    if (!covariance || isRefusal(covariance)) throw new Error('refused');
    const x = all.map(({ data }) => (data instanceof Float32Array ? data : new Float32Array(0)));
    expect(covariance.count).toBe(4);
    expect(covariance.moments[1]).toBeCloseTo(x.reduce((sum, each) => sum + (each[0] ?? 0) * (each[1] ?? 0), 0) / 4, 5);
    const mean = (i: number): number => x.reduce((sum, each) => sum + (each[i] ?? 0), 0) / 4;
    expect(centred(covariance)[12]).toBeCloseTo((covariance.moments[12] ?? 0) - mean(1) * mean(0), 6);
    expect(found.get('relu_2')).toEqual({ kind: 'refused', why: 'Relu multiplies by no weights' });
    expect(found.get('none')).toMatchObject({ kind: 'refused' });
  });

  it('steps over positions where there are many, and finds nearly the same', async () => {
    const net = new NetWriter(7);
    const model = net.model(['batch', 3, 64, 64], net.conv('image', { from: 3, to: 4, kernel: 3 }));
    const all = images(8, { dims: [1, 3, 64, 64] });
    const whole = await covarianceOf(model, 'conv_0', all, 4096);
    const some = await covarianceOf(model, 'conv_0', all, 256);
    expect([whole.count, some.count]).toEqual([8 * 4096, 8 * 256]);
    const trace = ({ size, moments }: LayerCovariance): number =>
      Array.from({ length: size }, (_, i) => moments[i * size + i] ?? 0).reduce((a, b) => a + b);
    // One pixel in sixteen of a smooth image.
    expect(Math.abs(trace(some) / trace(whole) - 1)).toBeLessThan(0.05);
  });

  it.skipIf(!lab)('gathers from every layer of real models (needs ../shared)', async () => {
    for (const [file, dims] of [
      ['resnet20-cifar10.onnx', [1, 3, 32, 32]],
      ['mnist-8.onnx', [1, 1, 28, 28]],
    ] as const) {
      const read = labModel(file);
      expect(whyNotRaised(read)).toBeUndefined();
      const { model } = raisedModel(read);
      const graph = viewOf(model);
      const layers = graph.nodes.filter(({ op }) => op === 'Conv' || op === 'Gemm').map((node) => graph.idOf(node));
      const calibration = calibrationOf(model.graph.inputs[0]?.name ?? '', images(2, { dims }));
      const found = await gatherCovariances(model, layers, { ...contextFor(model), calibration });
      for (const layer of layers) expect(found.get(layer), `${file}: ${layer}`).toHaveProperty('moments');
    }
  });
});
