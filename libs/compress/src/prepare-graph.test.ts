import { constantOf, editModel, floatsOf, type Model, viewOf } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { preparedForIntegers } from './prepare-graph.ts';
import { answersOf, images, lab, labModel, largestDifference, NetWriter } from './testing.ts';

/** An old exporter's habits: weights behind Identity and Reshape, biases added behind the layers, a mean instead of a pooling. */
function awkwardNet(): Model {
  const net = new NetWriter(11);
  const weight = net.node('Identity', [net.constant('w', [8, 3, 3, 3], (normal) => normal * 0.2)]);
  const conv = net.node('Conv', ['image', weight]);
  const seen = net.node('Relu', [net.node('Add', [conv, net.constant('b', [8, 1, 1], (normal) => normal)])]);
  const mean = net.node('ReduceMean', [seen], { attributes: { axes: [-1, 2], keepdims: 0 } });
  net.constants.push(constantOf('shape', [2], BigInt64Array.of(8n, -1n)));
  const dense = net.node('Reshape', [net.constant('d', [2, 4, 5], (normal) => normal), 'shape']);
  const logits = net.node('Add', [net.constant('e', [1, 5], (normal) => normal), net.node('MatMul', [mean, dense])]);
  return net.model([1, 3, 8, 8], logits);
}

const all = images(4, { dims: [1, 3, 8, 8] });

describe('preparedForIntegers', () => {
  it('leaves layers that integer kernels know, with their biases inside, and computes the same', async () => {
    const model = awkwardNet();
    const { model: prepared } = preparedForIntegers(model);
    expect(viewOf(prepared).nodes.map((node) => node.op)).toEqual(['Conv', 'Relu', 'GlobalAveragePool', 'Flatten', 'Gemm']);
    // Sums of 27 and 8 float32 products in another order.
    expect(largestDifference(await answersOf(model, all), await answersOf(prepared, all))).toBeLessThan(1e-5);
  });

  it('would be noticed with a wrong bias', async () => {
    const model = awkwardNet();
    const broken = editModel(preparedForIntegers(model).model, (graph) => {
      const name = graph.nodes.find((node) => node.op === 'Conv')?.inputs[2] ?? '';
      const bias = graph.constant(name);
      if (bias) graph.setConstant(constantOf(name, [8], floatsOf(bias).toReversed()));
    });
    expect(largestDifference(await answersOf(model, all), await answersOf(broken, all))).toBeGreaterThan(0.01);
  });

  it('keeps a sum that two nodes read, and a mean over other axes', () => {
    const net = new NetWriter(12);
    const conv = net.conv('image', { from: 3, to: 4, kernel: 3 });
    const sum = net.node('Add', [conv, net.constant('b', [4, 1, 1], (normal) => normal)]);
    const mean = net.node('ReduceMean', [net.node('Mul', [sum, conv])], { attributes: { axes: [1] } });
    const model = net.model([1, 3, 8, 8], mean);
    expect(preparedForIntegers(model)).toEqual({ model, changes: [], origins: new Map() });
  });

  it.skipIf(!lab)('keeps the function of real models (needs ../shared)', async () => {
    for (const [file, dims, left] of [
      ['mnist-8.onnx', [1, 1, 28, 28], { MatMul: 0, Add: 0 }],
      ['resnet18-half-cifar10.onnx', [1, 3, 32, 32], { ReduceMean: 0, BatchNormalization: 0, Identity: 0 }],
    ] as const) {
      const model = labModel(file);
      const { model: prepared } = preparedForIntegers(model);
      for (const [op, count] of Object.entries(left))
        expect(
          viewOf(prepared).nodes.filter((node) => node.op === op),
          op,
        ).toHaveLength(count);
      const some = images(2, { dims });
      const wanted = await answersOf(model, some);
      const size = Math.max(...wanted.flatMap((answer) => [...answer].map(Math.abs)));
      expect(largestDifference(wanted, await answersOf(prepared, some)), file).toBeLessThan(size * 1e-5);
    }
  });
});
