import { floatsOf, intAttribute, intsAttribute, stringAttribute, tensorAttribute } from '@fleetfit/onnx';
import type { Shape, ShapeQuestion } from './infer-shapes.ts';

/** Shapes of the outputs of a node; undefined where they cannot be known. */
type ShapeRule = (question: ShapeQuestion) => readonly Shape[] | undefined;

const product = (shape: Shape): number => shape.reduce((all, dim) => all * dim, 1);
const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

const sameAsInput: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  return x && node.outputs.map(() => x);
};

/** ONNX broadcasting: aligned at the last axis, 1 stretches. */
const broadcast: ShapeRule = ({ node, shape }) => {
  const shapes = node.inputs.map((_, i) => shape(i));
  if (!shapes.every((each) => each !== undefined)) return undefined;
  const rank = Math.max(...shapes.map((each) => each.length));
  const at = (each: Shape, axis: number): number => each[axis - rank + each.length] ?? 1;
  return [Array.from({ length: rank }, (_, axis) => shapes.reduce((dim, each) => (dim === 1 ? at(each, axis) : dim), 1))];
};

/** Spatial sizes of a sliding window: floor((in + pads - dilated kernel) / stride) + 1. */
function windowed({ node }: ShapeQuestion, spatial: Shape, kernel: Shape): Shape {
  const strides = intsAttribute(node, 'strides') ?? kernel.map(() => 1);
  const dilations = intsAttribute(node, 'dilations') ?? kernel.map(() => 1);
  const pads = intsAttribute(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  const round = intAttribute(node, 'ceil_mode', 0) === 1 ? Math.ceil : Math.floor;
  return spatial.map((size, i) => {
    const stride = strides[i] ?? 1;
    if (autoPad.startsWith('SAME')) return Math.ceil(size / stride);
    const reach = (dilations[i] ?? 1) * ((kernel[i] ?? 1) - 1) + 1;
    const padding = autoPad === 'VALID' ? 0 : (pads[i] ?? 0) + (pads[i + kernel.length] ?? 0);
    return round((size + padding - reach) / stride) + 1;
  });
}

const conv: ShapeRule = (question) => {
  const x = question.shape(0);
  const w = question.shape(1);
  return x && w && [[x[0] ?? 1, w[0] ?? 1, ...windowed(question, x.slice(2), w.slice(2))]];
};

const convTranspose: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const w = shape(1);
  if (!x || !w || stringAttribute(node, 'auto_pad', 'NOTSET') !== 'NOTSET' || node.attributes.has('output_shape')) return undefined;
  const kernel = w.slice(2);
  const [strides, dilations, extra] = ['strides', 'dilations', 'output_padding'].map((name) => intsAttribute(node, name));
  const pads = intsAttribute(node, 'pads') ?? [];
  const sizes = x.slice(2).map((size, i) => {
    const reach = (dilations?.[i] ?? 1) * ((kernel[i] ?? 1) - 1) + 1;
    return (size - 1) * (strides?.[i] ?? 1) + reach + (extra?.[i] ?? 0) - (pads[i] ?? 0) - (pads[i + kernel.length] ?? 0);
  });
  return [[x[0] ?? 1, (w[1] ?? 1) * intAttribute(node, 'group', 1), ...sizes]];
};

const pool: ShapeRule = (question) => {
  const x = question.shape(0);
  const kernel = intsAttribute(question.node, 'kernel_shape');
  if (!x || !kernel) return undefined;
  const pooled = [...x.slice(0, 2), ...windowed(question, x.slice(2), kernel)];
  return question.node.outputs.map(() => pooled);
};

const globalPool: ShapeRule = ({ shape }) => {
  const x = shape(0);
  return x && [x.map((dim, axis) => (axis < 2 ? dim : 1))];
};

const gemm: ShapeRule = ({ node, shape }) => {
  const a = shape(0);
  const b = shape(1);
  if (!a || !b) return undefined;
  const rows = a[intAttribute(node, 'transA', 0)] ?? 1;
  return [[rows, b[1 - intAttribute(node, 'transB', 0)] ?? 1]];
};

