import { type Refusal, refuse } from '@fleetfit/core';
import {
  constantOf,
  floatAttribute,
  floatsOf,
  type GraphEditor,
  type GraphView,
  intAttribute,
  type Node,
  stringAttribute,
} from '@fleetfit/onnx';
import type { Shapes } from './infer-shapes.ts';

/** One operator whose form changes at one opset version. */
export interface OpsetRule {
  readonly op: string;
  /** The version that has the new form. */
  readonly since: number;
  /** Why this node has no equal in the new form. */
  refuses?(node: Node, graph: GraphView, shapes: Shapes): Refusal | undefined;
  /** Writes the node in the new form. */
  raise(node: Node, graph: GraphEditor, shapes: Shapes): void;
}

/** Attributes that became inputs: the node keeps the others. */
function replaceAttributes(
  node: Node,
  graph: GraphEditor,
  change: { inputs: readonly string[]; drop: readonly string[]; op?: string },
): void {
  const attributes = new Map([...node.attributes].filter(([name]) => !change.drop.includes(name)));
  // An input that is left out at the end is not written at all.
  const inputs = change.inputs.slice(0, change.inputs.findLastIndex((name) => name !== '') + 1);
  graph.replace(node, { name: node.name, op: change.op ?? node.op, inputs, outputs: node.outputs, attributes });
}

/** Bigints stay what they are: exporters write "to the end" as the largest of them. */
function intsInput(node: Node, graph: GraphEditor, key: string): string {
  const attribute = node.attributes.get(key);
  if (attribute?.kind !== 'ints' && attribute?.kind !== 'int') return '';
  const values = attribute.kind === 'ints' ? attribute.value : [attribute.value];
  const name = graph.freshName(`${node.outputs[0] ?? node.op}_${key}`);
  graph.setConstant(constantOf(name, [values.length], BigInt64Array.from(values, BigInt)));
  return name;
}

function floatInput(node: Node, graph: GraphEditor, input: { key: string; value: number | undefined }): string {
  if (input.value === undefined) return '';
  const name = graph.freshName(`${node.outputs[0] ?? node.op}_${input.key}`);
  graph.setConstant(constantOf(name, [], Float32Array.of(input.value)));
  return name;
}

const isFloat32 = (node: Node, graph: GraphView): boolean => {
  const type = graph.valueInfo(node.inputs[0] ?? '')?.type ?? graph.valueInfo(node.outputs[0] ?? '')?.type;
  return type === undefined || type === 'float32' || type === 'undefined';
};

const axesToInput = (op: string): OpsetRule => ({
  op,
  since: 13,
  raise: (node, graph) => {
    const axes = intsInput(node, graph, 'axes');
    replaceAttributes(node, graph, { inputs: [node.inputs[0] ?? '', axes], drop: ['axes'] });
  },
});

/** Until 12, everything before the axis is one dimension and everything from it on another; from 13 the axis stands alone. */
const lastAxisAlone = (op: string): OpsetRule => ({
  op,
  since: 13,
  raise: (node, graph, shapes) => {
    const [x = ''] = node.inputs;
    const [y = ''] = node.outputs;
    const axis = intAttribute(node, 'axis', 1);
    const rank = shapes.of(x)?.length;
    if (axis === -1 || (rank !== undefined && (axis === rank - 1 || axis + rank === rank - 1))) {
      graph.replace(node, { name: node.name, op, inputs: [x], outputs: [y], attributes: { axis: -1 } });
      return;
    }
    const [shape, flat, soft] = ['shape', 'flat', 'soft'].map((what) => graph.freshName(`${y}_${what}`));
    if (!shape || !flat || !soft) return;
    graph.add({ name: graph.freshName(`${y}_shape_of`), op: 'Shape', inputs: [x], outputs: [shape] });
    graph.add({ name: graph.freshName(`${y}_flatten`), op: 'Flatten', inputs: [x], outputs: [flat], attributes: { axis } });
    graph.add({ name: graph.freshName(`${y}_reshape`), op: 'Reshape', inputs: [soft, shape], outputs: [y] });
    graph.replace(node, { name: node.name || `${y}_softmax`, op, inputs: [flat], outputs: [soft], attributes: { axis: -1 } });
  },
});

const growsOnly = (scales: readonly number[] | undefined): boolean => scales?.every((scale) => scale >= 1) === true;

function scalesOf(node: Node, graph: GraphView): readonly number[] | undefined {
  const attribute = node.attributes.get('scales');
  if (attribute?.kind === 'floats') return attribute.value;
  const constant = graph.constant(node.inputs[1] ?? '');
  return constant && [...floatsOf(constant)];
}

