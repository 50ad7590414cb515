import { capturedBy, intAttribute, type Model, type Node, viewOf } from '@fleetfit/onnx';
import { concatenates, gathers, reduces, reshapes, slices, splits, transposes } from './axis-channel-rules.ts';
import { type Channels, makeAtoms } from './channel-atoms.ts';
import { type ChannelRule, type ChannelWalk, keep, positive, set, type Touch, type Walk } from './channel-rule.ts';
import { inferShapes, type Shape } from './infer-shapes.ts';
import { convolves, convolvesBack, multiplies, normalizes } from './weight-channel-rules.ts';

/**
 * Reads a graph and finds out which channels depend on each other: through Add, Concat, Split, depthwise and grouped convolution,
 * Flatten before a dense layer, Reshape and Transpose of a channel shuffle. What an operator without a rule reads must stay.
 */
export function walkChannels(model: Model): ChannelWalk {
  const graph = viewOf(model);
  const walk: Walk = { graph, shapes: inferShapes(model), atoms: makeAtoms(), channels: new Map(), touches: [] };
  for (const node of graph.nodes) {
    if (node.op === 'Constant') continue;
    const dynamic = node.inputs.filter((input) => walk.channels.has(input));
    const rule = node.domain === '' && capturedBy(node).length === 0 ? RULES[node.op] : undefined;
    if (rule) rule(node, walk);
    else for (const value of [...dynamic, ...capturedBy(node)]) keep(value, `${node.op} "${graph.idOf(node)}" may mix channels`, walk);
  }
  for (const output of graph.graph.outputs) keep(output.name, `"${output.name}" is an answer of the model`, walk);
  keepSharedConstants(walk);
  return walk;
}

/** A constant that two nodes slice must be sliced the same way by both, and nobody else may read it. */
function keepSharedConstants({ touches, graph, atoms }: Walk): void {
  const byConstant = touchesByConstant(touches);
  for (const [constant, all] of byConstant) {
    const users = new Set(all.map(({ node }) => node));
    const [first] = all;
    const isRead = graph.usersOf(constant).some((user) => !users.has(user)) || graph.isOutput(constant);
    if (isRead) for (const { ids } of all) atoms.freeze(ids, `constant "${constant}" is read elsewhere too`);
    if (users.size < 2 || !first) continue;
    for (const axis of new Set(all.map((touch) => touch.axis))) {
      const same = all.filter((touch) => touch.axis === axis);
      for (const { ids } of same) atoms.join(same[0]?.ids ?? [], ids);
      if (same.length < users.size)
        for (const { ids } of same) atoms.freeze(ids, `constant "${constant}" is shared by layers that read it differently`);
    }
  }
}

/** One result that has the channels of the first input, at the same axes. */
const passes: ChannelRule = (node, walk) => {
  const its = walk.channels.get(node.inputs[0] ?? '');
  const shape = walk.shapes.of(node.outputs[0] ?? '');
  if (!its) return;
  const fits =
    shape && shape.length === its.shape.length && its.shape.slice(its.from, its.to).every((dim, i) => dim === shape[its.from + i]);
  if (fits) set(node.outputs[0], { ...its, shape }, walk);
  else keep(node.inputs[0] ?? '', `${node.op} "${walk.graph.idOf(node)}" changes the number of channels`, walk);
};

/** Softmax: over another axis than the channels. Until opset 12 it goes over every axis from its own on. */
const squashes: ChannelRule = (node, walk) => {
  const its = walk.channels.get(node.inputs[0] ?? '');
  if (!its) return;
  const axis = positive(intAttribute(node, 'axis', -1), its.shape.length);
  const isOld = !node.attributes.has('axis') || axis < its.from;
  if (isOld || (axis >= its.from && axis < its.to))
    keep(node.inputs[0] ?? '', `${node.op} "${walk.graph.idOf(node)}" goes over all channels`, walk);
  else passes(node, walk);
};