const matMul: ShapeRule = ({ shape }) => {
  const a = shape(0);
  const b = shape(1);
  if (!a || !b || a.length < 2 || b.length < 2) return undefined;
  const batch = a.length >= b.length ? a.slice(0, -2) : b.slice(0, -2);
  return [[...batch, a.at(-2) ?? 1, b.at(-1) ?? 1]];
};

const flatten: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const axis = x && positive(intAttribute(node, 'axis', 1), x.length);
  return x && [[product(x.slice(0, axis)), product(x.slice(axis))]];
};

const reshape: ShapeRule = ({ shape, ints }) => {
  const x = shape(0);
  const wanted = ints(1);
  if (!x || !wanted) return undefined;
  const dims = wanted.map((dim, axis) => (dim === 0 ? (x[axis] ?? 1) : dim));
  const rest = product(x) / product(dims.filter((dim) => dim !== -1));
  return [dims.map((dim) => (dim === -1 ? rest : dim))];
};

const transpose: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const order = intsAttribute(node, 'perm') ?? x?.map((_, axis) => x.length - 1 - axis);
  return x && order && [order.map((axis) => x[axis] ?? 1)];
};

const concat: ShapeRule = ({ node, shape }) => {
  const shapes = node.inputs.map((_, i) => shape(i));
  const [first] = shapes;
  if (!first || !shapes.every((each) => each !== undefined)) return undefined;
  const axis = positive(intAttribute(node, 'axis', 0), first.length);
  return [first.map((dim, i) => (i === axis ? shapes.reduce((sum, each) => sum + (each[axis] ?? 0), 0) : dim))];
};

const axesOf = (question: ShapeQuestion, input: number): readonly number[] | undefined =>
  intsAttribute(question.node, 'axes') ?? question.ints(input);

const reduce: ShapeRule = (question) => {
  const x = question.shape(0);
  if (!x) return undefined;
  const given = axesOf(question, 1);
  if (!given && (question.node.inputs[1] ?? '') !== '') return undefined;
  const axes = new Set((given ?? x.map((_, axis) => axis)).map((axis) => positive(axis, x.length)));
  const keeps = intAttribute(question.node, 'keepdims', 1) === 1;
  return [x.flatMap((dim, axis) => (axes.has(axis) ? (keeps ? [1] : []) : [dim]))];
};

const squeeze: ShapeRule = (question) => {
  const x = question.shape(0);
  const given = axesOf(question, 1)?.map((axis) => positive(axis, x?.length ?? 0));
  return x && [x.filter((dim, axis) => (given ? !given.includes(axis) : dim !== 1))];
};

const unsqueeze: ShapeRule = (question) => {
  const x = question.shape(0);
  const given = axesOf(question, 1);
  if (!x || !given) return undefined;
  const rank = x.length + given.length;
  const added = new Set(given.map((axis) => positive(axis, rank)));
  const rest = [...x];
  return [Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? 1)))];
};

const slice: ShapeRule = (question) => {
  const x = question.shape(0);
  const starts = intsAttribute(question.node, 'starts') ?? question.ints(1);
  const ends = intsAttribute(question.node, 'ends') ?? question.ints(2);
  if (!x || !starts || !ends) return undefined;
  const axes = axesOf(question, 3) ?? starts.map((_, i) => i);
  const steps = question.ints(4);
  const dims = [...x];
  axes.forEach((each, i) => {
    const axis = positive(each, x.length);
    const size = x[axis] ?? 0;
    const inside = (at: number): number => Math.min(size, Math.max(0, at < 0 ? at + size : at));
    const step = steps?.[i] ?? 1;
    if (step > 0) dims[axis] = Math.max(0, Math.ceil((inside(ends[i] ?? size) - inside(starts[i] ?? 0)) / step));
  });
  return steps?.some((step) => step < 0) ? undefined : [dims];
};

const split: ShapeRule = (question) => {
  const x = question.shape(0);
  if (!x) return undefined;
  const { node } = question;
  const axis = positive(intAttribute(node, 'axis', 0), x.length);
  const sizes = intsAttribute(node, 'split') ?? question.ints(1) ?? node.outputs.map(() => (x[axis] ?? 0) / node.outputs.length);
  return sizes.map((size) => x.map((dim, i) => (i === axis ? size : dim)));
};