/** Until 10, pixels were mapped by x / scale and rounded down when growing. Shrinking rounded up, for which there is no mode. */
const toResize = (op: string, since: number): OpsetRule => ({
  op,
  since,
  refuses: (node, graph) => {
    const mode = stringAttribute(node, 'mode', 'nearest');
    if (mode !== 'nearest' && mode !== 'linear') return refuse(`${op} in mode ${mode} has no rule`);
    const scales = scalesOf(node, graph);
    return mode === 'linear' || growsOnly(scales)
      ? undefined
      : refuse(`${op} to the nearest pixel by ${scales?.join(', ') ?? 'a computed scale'} has no rule`);
  },
  raise: (node, graph) => {
    const mode = stringAttribute(node, 'mode', 'nearest');
    const listed = node.attributes.has('scales') ? scalesOf(node, graph) : undefined;
    const scales = listed ? graph.freshName(`${node.outputs[0] ?? op}_scales`) : (node.inputs[1] ?? '');
    if (listed) graph.setConstant(constantOf(scales, [listed.length], Float32Array.from(listed)));
    const attributes = { mode, coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
    graph.replace(node, { name: node.name, op: 'Resize', inputs: [node.inputs[0] ?? '', '', scales], outputs: node.outputs, attributes });
  },
});

/** Operators that changed their form between opset 7 and 13. */
export const OPSET_RULES: readonly OpsetRule[] = [
  {
    op: 'BatchNormalization',
    since: 9,
    refuses: (node) => (intAttribute(node, 'spatial', 1) === 1 ? undefined : refuse('BatchNormalization with spatial=0 has no rule')),
    raise: (node, graph) => replaceAttributes(node, graph, { inputs: node.inputs, drop: ['spatial'] }),
  },
  // In this order: what was an Upsample is in its newest form already.
  toResize('Resize', 11),
  toResize('Upsample', 11),
  {
    op: 'Slice',
    since: 10,
    raise: (node, graph) => {
      const inputs = ['starts', 'ends', 'axes'].map((key) => intsInput(node, graph, key));
      replaceAttributes(node, graph, { inputs: [node.inputs[0] ?? '', ...inputs], drop: ['starts', 'ends', 'axes'] });
    },
  },
  {
    op: 'TopK',
    since: 10,
    raise: (node, graph) => {
      const k = intsInput(node, graph, 'k');
      replaceAttributes(node, graph, { inputs: [node.inputs[0] ?? '', k], drop: ['k'] });
    },
  },
  {
    op: 'Clip',
    since: 11,
    refuses: (node, graph) => (isFloat32(node, graph) ? undefined : refuse('Clip of other numbers than float32 has no rule')),
    raise: (node, graph) => {
      const [low, high] = ['min', 'max'].map((key) => floatInput(node, graph, { key, value: floatAttribute(node, key) }));
      replaceAttributes(node, graph, { inputs: [node.inputs[0] ?? '', low ?? '', high ?? ''], drop: ['min', 'max'] });
    },
  },
  {
    op: 'Pad',
    since: 11,
    refuses: (node, graph) => (isFloat32(node, graph) ? undefined : refuse('Pad of other numbers than float32 has no rule')),
    raise: (node, graph) => {
      const pads = intsInput(node, graph, 'pads');
      const value = floatInput(node, graph, { key: 'value', value: floatAttribute(node, 'value') });
      replaceAttributes(node, graph, { inputs: [node.inputs[0] ?? '', pads, value], drop: ['pads', 'value'] });
    },
  },
  {
    op: 'Scatter',
    since: 11,
    raise: (node, graph) => replaceAttributes(node, graph, { inputs: node.inputs, drop: [], op: 'ScatterElements' }),
  },
  {
    op: 'Dropout',
    since: 12,
    refuses: (node, graph) =>
      (node.outputs[1] ?? '') === '' || graph.usersOf(node.outputs[1] ?? '').length === 0
        ? undefined
        : refuse('Dropout whose mask is read has no rule'),
    raise: (node, graph) => {
      // It does nothing at inference.
      graph.replace(node, { name: node.name, op: 'Identity', inputs: node.inputs.slice(0, 1), outputs: node.outputs.slice(0, 1) });
    },
  },
  axesToInput('Squeeze'),
  axesToInput('Unsqueeze'),
  axesToInput('ReduceSum'),
  {
    op: 'Split',
    since: 13,
    raise: (node, graph) => {
      const sizes = intsInput(node, graph, 'split');
      replaceAttributes(node, graph, { inputs: [node.inputs[0] ?? '', sizes], drop: ['split'] });
    },
  },
  lastAxisAlone('Softmax'),
  lastAxisAlone('LogSoftmax'),
  lastAxisAlone('Hardmax'),
];

/** Operators that mean the same in every opset from 7 to 13: new versions only added types or optional attributes. */
export const STEADY_OPS: ReadonlySet<string> = new Set(
  `Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool Cast Ceil Celu Compress Concat Constant ConstantOfShape Conv
  ConvInteger ConvTranspose Cos Cosh CumSum DepthToSpace DequantizeLinear Det Div DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand
  EyeLike Flatten Floor GRU Gather GatherElements GatherND Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual
  HardSigmoid Identity InstanceNormalization IsInf IsNaN LRN LSTM LeakyRelu Less LessOrEqual Log LpNormalization LpPool MatMul
  MatMulInteger Max MaxPool MaxRoiPool Mean MeanVarianceNormalization Min Mod Mul Neg NonMaxSuppression NonZero Not OneHot Or PRelu Pow
  QLinearConv QLinearMatMul QuantizeLinear RNN Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean
  ReduceMin ReduceProd ReduceSumSquare Relu Reshape ReverseSequence RoiAlign Round ScatterElements ScatterND Selu Shape Shrink Sigmoid
  Sign Sin Sinh Size Softplus Softsign SpaceToDepth Sqrt Sub Sum Tan Tanh ThresholdedRelu Tile Transpose Where Xor`.split(/\s+/),
);
