import { isRefusal } from '@fleetfit/core';
import { buildModel, constantOf, editModel, type Model, type NewNode, viewOf } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { answersOf, images, lab, labModel, largestDifference } from '../testing.ts';
import { raisedModel, whyNotRaised } from './raise-opset.ts';

interface Case {
  readonly opset: number;
  readonly nodes: readonly NewNode[];
  readonly dims?: readonly (number | string)[];
  readonly rank?: false;
}

const one = (op: string, attributes: NonNullable<NewNode['attributes']> = {}): NewNode[] => [
  { name: op, op, inputs: ['image'], outputs: ['answer'], attributes },
];

const modelOf = ({ opset, nodes, dims = [1, 3, 4, 4], rank }: Case): Model =>
  buildModel({
    name: 'old',
    opset,
    inputs: [rank === false ? { name: 'image', type: 'float32' } : { name: 'image', type: 'float32', dims }],
    outputs: [{ name: 'answer', type: 'float32' }],
    nodes,
    constants: [constantOf('shape', [3], BigInt64Array.of(1n, 3n, 16n)), constantOf('scales', [4], Float32Array.of(1, 1, 2, 2))],
  });

const CASES: Readonly<Record<string, Case>> = {
  'Clip with both limits as attributes': { opset: 7, nodes: one('Clip', { min: { float: -0.5 }, max: { float: 0.5 } }) },
  'Clip with an upper limit only': { opset: 10, nodes: one('Clip', { max: { float: 0.1 } }) },
  'Pad with a value': { opset: 8, nodes: one('Pad', { pads: [0, 0, 1, 2, 0, 0, 3, 4], value: { float: 1.5 } }) },
  'Pad by reflection': { opset: 10, nodes: one('Pad', { pads: [0, 0, 1, 2, 0, 0, 1, 2], mode: 'reflect' }) },
  'Slice with and without axes': { opset: 9, nodes: one('Slice', { starts: [1], ends: [3], axes: [2] }) },
  'Dropout, which does nothing': { opset: 7, nodes: one('Dropout', { ratio: { float: 0.5 } }) },
  'Softmax over everything behind an axis': { opset: 9, nodes: one('Softmax', { axis: 1 }) },
  'Softmax of unknown rank': { opset: 9, nodes: one('Softmax', { axis: 2 }), rank: false },
  'Softmax over the last axis': { opset: 11, nodes: one('Softmax', { axis: 3 }) },
  'LogSoftmax with the old default': { opset: 12, nodes: one('LogSoftmax') },
  'ReduceSum with axes': { opset: 11, nodes: one('ReduceSum', { axes: [2, 3], keepdims: 0 }) },
  'ReduceSum of everything': { opset: 12, nodes: one('ReduceSum', { keepdims: 0 }) },
  'Squeeze and Unsqueeze': {
    opset: 7,
    nodes: [
      { op: 'Squeeze', inputs: ['image'], outputs: ['squeezed'], attributes: { axes: [0] } },
      { op: 'Unsqueeze', inputs: ['squeezed'], outputs: ['answer'], attributes: { axes: [1, 2] } },
    ],
  },
  'Split into uneven parts': {
    opset: 11,
    nodes: [
      { op: 'Split', inputs: ['image'], outputs: ['left', 'right'], attributes: { axis: 1, split: [1, 2] } },
      { op: 'Mul', inputs: ['left', 'right'], outputs: ['answer'] },
    ],
  },
  'Upsample with scales as attribute': { opset: 7, nodes: one('Upsample', { scales: { floats: [1, 1, 2, 3] }, mode: 'nearest' }) },
  'Upsample, linear, with scales as input': {
    opset: 9,
    nodes: [{ op: 'Upsample', inputs: ['image', 'scales'], outputs: ['answer'], attributes: { mode: 'linear' } }],
  },
  'Resize of opset 10': {
    opset: 10,
    nodes: [{ op: 'Resize', inputs: ['image', 'scales'], outputs: ['answer'], attributes: { mode: 'nearest' } }],
  },
};