const gather: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const indices = shape(1);
  const axis = x && positive(intAttribute(node, 'axis', 0), x.length);
  return x && indices && axis !== undefined ? [[...x.slice(0, axis), ...indices, ...x.slice(axis + 1)]] : undefined;
};

const pad: ShapeRule = (question) => {
  const x = question.shape(0);
  const pads = intsAttribute(question.node, 'pads') ?? question.ints(1);
  return x && pads && [x.map((dim, axis) => dim + (pads[axis] ?? 0) + (pads[axis + x.length] ?? 0))];
};

const shapeOnly: ShapeRule = ({ shape }) => {
  const x = shape(0);
  return x && [[x.length]];
};

const constantOfShape: ShapeRule = ({ ints }) => {
  const dims = ints(0);
  return dims && [dims];
};

const each = (ops: readonly string[], rule: ShapeRule): Record<string, ShapeRule> => Object.fromEntries(ops.map((op) => [op, rule]));

/** By operator: the shapes of its outputs. An operator that is not here ends what can be known. */
export const SHAPE_RULES: Readonly<Record<string, ShapeRule>> = {
  ...each(
    `Relu Clip Sigmoid Tanh LeakyRelu Elu HardSigmoid HardSwish Softmax LogSoftmax Exp Identity BatchNormalization InstanceNormalization
    Cast Dropout LRN Neg Sqrt Abs Floor Ceil Softplus QuantizeLinear DequantizeLinear Erf Log Reciprocal LpNormalization
    LayerNormalization`.split(/\s+/),
    sameAsInput,
  ),
  ...each(['Add', 'Sub', 'Mul', 'Div', 'Sum', 'Max', 'Min', 'Mean', 'PRelu', 'Pow', 'Where', 'Equal', 'Greater', 'Less'], broadcast),
  ...each(['Conv', 'ConvInteger'], conv),
  ...each(['MaxPool', 'AveragePool', 'LpPool'], pool),
  ...each(['GlobalAveragePool', 'GlobalMaxPool'], globalPool),
  ...each(['MatMul', 'MatMulInteger'], matMul),
  ...each(['ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL2', 'ReduceL1'], reduce),
  ConvTranspose: convTranspose,
  Gemm: gemm,
  Flatten: flatten,
  Reshape: reshape,
  Transpose: transpose,
  Concat: concat,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Slice: slice,
  Split: split,
  Gather: gather,
  Pad: pad,
  Shape: shapeOnly,
  ConstantOfShape: constantOfShape,
};

/** Whole numbers that a node computes from shapes and constants: exporters build the target of a Reshape that way. */
export const VALUE_RULES: Readonly<Record<string, (question: ShapeQuestion) => readonly number[] | undefined>> = {
  Shape: ({ shape }) => shape(0),
  Identity: ({ ints }) => ints(0),
  Cast: ({ ints }) => ints(0),
  Squeeze: ({ ints }) => ints(0),
  Unsqueeze: ({ ints }) => ints(0),
  Gather: ({ ints }) => {
    const from = ints(0);
    return from && ints(1)?.map((at) => from.at(at) ?? 0);
  },
  Concat: ({ node, ints }) => {
    const parts = node.inputs.map((_, i) => ints(i));
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  },
  Slice: (question) => {
    const starts = intsAttribute(question.node, 'starts') ?? question.ints(1);
    const ends = intsAttribute(question.node, 'ends') ?? question.ints(2);
    return starts && ends && (question.ints(4)?.[0] ?? 1) === 1 ? question.ints(0)?.slice(starts[0], ends[0]) : undefined;
  },
  Mul: ({ ints }) => {
    const by = ints(1);
    return by && ints(0)?.map((each, i) => each * (by[by.length === 1 ? 0 : i] ?? 1));
  },
  ConstantOfShape: ({ node, ints }) => {
    const [count = 1] = ints(0) ?? [];
    const value = tensorAttribute(node, 'value');
    return ints(0) && Array.from({ length: count }, () => (value ? (floatsOf(value)[0] ?? 0) : 0));
  },
};
