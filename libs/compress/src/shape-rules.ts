import { intAttribute, stringAttribute } from '@fleetfit/onnx';
import {
  argReduce,
  concat,
  flatten,
  gather,
  gatherNd,
  oneHot,
  pad,
  recurrent,
  reduce,
  reshape,
  slice,
  split,
  squeeze,
  tile,
  topK,
  transpose,
  unsqueeze,
} from './axis-shapes.ts';
import type { Shape, ShapeRule } from './infer-shapes.ts';
import {
  conv,
  convTranspose,
  crop,
  depthToSpace,
  globalPool,
  gridSample,
  pool,
  qLinearConv,
  resize,
  roiPool,
  spaceToDepth,
} from './window-shapes.ts';

const sameAsInput: ShapeRule = ({ shape }) => {
  const x = shape(0);
  return x && [x];
};

/** A second result as large as the first: the mask of Dropout. */
const twice: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  return x && node.outputs.map(() => x);
};

/** ONNX broadcasting: aligned at the last axis, 1 stretches. */
const broadcastShapes = (shapes: readonly Shape[]): Shape => {
  const rank = Math.max(0, ...shapes.map((each) => each.length));
  const at = (each: Shape, axis: number): number => each[axis - rank + each.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => shapes.reduce((dim, each) => (dim === 1 ? at(each, axis) : dim), 1));
};

const broadcast: ShapeRule = ({ node, shape }) => {
  const shapes = node.inputs.map((_, i) => shape(i));
  if (!shapes.every((each) => each !== undefined)) return undefined;
  // Until opset 6 the right side was placed at an axis of the left one, which then is the result.
  return [intAttribute(node, 'broadcast', 0) === 1 ? (shapes[0] ?? []) : broadcastShapes(shapes)];
};

const gemm: ShapeRule = ({ node, shape }) => {
  const a = shape(0);
  const b = shape(1);
  if (!a || !b) return undefined;
  return [[a[intAttribute(node, 'transA', 0)] ?? 1, b[1 - intAttribute(node, 'transB', 0)] ?? 1]];
};

/** As numpy multiplies: vectors are rows on the left, columns on the right; what stands before the matrices is broadcast. */
const matMulAt =
  (right: number): ShapeRule =>
  ({ shape }) => {
    const a = shape(0);
    const b = shape(right);
    if (!a || !b || a.length === 0 || b.length === 0) return undefined;
    const batch = broadcastShapes([a.slice(0, -2), b.slice(0, -2)]);
    return [[...batch, ...(a.length > 1 ? [a.at(-2) ?? 1] : []), ...(b.length > 1 ? [b.at(-1) ?? 1] : [])]];
  };

const expand: ShapeRule = ({ shape, ints }) => {
  const x = shape(0);
  const wanted = ints(1);
  return x && wanted && [broadcastShapes([x, wanted])];
};

const shapeOnly: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  return x && [[x.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end')).length]];
};

const constantOfShape: ShapeRule = ({ ints }) => {
  const dims = ints(0);
  return dims && [dims];
};

const range: ShapeRule = ({ ints }) => {
  const [from, to, step] = [0, 1, 2].map((i) => ints(i)?.[0]);
  return from === undefined || to === undefined || !step ? undefined : [[Math.max(0, Math.ceil((to - from) / step))]];
};

/** Statistics behind the result keep the axes before those that were normalized. */
const layerNormalization: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  if (!x) return undefined;
  const axis = intAttribute(node, 'axis', -1);
  const statistics = x.map((dim, i) => (i < (axis < 0 ? axis + x.length : axis) ? dim : 1));
  return [x, statistics, statistics];
};

/** In training form a batch norm has statistics behind its result. */
const batchNormalization: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const scale = shape(1);
  return x && [x, ...node.outputs.slice(1).flatMap(() => (scale ? [scale] : []))];
};