/** Add, Mul and the like: channels at the same place go together; constants follow. */
const combines: ChannelRule = (node, walk) => {
  const { shapes, channels } = walk;
  const shape = shapes.of(node.outputs[0] ?? '');
  const tracked = node.inputs.flatMap((input) => channels.get(input) ?? []);
  // The one with the most channels: others may have a single one that stretches.
  const [leader] = tracked.toSorted((a, b) => b.ids.length - a.ids.length);
  if (!leader) return;
  const shift = (shape?.length ?? 0) - leader.shape.length;
  const together = shape && { shape, from: leader.from + shift, to: leader.to + shift, ids: leader.ids };
  const refusal = together
    ? node.inputs.map((input) => joinInput(node, input, { together, walk })).find(Boolean)
    : 'has a shape that is not known';
  if (refusal === undefined) return set(node.outputs[0], together, walk);
  for (const input of node.inputs) keep(input, `${node.op} "${walk.graph.idOf(node)}" ${refusal}`, walk);
};

/** Axes are counted from the end, as they are aligned. Returns why an input cannot be joined. */
function joinInput(
  node: Node,
  input: string,
  { together, walk }: { readonly together: Channels; readonly walk: Walk },
): string | undefined {
  if (input === '') return undefined;
  const { graph, channels, shapes, atoms, touches } = walk;
  const { shape, from, to, ids } = together;
  const its = channels.get(input);
  const own: Shape | undefined = its?.shape ?? graph.constant(input)?.dims ?? shapes.of(input);
  if (!own) return `reads "${input}", whose shape is not known`;
  const offset = shape.length - own.length;
  const dims = shape.slice(from, to);
  const facing = dims.map((_, i) => own[from + i - offset] ?? 1);
  if (facing.every((dim) => dim === 1)) return undefined;
  if (facing.join() !== dims.join()) return 'stretches a part of the channels';
  if (its && its.from + offset === from && its.to + offset === to) {
    atoms.join(ids, its.ids);
    return undefined;
  }
  if (!graph.constant(input) || to !== from + 1) return `joins channels with "${input}", which has none of its own`;
  touches.push({ node, constant: input, axis: from - offset, ids, does: 'follows' });
  return undefined;
}

const ignores: ChannelRule = () => {};

const each = (ops: string, rule: ChannelRule): Record<string, ChannelRule> => Object.fromEntries(ops.split(/\s+/).map((op) => [op, rule]));

const RULES: Readonly<Record<string, ChannelRule>> = {
  ...each(
    `Relu Clip Sigmoid Tanh LeakyRelu Elu HardSigmoid HardSwish Exp Identity Cast Dropout Neg Sqrt Abs Floor Ceil Softplus Erf Log Reciprocal
    Selu Sign Round Softsign Celu Gelu Mish ThresholdedRelu Swish MaxPool AveragePool GlobalAveragePool GlobalMaxPool LpPool GlobalLpPool
    Resize Upsample Pad Crop Expand Tile`,
    passes,
  ),
  ...each('BatchNormalization InstanceNormalization', normalizes),
  ...each('Add Sub Mul Div Sum Max Min Mean Pow PRelu Where', combines),
  ...each('Reshape Flatten Squeeze Unsqueeze', reshapes),
  ...each('ReduceMean ReduceSum ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceProd ReduceSumSquare ArgMax ArgMin', reduces),
  ...each('Softmax LogSoftmax', squashes),
  ...each('Gemm MatMul', multiplies),
  ...each('Shape Size', ignores),
  Conv: convolves,
  ConvTranspose: convolvesBack,
  Concat: concatenates,
  Split: splits,
  Slice: slices,
  Gather: gathers,
  Transpose: transposes,
};

/** By name of the constant: everything that its axes mean. */
export function touchesByConstant(touches: readonly Touch[]): ReadonlyMap<string, readonly Touch[]> {
  const byConstant = new Map<string, Touch[]>();
  for (const touch of touches) {
    const all = byConstant.get(touch.constant);
    if (all) all.push(touch);
    else byConstant.set(touch.constant, [touch]);
  }
  return byConstant;
}
