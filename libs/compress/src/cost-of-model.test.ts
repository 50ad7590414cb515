import { encodeModel } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { costOfModel } from './cost-of-model.ts';
import { inferShapes } from './infer-shapes.ts';
import { exposing } from './run-images.ts';
import { images, lab, labModel, NetWriter, runtime, smallNet } from './testing.ts';

describe('costOfModel', () => {
  it('counts multiply-accumulates, parameters and bytes of each node', () => {
    const net = new NetWriter(1);
    const conv = net.conv('image', { from: 4, to: 8, kernel: 3, stride: 2, group: 2 });
    const flat = net.node('Flatten', [net.node('Relu', [conv])]);
    const dense = net.node('Gemm', [flat, net.constant('w', [8 * 4 * 4, 10], () => 1)]);
    const cost = costOfModel(net.model(['batch', 4, 8, 8], dense));
    expect(cost.nodes.map(({ id, macs, parameters, shape }) => ({ id, macs, parameters, shape }))).toEqual([
      { id: 'conv_0', macs: 8 * 4 * 4 * (2 * 3 * 3), parameters: 8 * 2 * 9 + 8, shape: [1, 8, 4, 4] },
      { id: 'relu_1', macs: 0, parameters: 0, shape: [1, 8, 4, 4] },
      { id: 'flatten_2', macs: 0, parameters: 0, shape: [1, 128] },
      { id: 'gemm_3', macs: 128 * 10, parameters: 1280, shape: [1, 10] },
    ]);
    expect(cost.macs).toBe(8 * 4 * 4 * 18 + 1280);
    expect(cost.bytes).toBe((152 + 1280) * 4);
  });

  it('says so where a shape cannot be known', () => {
    const net = new NetWriter(1);
    const odd = net.node('NonZero', ['image']);
    const cost = costOfModel(net.model([1, 3, 8, 8], net.node('MatMul', [odd, net.constant('w', [4, 4], () => 1)])));
    expect(cost.macs).toBeUndefined();
  });

  it.skipIf(!lab)('agrees with the published counts (needs ../shared)', () => {
    const millions = (file: string): number => (costOfModel(labModel(file)).macs ?? 0) / 1e6;
    // Sandler et al. 2018, table 4: 300 M for MobileNetV2; He et al. 2015: 41 M for ResNet-20 (torchvision-style counting).
    expect(millions('mobilenetv2-1.0.onnx')).toBeGreaterThan(295);
    expect(millions('mobilenetv2-1.0.onnx')).toBeLessThan(320);
    expect(millions('resnet20-cifar10.onnx')).toBeGreaterThan(40);
    expect(millions('resnet20-cifar10.onnx')).toBeLessThan(42);
    expect(costOfModel(labModel('mobilenetv2-1.0.onnx')).parameters).toBeGreaterThan(3.4e6);
  });
});

/** Whose results are floats: others compute shapes, in 64-bit numbers. */
const FLOAT_OPS = new Set(
  `Conv Relu Add Clip MaxPool AveragePool GlobalAveragePool Reshape Flatten Transpose Gemm MatMul BatchNormalization Softmax Sigmoid
  Resize ReduceMean`.split(/\s+/),
);

describe('inferShapes', () => {
  const compare = async (model: ReturnType<typeof smallNet>, dims: readonly number[]): Promise<{ known: number; wrong: string[] }> => {
    const shapes = inferShapes(model);
    const values = model.graph.nodes.filter((node) => FLOAT_OPS.has(node.op)).flatMap((node) => node.outputs.slice(0, 1));
    const known = values.filter((value) => shapes.of(value));
    const files = { graph: encodeModel(exposing(model, known)), externalData: new Map<string, Uint8Array>() };
    const session = await runtime.open(files, { provider: 'cpu', threads: 1, optimization: 'disabled' });
    const results = await session.run({ [session.inputs[0]?.name ?? '']: images(1, { dims })[0] ?? { type: 'float32', dims, data: [] } });
    await session.close();
    const wrong = known.filter((value) => shapes.of(value)?.join() !== results[value]?.dims.join());
    return { known: known.length / values.length, wrong };
  };

  it('finds the shapes that the runtime makes', async () => {
    expect(await compare(smallNet(), [1, 3, 16, 16])).toEqual({ known: 1, wrong: [] });
  });
});
