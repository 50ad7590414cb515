import { intAttribute, intsAttribute, intsOf, type Node } from '@fleetfit/onnx';
import { type Atoms, type Channels, layersAlong, normalized, picked, reshaped, transposed } from './channel-atoms.ts';
import { type ChannelRule, keep, positive, set, type Walk } from './channel-rule.ts';
import type { Shape } from './infer-shapes.ts';

export const concatenates: ChannelRule = (node, walk) => {
  const { shapes, atoms, channels, graph, touches } = walk;
  const shape = shapes.of(node.outputs[0] ?? '');
  const inputs = node.inputs.map((input) => ({ input, its: channels.get(input), dims: shapes.of(input) }));
  const [leader] = inputs.flatMap(({ its }) => its ?? []);
  if (!leader) return;
  const axis = positive(intAttribute(node, 'axis', 1), leader.shape.length);
  const isSame = inputs.every(({ its, dims }) => (its ? its.from === leader.from && its.to === leader.to : dims !== undefined));
  const isAcross = axis === leader.from && leader.to === leader.from + 1;
  const isBeside = (axis < leader.from || axis >= leader.to) && inputs.every(({ its }) => its?.ids.length === leader.ids.length);
  if (!shape || !isSame || !(isAcross || isBeside)) {
    for (const { input } of inputs) keep(input, `Concat "${graph.idOf(node)}" joins channels at different axes`, walk);
    return;
  }
  if (isBeside) for (const { its } of inputs) atoms.join(leader.ids, its?.ids ?? []);
  const ids = isBeside
    ? leader.ids
    : inputs.flatMap(({ its, dims, input }) => {
        if (its) return its.ids;
        const strangers = atoms.fresh(dims?.[axis] ?? 0);
        if (graph.constant(input)) touches.push({ node, constant: input, axis, ids: strangers, does: 'follows' });
        else atoms.freeze(strangers, `"${input}" has channels of its own`);
        return strangers;
      });
  set(node.outputs[0], { shape, from: leader.from, to: leader.to, ids }, walk);
};

/** Split, Slice, Gather along a channel axis take some of the channels; along another axis all. */
const picks =
  (
    placesOf: (node: Node, walk: Walk, its: Channels) => readonly (readonly number[])[] | 'all' | undefined,
    axisOf: (node: Node, walk: Walk) => number,
  ): ChannelRule =>
  (node, walk) => {
    const [input = ''] = node.inputs;
    const its = walk.channels.get(input);
    if (!its) return;
    const places = placesOf(node, walk, its);
    const refuse = (): void => keep(input, `${node.op} "${walk.graph.idOf(node)}" takes channels in a way that is not known`, walk);
    if (!places) return refuse();
    const axis = positive(axisOf(node, walk), its.shape.length);
    node.outputs.forEach((output, i) => {
      const shape = walk.shapes.of(output);
      if (!shape) return refuse();
      const own = places === 'all' ? its : picked(its, axis, places[i] ?? []);
      if (shape.length === its.shape.length) set(output, { ...own, shape }, walk);
      else set(output, droppedAxis(own, axis, shape), walk);
    });
  };

/** Gather of a single place takes its axis away. */
function droppedAxis({ from, to, ids }: Channels, axis: number, shape: Shape): Channels {
  const inside = axis >= from && axis < to;
  return normalized({ shape, from: axis < from ? from - 1 : from, to: axis < from || inside ? to - 1 : to, ids });
}

const isInside = ({ from, to }: Channels, axis: number): boolean => axis >= from && axis < to;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export const splits = picks(
  (node, { shapes }, its) => {
    const axis = positive(intAttribute(node, 'axis', 0), its.shape.length);
    if (!isInside(its, axis)) return 'all';
    const sizes = node.outputs.map((output) => shapes.of(output)?.[axis]);
    let start = 0;
    return sizes.map((size = 0) => {
      start += size;
      return upTo(size).map((i) => start - size + i);
    });
  },
  (node) => intAttribute(node, 'axis', 0),
);

const listOf = (node: Node, { graph }: Walk, by: { readonly key: string; readonly input: number }): readonly number[] | undefined => {
  const constant = graph.constant(node.inputs[by.input] ?? '');
  return (
    intsAttribute(node, by.key) ?? (constant && constant.type === 'int64' && constant.data.kind === 'raw' ? bigInts(constant) : undefined)
  );
};

// The largest 64-bit number stands for "to the end".
const bigInts = (constant: Parameters<typeof intsOf>[0]): readonly number[] =>
  constant.data.kind === 'raw' ? Array.from(new BigInt64Array(constant.data.bytes.slice().buffer), Number) : [];

