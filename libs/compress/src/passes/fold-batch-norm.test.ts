import { constantOf, editModel, type Model, viewOf } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { answersOf, images, lab, labModel, largestDifference, NetWriter, smallNet } from '../testing.ts';
import { foldBatchNorms } from './fold-batch-norm.ts';

const ops = (model: Model, op: string): number => viewOf(model).nodes.filter((node) => node.op === op).length;

describe('fold-batch-norm', () => {
  it('leaves no norm behind a convolution and computes the same', async () => {
    const model = smallNet();
    const { model: folded, changes } = foldBatchNorms(model);
    expect(ops(model, 'BatchNormalization')).toBe(5);
    expect(ops(folded, 'BatchNormalization')).toBe(0);
    expect(changes.map((change) => change.kind)).toEqual(Array.from({ length: 5 }, () => 'changed'));
    const all = images(8);
    const wanted = await answersOf(model, all);
    // Two float32 roundings per channel, answers of size about 1.
    expect(largestDifference(wanted, await answersOf(folded, all))).toBeLessThan(1e-5);
  });

  it('would be noticed with a wrong formula: the same test fails when one folded bias is off by 1 %', async () => {
    const model = smallNet();
    const { model: folded } = foldBatchNorms(model);
    const broken = editModel(folded, (graph) => {
      const [, , bias = ''] = graph.nodes.find((node) => node.op === 'Conv')?.inputs ?? [];
      graph.setConstant(constantOf(bias, [8], new Float32Array(8).fill(0.01)));
    });
    const all = images(8);
    expect(largestDifference(await answersOf(model, all), await answersOf(broken, all))).toBeGreaterThan(1e-4);
  });

  it('keeps the ids of the convolutions', () => {
    const model = smallNet();
    const convs = (each: Model): string[] => {
      const graph = viewOf(each);
      return graph.nodes.filter((node) => node.op === 'Conv').map((node) => graph.idOf(node));
    };
    expect(convs(foldBatchNorms(model).model)).toEqual(convs(model));
  });

  it('does nothing the second time', () => {
    const once = foldBatchNorms(smallNet()).model;
    const twice = foldBatchNorms(once);
    expect(twice.model).toBe(once);
    expect(twice.changes).toEqual([]);
  });

  it('keeps a norm behind a convolution whose weight is shared, and says so', async () => {
    const net = new NetWriter(3);
    const first = net.conv('image', { from: 3, to: 3, kernel: 3 });
    const shared = net.nodes[0]?.inputs[1] ?? '';
    const second = net.node('Conv', [first, shared], { attributes: { pads: [1, 1, 1, 1] } });
    const model = net.model([1, 3, 16, 16], net.norm(second, 3));
    const { model: folded, changes } = foldBatchNorms(model);
    expect(folded).toBe(model);
    expect(changes).toEqual([{ kind: 'refused', layer: 'norm_2', why: `weight "${shared}" is shared: 2 nodes read it` }]);
  });

  it('keeps a norm whose input is read elsewhere too', () => {
    const net = new NetWriter(3);
    const conv = net.conv('image', { from: 3, to: 3, kernel: 3 });
    const model = net.model([1, 3, 16, 16], net.node('Add', [net.norm(conv, 3), conv]));
    expect(foldBatchNorms(model).changes).toEqual([{ kind: 'refused', layer: 'norm_1', why: `its input "${conv}" is read by 2 nodes` }]);
  });

  it('folds behind Gemm and ConvTranspose', async () => {
    const net = new NetWriter(4);
    const grown = net.node('ConvTranspose', ['image', net.constant('w', [3, 5, 2, 2], (normal) => normal)], {
      attributes: { strides: [2, 2] },
    });
    const flat = net.node('Flatten', [net.norm(grown, 5)]);
    const dense = net.node('Gemm', [
      flat,
      net.constant('d', [5 * 16, 7], (normal) => normal * 0.2),
      net.constant('e', [7], (normal) => normal),
    ]);
    const model = net.model([1, 3, 2, 2], net.norm(dense, 7));
    const folded = foldBatchNorms(model).model;
    expect(ops(folded, 'BatchNormalization')).toBe(0);
    const all = images(4, { dims: [1, 3, 2, 2] });
    // Sums of 80 products of size about 1.
    expect(largestDifference(await answersOf(model, all), await answersOf(folded, all))).toBeLessThan(2e-5);
  });

  it.skipIf(!lab)('folds all 21 norms of resnet20 of opset 9 (needs ../shared)', async () => {
    const model = labModel('resnet20-cifar10.onnx');
    const { model: folded } = foldBatchNorms(model);
    expect(ops(model, 'BatchNormalization')).toBe(21);
    expect(ops(folded, 'BatchNormalization')).toBe(0);
    const all = images(4, { dims: [1, 3, 32, 32] });
    // 20 layers deep, logits of size about 10.
    expect(largestDifference(await answersOf(model, all), await answersOf(folded, all))).toBeLessThan(1e-3);
  });
});