describe('raise-opset', () => {
  it.each(Object.entries(CASES))('keeps the function: %s', async (_, example) => {
    const model = modelOf(example);
    expect(whyNotRaised(model)).toBeUndefined();
    const { model: raised } = raisedModel(model);
    expect(raised.opsets.get('')).toBe(13);
    const all = images(2, { dims: [1, 3, 4, 4] });
    const wanted = await answersOf(model, all);
    expect(wanted[0]?.length).toBeGreaterThan(0);
    // The same kernels or a reordering of a few float32 sums.
    expect(largestDifference(wanted, await answersOf(raised, all))).toBeLessThan(1e-5);
  });

  it('would be noticed with a wrong rule: a Softmax that keeps its axis', async () => {
    const model = modelOf(CASES['Softmax over everything behind an axis'] ?? { opset: 9, nodes: [] });
    const broken = editModel(model, (graph) => graph.setOpset('', 13));
    const all = images(2, { dims: [1, 3, 4, 4] });
    expect(largestDifference(await answersOf(model, all), await answersOf(broken, all))).toBeGreaterThan(0.01);
  });

  it('leaves a model of opset 13 as it is', () => {
    const model = modelOf({ opset: 13, nodes: one('Relu') });
    expect(raisedModel(model)).toEqual({ model, changes: [], origins: new Map() });
  });

  it('refuses operators without a rule by their names', () => {
    const nodes: NewNode[] = [
      { op: 'ImageScaler', inputs: ['image'], outputs: ['a'] },
      { op: 'Crop', inputs: ['a'], outputs: ['answer'] },
    ];
    expect(whyNotRaised(modelOf({ opset: 7, nodes }))?.why).toBe('opset 7 cannot be raised to 13: there is no rule for ImageScaler, Crop');
  });

  it('refuses forms that have no equal', () => {
    const shrinking = modelOf({ opset: 9, nodes: one('Upsample', { scales: { floats: [1, 1, 0.5, 0.5] } }) });
    expect(whyNotRaised(shrinking)?.why).toContain('Upsample to the nearest pixel by 1, 1, 0.5, 0.5 has no rule');
    expect(whyNotRaised(modelOf({ opset: 7, nodes: one('BatchNormalization', { spatial: 0 }) }))?.why).toContain('spatial=0');
  });

  it.skipIf(!lab)(
    'keeps the function of real models of opsets 8 to 12 (needs ../shared)',
    async () => {
      for (const [file, dims] of [
        ['resnet20-cifar10.onnx', [1, 3, 32, 32]],
        ['mnist-8.onnx', [1, 1, 28, 28]],
        ['mobilefacenet-128d.onnx', [1, 3, 112, 112]],
        ['ultraface-rfb-320.onnx', [1, 3, 240, 320]],
        ['blazeface-front-128.onnx', [1, 128, 128, 3]],
        ['yunet-n-320.onnx', [1, 3, 320, 320]],
        ['fastestdet-352.onnx', [1, 3, 352, 352]],
      ] as const) {
        const model = labModel(file);
        expect(whyNotRaised(model), file).toBeUndefined();
        const { model: raised } = raisedModel(model);
        const all = images(1, { dims });
        const wanted = await answersOf(model, all, 'all');
        const size = Math.max(...wanted.flatMap((answer) => [...answer].map(Math.abs)));
        expect(largestDifference(wanted, await answersOf(raised, all, 'all')), file).toBeLessThan(size * 1e-4);
      }
      const refused = whyNotRaised(labModel('style-candy-720.onnx'));
      expect(isRefusal(refused) && refused.why).toBe('opset 7 cannot be raised to 13: there is no rule for ImageScaler, Crop, Affine');
      expect(viewOf(raisedModel(labModel('resnet20-cifar10.onnx')).model).nodes.some((node) => node.attributes.has('spatial'))).toBe(false);
    },
    60_000,
  );
});
