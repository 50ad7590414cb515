import { constantOf, editModel, floatsOf, type Model, verifyModel, viewOf } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { costOfModel } from '../cost-of-model.ts';
import { answersOf, images, lab, labModel, largestDifference, NetWriter } from '../testing.ts';
import { mergedModel, mergeLinear } from './merge-linear.ts';

const ops = (model: Model): string[] => viewOf(model).nodes.map((node) => node.op);

function pairNet(): Model {
  const net = new NetWriter(41);
  const between = net.conv('image', { from: 3, to: 32, kernel: 3, stride: 2 });
  return net.model(['batch', 3, 16, 16], net.node('Relu', [net.conv(between, { from: 32, to: 4, kernel: 1 })]));
}

/** Every second pixel of every second row as channels of their own, then a 3x3 convolution. */
function focusNet(): Model {
  const net = new NetWriter(42);
  for (const [name, value] of [
    ['zero', 0n],
    ['one', 1n],
    ['two', 2n],
    ['rows', 2n],
    ['columns', 3n],
    ['end', 9223372036854775807n],
  ] as const)
    net.constants.push(constantOf(name, [1], BigInt64Array.of(value)));
  const parts = [
    ['zero', 'zero'],
    ['one', 'zero'],
    ['zero', 'one'],
    ['one', 'one'],
  ].map(([row = '', column = '']) => {
    const half = net.node('Slice', ['image', row, 'end', 'rows', 'two']);
    return net.node('Slice', [half, column, 'end', 'columns', 'two']);
  });
  const joined = net.node('Concat', parts, { attributes: { axis: 1 } });
  return net.model([1, 3, 16, 16], net.node('Relu', [net.conv(joined, { from: 12, to: 5, kernel: 3 })]));
}

describe('merge-linear', () => {
  it.each([
    ['two layers', pairNet, ['Conv', 'Relu']],
    ['a Focus stem', focusNet, ['Conv', 'Relu']],
  ])('writes %s as one convolution that computes the same', async (_, net, wanted) => {
    const model = net();
    const { model: merged } = mergedModel(model);
    verifyModel(merged);
    expect(ops(merged)).toEqual(wanted);
    const all = images(4);
    // Sums of some hundred float32 products in another order.
    expect(largestDifference(await answersOf(model, all), await answersOf(merged, all))).toBeLessThan(2e-4);
    expect(mergedModel(merged).changes).toEqual([]);
  });

  it.each([
    ['two layers', pairNet],
    ['a Focus stem', focusNet],
  ])('would be noticed with a wrong formula, %s: the same test fails when rows of the kernel are swapped', async (_, net) => {
    const model = net();
    const broken = editModel(mergedModel(model).model, (graph) => {
      const weight = graph.constant(graph.nodes[0]?.inputs[1] ?? '');
      if (weight) graph.setConstant(constantOf(weight.name, weight.dims, floatsOf(weight).toReversed()));
    });
    const all = images(4);
    expect(largestDifference(await answersOf(model, all), await answersOf(broken, all))).toBeGreaterThan(1e-2);
  });

  it('leaves two layers alone where one would multiply more', () => {
    const net = new NetWriter(43);
    const between = net.conv('image', { from: 16, to: 2, kernel: 1 });
    const model = net.model([1, 16, 8, 8], net.conv(between, { from: 2, to: 16, kernel: 1 }));
    expect(mergedModel(model).model).toBe(model);
    expect(mergeLinear.requires(model, {})?.why).toContain('no two layers follow each other');
  });

  it.skipIf(!lab)('makes the stem of yolox-nano one convolution (needs ../shared)', async () => {
    const model = labModel('yolox-nano-416.onnx');
    const { model: merged } = mergedModel(model);
    expect(ops(merged)).not.toContain('Slice');
    const all = images(1, { dims: [1, 3, 416, 416] });
    // Through 113 convolutions, with boxes of size up to 400.
    expect(largestDifference(await answersOf(model, all), await answersOf(merged, all))).toBeLessThan(2e-2);
    expect(costOfModel(merged).macs).toBeGreaterThan(0);
  });
});