/** Each letter is an axis; what stands behind the arrow remains. */
const einsum: ShapeRule = ({ node, shape }) => {
  const [left = '', right] = stringAttribute(node, 'equation', '').replaceAll(' ', '').split('->');
  if (right === undefined || left.includes('.') || right.includes('.')) return undefined;
  const sizes = new Map<string, number>();
  for (const [i, letters] of left.split(',').entries()) {
    const x = shape(i);
    if (x?.length !== letters.length) return undefined;
    letters.split('').forEach((letter, axis) => void sizes.set(letter, x[axis] ?? 1));
  }
  return [right.split('').map((letter) => sizes.get(letter) ?? 1)];
};

const dynamicQuantize: ShapeRule = ({ shape }) => {
  const x = shape(0);
  return x && [x, [], []];
};

const det: ShapeRule = ({ shape }) => {
  const x = shape(0);
  return x && [x.slice(0, -2)];
};

const scalar: ShapeRule = () => [[]];

const each = (ops: string, rule: ShapeRule): Record<string, ShapeRule> => Object.fromEntries(ops.split(/\s+/).map((op) => [op, rule]));

/** By operator: the shapes of its outputs. An operator that is not here ends what can be known. */
export const SHAPE_RULES: Readonly<Record<string, ShapeRule>> = {
  ...each(
    `Relu Clip Sigmoid Tanh LeakyRelu Elu HardSigmoid HardSwish Softmax LogSoftmax Hardmax Exp Identity InstanceNormalization Cast LRN Neg
    Sqrt Abs Floor Ceil Softplus QuantizeLinear DequantizeLinear Erf Log Reciprocal LpNormalization GroupNormalization Selu Sign Round Sin
    Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Softsign Celu Gelu Mish ThresholdedRelu Shrink Not IsNaN IsInf BitwiseNot CumSum
    ReverseSequence ScatterElements Scatter ScatterND MeanVarianceNormalization EyeLike Trilu CastLike Bernoulli
    RMSNormalization ImageScaler Affine ScaledTanh ParametricSoftplus Scale Swish RandomNormalLike RandomUniformLike`,
    sameAsInput,
  ),
  ...each(
    `Add Sub Mul Div Sum Max Min Mean PRelu Pow Where Equal Greater Less GreaterOrEqual LessOrEqual And Or Xor Mod BitShift BitwiseAnd
    BitwiseOr BitwiseXor`,
    broadcast,
  ),
  ...each('Conv ConvInteger', conv),
  ...each('MaxPool AveragePool LpPool', pool),
  ...each('GlobalAveragePool GlobalMaxPool GlobalLpPool', globalPool),
  ...each('MaxRoiPool RoiAlign', roiPool),
  ...each('MatMul MatMulInteger', matMulAt(1)),
  ...each('ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL2 ReduceL1 ReduceSumSquare ReduceLogSum ReduceLogSumExp', reduce),
  ...each('ArgMax ArgMin', argReduce),
  ...each('Resize Upsample', resize),
  ...each('LSTM GRU RNN', recurrent),
  ...each('Size SequenceLength', scalar),
  BatchNormalization: batchNormalization,
  ConvTranspose: convTranspose,
  Crop: crop,
  DepthToSpace: depthToSpace,
  Det: det,
  Dropout: twice,
  DynamicQuantizeLinear: dynamicQuantize,
  Einsum: einsum,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  GatherElements: ({ shape }) => {
    const indices = shape(1);
    return indices && [indices];
  },
  GatherND: gatherNd,
  Gemm: gemm,
  GridSample: gridSample,
  LayerNormalization: layerNormalization,
  OneHot: oneHot,
  QLinearConv: qLinearConv,
  QLinearMatMul: matMulAt(3),
  Range: range,
  Reshape: reshape,
  SpaceToDepth: spaceToDepth,
  Tile: tile,
  TopK: topK,
  Transpose: transpose,
  Concat: concat,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Slice: slice,
  Split: split,
  Pad: pad,
  Shape: shapeOnly,
  ConstantOfShape: constantOfShape,
};
