import { type Constant, intAttribute, type Node } from '@fleetfit/onnx';
import type { Atoms } from './channel-atoms.ts';
import { type ChannelRule, keep, set, type Touch, type Walk } from './channel-rule.ts';

/** As `passes`, with constants of one number for each channel beside it. */
export const normalizes: ChannelRule = (node, walk) => {
  const its = walk.channels.get(node.inputs[0] ?? '');
  if (!its) return;
  if (its.from !== 1 || its.to !== 2 || node.outputs.filter((output) => output !== '').length > 1) {
    keep(node.inputs[0] ?? '', `${node.op} "${walk.graph.idOf(node)}" does not stand on single channels`, walk);
    return;
  }
  for (const constant of node.inputs.slice(1)) {
    if (constant === '') continue;
    if (walk.graph.constant(constant)?.dims.join() === String(its.ids.length))
      walk.touches.push({ node, constant, axis: 0, ids: its.ids, does: 'follows' });
    else walk.atoms.freeze(its.ids, `"${constant}" of ${node.op} "${walk.graph.idOf(node)}" is not constant`);
  }
  set(node.outputs[0], its, walk);
};

export const convolves: ChannelRule = (node, walk) => {
  const { graph } = walk;
  const [input = '', constant = '', bias = ''] = node.inputs;
  const its = walk.channels.get(input);
  const weight = graph.constant(constant);
  const refuse = (why: string): void => keep(input, `${node.op} "${graph.idOf(node)}" ${why}`, walk);
  if (weight?.data.kind !== 'raw' || (bias !== '' && !graph.constant(bias))) return refuse('has computed weights');
  if (its && (its.from !== 1 || its.to !== 2)) return refuse('reads channels that stand on several axes');
  if (intAttribute(node, 'group', 1) === 1 || weight.dims[1] !== 1) return convolvesInGroups(node, weight, walk);
  // Depthwise: each channel goes on by itself, once or several times. Those of the image are nobody's to remove.
  if (!its) return;
  const times = (weight.dims[0] ?? 0) / its.ids.length;
  const ids = its.ids.flatMap((id) => Array.from({ length: times }, () => id));
  writes(node, { ids, does: 'follows' }, walk);
};

function convolvesInGroups(node: Node, weight: Constant, walk: Walk): void {
  const { atoms, touches, channels } = walk;
  const group = intAttribute(node, 'group', 1);
  const [outputs = 0, perGroup = 0] = weight.dims;
  const its = channels.get(node.inputs[0] ?? '');
  if (its) {
    joinGroups(its.ids, group, atoms);
    touches.push({ node, constant: node.inputs[1] ?? '', axis: 1, ids: its.ids.slice(0, perGroup), does: 'reads' });
  }
  const ids = atoms.fresh(outputs);
  joinGroups(ids, group, atoms);
  writes(node, { ids, does: 'makes' }, walk);
}

/** The first axis of weight and bias, and what comes out. */
function writes(node: Node, { ids, does }: Pick<Touch, 'ids' | 'does'>, { graph, shapes, atoms, touches, channels }: Walk): void {
  const [, constant = '', bias = ''] = node.inputs;
  const shape = shapes.of(node.outputs[0] ?? '');
  touches.push({ node, constant, axis: 0, ids, does });
  if (bias !== '') touches.push({ node, constant: bias, axis: 0, ids, does });
  if (shape) channels.set(node.outputs[0] ?? '', { shape, from: 1, to: 2, ids });
  else atoms.freeze(ids, `the shape of what Conv "${graph.idOf(node)}" makes is not known`);
}

/** Groups of a convolution stay equally large: the n-th channels of all groups go together. */
function joinGroups(ids: readonly number[], group: number, atoms: Atoms): void {
  const size = ids.length / group;
  for (let g = 1; g < group; g++) atoms.join(ids.slice(0, size), ids.slice(g * size, (g + 1) * size));
}

export const convolvesBack: ChannelRule = (node, walk) => {
  const { graph, shapes, atoms, touches } = walk;
  const [input = '', constant = '', bias = ''] = node.inputs;
  const its = walk.channels.get(input);
  const weight = graph.constant(constant);
  const shape = shapes.of(node.outputs[0] ?? '');
  const isPlain = weight?.data.kind === 'raw' && (bias === '' || graph.constant(bias)) && intAttribute(node, 'group', 1) === 1;
  if (!isPlain || !shape || (its && (its.from !== 1 || its.to !== 2)))
    return keep(input, `${node.op} "${graph.idOf(node)}" is in groups or has computed weights`, walk);
  const ids = atoms.fresh(weight.dims[1] ?? 0);
  if (its) touches.push({ node, constant, axis: 0, ids: its.ids, does: 'reads' });
  touches.push({ node, constant, axis: 1, ids, does: 'makes' });
  if (bias !== '') touches.push({ node, constant: bias, axis: 0, ids, does: 'makes' });
  set(node.outputs[0], { shape, from: 1, to: 2, ids }, walk);
};

const isMatrix = (weight: Constant | undefined): weight is Constant => weight?.dims.length === 2 && weight.data.kind === 'raw';

export const multiplies: ChannelRule = (node, walk) => {
  const { graph, shapes, atoms, touches } = walk;
  const [input = '', constant = '', bias = ''] = node.inputs;
  const its = walk.channels.get(input);
  const weight = graph.constant(constant);
  const shape = shapes.of(node.outputs[0] ?? '');
  const id = graph.idOf(node);
  if (!isMatrix(weight)) {
    for (const value of [input, constant]) keep(value, `${node.op} "${id}" multiplies two activations`, walk);
    return;
  }
  const isLast = !its || (its.to === its.shape.length && its.from === its.to - 1);
  if (!isLast || intAttribute(node, 'transA', 0) === 1)
    return keep(input, `${node.op} "${id}" does not multiply channels on the last axis`, walk);
  const out = node.op === 'Gemm' && intAttribute(node, 'transB', 0) === 1 ? 0 : 1;
  const ids = atoms.fresh(weight.dims[out] ?? 0);
  if (its) touches.push({ node, constant, axis: 1 - out, ids: its.ids, does: 'reads' });
  touches.push({ node, constant, axis: out, ids, does: 'makes' });
  if (bias !== '') followBias(node, ids, walk);
  if (shape) set(node.outputs[0], { shape, from: shape.length - 1, to: shape.length, ids }, walk);
};

function followBias(node: Node, ids: readonly number[], { graph, atoms, touches }: Walk): void {
  const constant = node.inputs[2] ?? '';
  const bias = graph.constant(constant);
  if (bias?.dims.at(-1) === ids.length) touches.push({ node, constant, axis: bias.dims.length - 1, ids, does: 'makes' });
  else atoms.freeze(ids, `the bias of ${node.op} "${graph.idOf(node)}" is not one number for each output`);
}