export const slices: ChannelRule = (node, walk) => {
  const its = walk.channels.get(node.inputs[0] ?? '');
  if (!its) return;
  const starts = listOf(node, walk, { key: 'starts', input: 1 });
  const ends = listOf(node, walk, { key: 'ends', input: 2 });
  const axes = (listOf(node, walk, { key: 'axes', input: 3 }) ?? starts?.map((_, i) => i) ?? []).map((axis) =>
    positive(axis, its.shape.length),
  );
  const steps = listOf(node, walk, { key: 'steps', input: 4 });
  const at = axes.findIndex((axis) => isInside(its, axis));
  const axis = axes[at] ?? 0;
  const size = its.shape[axis] ?? 0;
  const clamp = (place: number): number => Math.min(size, Math.max(0, place < 0 ? place + size : place));
  const [start, end] = [clamp(starts?.[at] ?? 0), clamp(ends?.[at] ?? size)];
  const isPlain = starts && ends && (steps?.[at] ?? 1) === 1 && axes.filter((each) => isInside(its, each)).length <= 1;
  picks(
    () => (isPlain ? (at < 0 ? 'all' : [upTo(end - start).map((i) => start + i)]) : undefined),
    () => axis,
  )(node, walk);
};

export const gathers = picks(
  (node, { graph }, its) => {
    const axis = positive(intAttribute(node, 'axis', 0), its.shape.length);
    const constant = graph.constant(node.inputs[1] ?? '');
    if (!isInside(its, axis)) return 'all';
    if (!constant || constant.dims.length > 1 || constant.data.kind !== 'raw') return undefined;
    return [intsOf(constant).map((place) => positive(place, its.shape[axis] ?? 0))];
  },
  (node) => intAttribute(node, 'axis', 0),
);

/** Reshape and its kin. Where channels come to stand on several axes, the largest of them may shrink: the others stay whole. */
export const reshapes: ChannelRule = (node, walk) => {
  const its = walk.channels.get(node.inputs[0] ?? '');
  const shape = walk.shapes.of(node.outputs[0] ?? '');
  if (!its) return;
  const moved = shape && reshaped(its, shape);
  const isWritable = node.op !== 'Reshape' || walk.graph.constant(node.inputs[1] ?? '') !== undefined;
  if (!moved || !isWritable) {
    const why = isWritable ? 'mixes channels with other axes' : 'computes the shape that it makes';
    return keep(node.inputs[0] ?? '', `${node.op} "${walk.graph.idOf(node)}" ${why}`, walk);
  }
  joinAcross(moved, walk.atoms);
  set(node.outputs[0], moved, walk);
};

function joinAcross(its: Channels, atoms: Atoms): void {
  if (its.to - its.from < 2) return;
  const axes = its.shape.slice(its.from, its.to);
  const largest = its.from + axes.indexOf(Math.max(...axes));
  for (const layer of layersAlong(its, largest)) for (const id of layer) atoms.join([layer[0] ?? id], [id]);
}

export const transposes: ChannelRule = (node, walk) => {
  const its = walk.channels.get(node.inputs[0] ?? '');
  if (!its) return;
  const order = intsAttribute(node, 'perm') ?? its.shape.map((_, axis) => its.shape.length - 1 - axis);
  const moved = transposed(its, order);
  if (moved) set(node.outputs[0], moved, walk);
  else keep(node.inputs[0] ?? '', `Transpose "${walk.graph.idOf(node)}" takes channels apart`, walk);
};

/** Along axes that are no channels. */
export const reduces: ChannelRule = (node, walk) => {
  const its = walk.channels.get(node.inputs[0] ?? '');
  const shape = walk.shapes.of(node.outputs[0] ?? '');
  if (!its) return;
  const given =
    listOf(node, walk, { key: 'axes', input: 1 }) ?? (node.attributes.has('axis') ? [intAttribute(node, 'axis', 0)] : undefined);
  const axes = given?.map((axis) => positive(axis, its.shape.length)) ?? [];
  if (!shape || axes.length === 0 || axes.some((axis) => isInside(its, axis)))
    return keep(node.inputs[0] ?? '', `${node.op} "${walk.graph.idOf(node)}" goes over all channels`, walk);
  const gone = shape.length < its.shape.length ? axes.filter((axis) => axis < its.from).length : 0;
  set(node.outputs[0], { shape, from: its.from - gone, to: its.to - gone, ids: its.ids }, walk);
};
