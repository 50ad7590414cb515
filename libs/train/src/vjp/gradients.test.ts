import { constantOf } from '@fleetfit/onnx';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { describe, expect, it } from 'vitest';
import { type GradientCase, gradientErrors } from '../testing/gradient-errors.ts';
import { VJP_RULES } from '../vjp-rules.ts';
import { relu } from './activation.ts';
import { batchNormalization } from './batch-normalization.ts';

const runtime = nodeRuntime();

type Case = Omit<GradientCase, 'runtime' | 'seed'>;

const conv = (inputs: GradientCase['inputs'], attributes: GradientCase['node']['attributes']): Case => ({
  node: { op: 'Conv', ...(attributes ? { attributes } : {}) },
  inputs,
  step: 0.5,
});
const gemm = ([a = [], b = [], c = []]: readonly (readonly number[])[], attributes: GradientCase['node']['attributes']): Case => ({
  node: { op: 'Gemm', ...(attributes ? { attributes } : {}) },
  inputs: { a, b, c },
  step: 0.5,
});
const norm: Case = {
  node: { op: 'BatchNormalization', attributes: { epsilon: { float: 1e-3 } } },
  inputs: { x: [4, 3, 5, 6], scale: [3], shift: [3], mean: [3], variance: [3] },
  step: 0.01,
};
// Steps along a normal direction stay below 4 x 0.01, so nothing crosses the kink.
const smooth: Case = { node: { op: 'Relu' }, inputs: { x: [2, 3, 4, 4] }, step: 0.01, kink: 0.06 };
const picture = { x: [2, 3, 6, 5] };
const ints = (name: string, values: readonly number[]) => constantOf(name, [values.length], BigInt64Array.from(values, BigInt));
const floats = (name: string, values: readonly number[]) => constantOf(name, [values.length], Float32Array.from(values));
const number = (name: string, value: number) => constantOf(name, [], Float32Array.of(value));
type Attributes = NonNullable<GradientCase['node']['attributes']>;
/** Linear in its input: a long step drowns rounding. */
const linear = (op: string, attributes: Attributes = {}, more: Partial<Case> = {}): Case => ({
  node: { op, attributes },
  inputs: picture,
  step: 0.5,
  ...more,
});
const curved = (op: string, attributes: Attributes = {}, more: Partial<Case> = {}): Case => ({
  ...linear(op, attributes, more),
  step: more.step ?? 0.02,
});
const bent = (op: string, attributes: Attributes = {}): Case => curved(op, attributes, { step: 0.01, kink: 0.06 });
const two = (op: string, more: Partial<Case> = {}): Case => ({
  node: { op },
  inputs: { a: [2, 3, 4, 4], b: [3, 1, 1] },
  step: 0.02,
  above: 0.5,
  ...more,
});
const sized = (attributes: Attributes, sizes: readonly number[]): Case => ({
  node: { op: 'Resize', inputs: ['x', '', '', 'sizes'], attributes },
  inputs: picture,
  constants: [ints('sizes', [2, 3, ...sizes])],
  step: 0.5,
});
const scaled = (attributes: Attributes, scales: readonly number[]): Case => ({
  node: { op: 'Resize', inputs: ['x', '', 'scales'], attributes },
  inputs: picture,
  constants: [floats('scales', [1, 1, ...scales])],
  step: 0.5,
});
const padding = (mode: string): Case => linear('Pad', { mode }, { constants: [ints('pads', [0, 0, 1, 2, 0, 0, 2, 0])] });
const MORE: Readonly<Record<string, Case>> = {
  'Conv dilated': conv({ x: [2, 3, 8, 7], w: [4, 3, 3, 3] }, { pads: [2, 2, 2, 2], dilations: [2, 2] }),
  'Conv in groups': conv({ x: [2, 4, 6, 5], w: [6, 2, 3, 3], b: [6] }, { pads: [1, 1, 1, 1], group: 2 }),
  'Conv in groups, stride 2, dilated': conv(
    { x: [2, 4, 9, 8], w: [6, 2, 3, 3] },
    { pads: [2, 2, 2, 2], group: 2, strides: [2, 2], dilations: [2, 2] },
  ),
  'Conv depthwise, two kernels a channel': conv({ x: [2, 3, 6, 5], w: [6, 1, 3, 3] }, { pads: [1, 1, 1, 1], group: 3 }),
  'Conv padded by itself': conv({ x: [2, 3, 7, 6], w: [4, 3, 3, 3] }, { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  'Conv padded by itself, lower': conv({ x: [2, 3, 6, 6], w: [4, 3, 2, 2] }, { auto_pad: 'SAME_LOWER' }),
  ConvTranspose: {
    ...conv({ x: [2, 4, 4, 3], w: [4, 3, 3, 3], b: [3] }, { pads: [1, 1, 1, 1], strides: [2, 2] }),
    node: { op: 'ConvTranspose', attributes: { pads: [1, 1, 1, 1], strides: [2, 2] } },
  },
  'ConvTranspose with output padding, in groups': {
    ...conv({ x: [2, 4, 4, 3], w: [4, 2, 3, 3] }, {}),
    node: { op: 'ConvTranspose', attributes: { pads: [1, 1, 1, 1], strides: [2, 2], output_padding: [1, 1], group: 2 } },
  },
  'BatchNormalization frozen': { ...norm, frozen: true, step: 0.5 },
  LayerNormalization: {
    node: { op: 'LayerNormalization', attributes: { axis: -1 } },
    inputs: { x: [2, 5, 8], scale: [8], shift: [8] },
    step: 0.01,
  },
  'LayerNormalization over two axes': {
    node: { op: 'LayerNormalization', attributes: { axis: 1 } },
    inputs: { x: [2, 5, 8], scale: [5, 8], shift: [5, 8] },
    step: 0.01,
  },
  InstanceNormalization: { node: { op: 'InstanceNormalization' }, inputs: { x: [2, 3, 5, 4], scale: [3], shift: [3] }, step: 0.01 },
  Sub: two('Sub', { step: 0.5 }),
  Mul: two('Mul', { step: 0.5 }),
  Div: two('Div'),
  Pow: curved('Pow', {}, { constants: [number('p', 3)], above: 0.2 }),
  MatMul: { node: { op: 'MatMul' }, inputs: { a: [2, 3, 4, 5], b: [2, 3, 5, 6] }, step: 0.5 },
  'MatMul by one matrix': { node: { op: 'MatMul' }, inputs: { a: [2, 7, 5], b: [5, 4] }, step: 0.5 },
  'MatMul broadcast': { node: { op: 'MatMul' }, inputs: { a: [2, 1, 4, 5], b: [3, 5, 6] }, step: 0.5 },
  PRelu: { node: { op: 'PRelu' }, inputs: { x: [2, 3, 4, 4], slope: [3, 1, 1] }, step: 0.01, kink: 0.06 },
  LeakyRelu: bent('LeakyRelu', { alpha: { float: 0.1 } }),
  Elu: bent('Elu'),
  Clip: curved('Clip', {}, { constants: [number('low', -30), number('high', 30)], step: 0.01 }),
  'Clip from below': { ...bent('Clip'), node: { op: 'Clip', inputs: ['x', 'low'] }, constants: [number('low', 0)] },
  Sigmoid: curved('Sigmoid'),
  HardSigmoid: curved('HardSigmoid', { alpha: { float: 0.01 } }),
  HardSwish: curved('HardSwish', {}, { inputs: { x: [2, 2, 2] }, step: 0.005 }),
  Tanh: curved('Tanh'),
  Erf: curved('Erf'),
  Gelu: curved('Gelu'),
  'Gelu by tanh': curved('Gelu', { approximate: 'tanh' }),
  Softplus: curved('Softplus'),
  Exp: curved('Exp', {}, { step: 0.01 }),
  Log: curved('Log', {}, { above: 0.5, step: 0.01 }),
  Sqrt: curved('Sqrt', {}, { above: 0.5 }),
  Reciprocal: curved('Reciprocal', {}, { above: 1, step: 0.01 }),
  Abs: bent('Abs'),
  Neg: linear('Neg'),
  Softmax: curved('Softmax', { axis: 1 }),
  LogSoftmax: curved('LogSoftmax', { axis: -1 }),
  ReduceSum: linear('ReduceSum', { keepdims: 0 }, { constants: [ints('axes', [1, -1])] }),
  'ReduceMean over everything': linear('ReduceMean'),
  ReduceMean: linear('ReduceMean', { keepdims: 1 }, { constants: [ints('axes', [2, 3])] }),
  ReduceMax: curved('ReduceMax', { keepdims: 0 }, { constants: [ints('axes', [-1])], step: 1e-3 }),
  MaxPool: curved('MaxPool', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, { step: 1e-3 }),
  AveragePool: linear('AveragePool', { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 1, 1, 0] }),
  'AveragePool counting its border': linear('AveragePool', { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
  GlobalMaxPool: curved('GlobalMaxPool', {}, { step: 1e-3 }),
  'Resize nearest, twice': scaled({ mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }, [2, 2]),
  'Resize nearest to a size': sized({ mode: 'nearest' }, [9, 4]),
  'Resize linear': sized({ mode: 'linear' }, [12, 11]),
  'Resize linear, corners aligned': sized({ mode: 'linear', coordinate_transformation_mode: 'align_corners' }, [4, 9]),
  'Resize linear as PyTorch': sized({ mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' }, [3, 1]),
  Concat: { node: { op: 'Concat', attributes: { axis: 1 } }, inputs: { a: [2, 3, 4], b: [2, 2, 4], c: [2, 1, 4] }, step: 0.5 },
  Split: linear(
    'Split',
    { axis: 2 },
    { node: { op: 'Split', attributes: { axis: 2 }, outputs: ['y', 'z'] }, constants: [ints('sizes', [4, 2])] },
  ),
  Slice: linear('Slice', {}, { constants: [ints('starts', [1, -4]), ints('ends', [6, 9000]), ints('axes', [2, -1])] }),
  'Slice with steps, and backwards': linear(
    'Slice',
    {},
    { constants: [ints('starts', [1, -1]), ints('ends', [6, -9000]), ints('axes', [2, 3]), ints('steps', [2, -1])] },
  ),
  Gather: linear('Gather', { axis: 1 }, { constants: [ints('places', [2, 0, 2, -1])] }),
  'Gather one': { ...linear('Gather', { axis: 2 }), constants: [constantOf('place', [], BigInt64Array.of(3n))] },
  Pad: padding('constant'),
  'Pad by mirroring': padding('reflect'),
  'Pad by repeating': padding('edge'),
  DepthToSpace: linear('DepthToSpace', { blocksize: 2 }, { inputs: { x: [2, 8, 3, 2] } }),
  SpaceToDepth: linear('SpaceToDepth', { blocksize: 2 }, { inputs: { x: [2, 2, 6, 4] } }),
  Reshape: linear('Reshape', {}, { constants: [ints('shape', [6, -1])] }),
  Squeeze: linear('Squeeze', {}, { inputs: { x: [2, 3, 1, 1] }, constants: [ints('axes', [2, 3])] }),
  Unsqueeze: linear('Unsqueeze', {}, { inputs: { x: [2, 3] }, constants: [ints('axes', [2])] }),
  Transpose: linear('Transpose', { perm: [2, 0, 3, 1] }),
  'Transpose without an order': linear('Transpose'),
  Expand: linear('Expand', {}, { inputs: { x: [2, 1, 4] }, constants: [ints('shape', [3, 2, 5, 4])] }),
  Identity: linear('Identity'),
  Dropout: linear('Dropout'),
  Cast: linear('Cast', { to: 1 }),
};
const CASES: Readonly<Record<string, Case>> = {
  ...MORE,
  'Conv 3x3': conv({ x: [2, 3, 6, 5], w: [4, 3, 3, 3], b: [4] }, { pads: [1, 1, 1, 1] }),
  'Conv 3x3 without padding or bias': conv({ x: [2, 3, 6, 5], w: [4, 3, 3, 3] }, {}),
  'Conv 3x2 padded on one side': conv({ x: [2, 2, 6, 5], w: [3, 2, 3, 2] }, { pads: [2, 0, 1, 1] }),
  'Conv 3x3 stride 2, even picture': conv({ x: [2, 3, 8, 8], w: [4, 3, 3, 3], b: [4] }, { pads: [1, 1, 1, 1], strides: [2, 2] }),
  'Conv 3x3 stride 2, odd picture': conv({ x: [2, 3, 7, 9], w: [4, 3, 3, 3] }, { pads: [1, 1, 1, 1], strides: [2, 2] }),
  'Conv 1x1': conv({ x: [2, 5, 4, 4], w: [3, 5, 1, 1] }, {}),
  'Conv 1x1 stride 2': conv({ x: [2, 5, 8, 7], w: [3, 5, 1, 1] }, { strides: [2, 2] }),
  'Conv depthwise': conv({ x: [2, 4, 6, 5], w: [4, 1, 3, 3], b: [4] }, { pads: [1, 1, 1, 1], group: 4 }),
  'Conv depthwise stride 2': conv({ x: [2, 4, 8, 8], w: [4, 1, 3, 3] }, { pads: [1, 1, 1, 1], group: 4, strides: [2, 2] }),
  Gemm: gemm([[4, 3], [3, 5], [5]], {}),
  'Gemm transB with alpha and beta': gemm(
    [
      [4, 3],
      [5, 3],
      [1, 5],
    ],
    { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } },
  ),
  'Gemm transA, whole C': gemm(
    [
      [3, 4],
      [3, 5],
      [4, 5],
    ],
    { transA: 1 },
  ),
  'Gemm transA and transB': gemm(
    [
      [3, 4],
      [5, 3],
      [4, 1],
    ],
    { transA: 1, transB: 1 },
  ),
  Add: { node: { op: 'Add' }, inputs: { a: [2, 3, 4, 4], b: [2, 3, 4, 4] }, step: 0.5 },
  'Add broadcast': { node: { op: 'Add' }, inputs: { a: [2, 3, 4, 4], b: [3, 1, 1] }, step: 0.5 },
  Relu: smooth,
  GlobalAveragePool: { node: { op: 'GlobalAveragePool' }, inputs: { x: [2, 3, 4, 5] }, step: 0.5 },
  Flatten: { node: { op: 'Flatten' }, inputs: { x: [2, 3, 4, 5] }, step: 0.5 },
  BatchNormalization: norm,
};

describe('the gradient rule of', { timeout: 60_000 }, () => {
  for (const [name, it_] of Object.entries(CASES)) {
    it(`${name} equals finite differences for every input`, async () => {
      for (const seed of [1, 2]) {
        const errors = await gradientErrors({ ...it_, runtime, seed });
        expect(Object.keys(errors).length, 'inputs checked').toBeGreaterThan(0);
        // float32 rounding of a sum of a few hundred products, over a step of 0.01 in the worst case.
        for (const [input, error] of Object.entries(errors)) expect(error, `d${input}, seed ${seed}`).toBeLessThan(2e-3);
      }
    });
  }

  it('every op is checked', () => {
    const checked = new Set(Object.values(CASES).map(({ node }) => node.op));
    // Rounding has no slope: what goes straight through cannot be held against differences.
    const straightThrough = ['QuantizeLinear', 'DequantizeLinear'];
    expect([...VJP_RULES.keys()].filter((op) => !checked.has(op))).toEqual(straightThrough);
  });
});

describe('the check itself', { timeout: 60_000 }, () => {
  it('finds a Relu that lets the whole gradient through', async () => {
    const wrong = { ...relu, vjp: (_: unknown, { gradient }: { gradient: string }) => [gradient] };
    const { x = 0 } = await gradientErrors({ ...smooth, runtime, seed: 1, rule: wrong });
    expect(x).toBeGreaterThan(0.05);
  });

  it('finds a batch normalization that takes the mean for the variance, as aliased outputs would', async () => {
    const wrong: typeof batchNormalization = {
      ...batchNormalization,
      vjp: (node, backward) => batchNormalization.vjp(node, { ...backward, noted: [backward.noted[1] ?? '', backward.noted[1] ?? ''] }),
    };
    const { x = 0, scale = 0 } = await gradientErrors({ ...norm, runtime, seed: 1, rule: wrong });
    expect(Math.max(x, scale)).toBeGreaterThan(0.05);
  });
});
