import { FleetError } from '@fleetfit/core';
import {
  type Constant,
  constantOf,
  editModel,
  elementBytes,
  type GraphEditor,
  intAttribute,
  intsAttribute,
  intsOf,
  type Model,
  type Node,
  rawConstant,
} from '@fleetfit/onnx';
import { type Channels, layersAlong } from './channel-atoms.ts';
import type { ChannelGroups } from './channel-groups.ts';
import type { Touch } from './channel-rule.ts';
import { touchesByConstant } from './channel-walk.ts';

/**
 * Removes sets of channels from a model: rows and columns of weights, numbers of biases and batch norms, groups of depthwise
 * convolutions, and the numbers that Split, Slice, Gather, Reshape, Expand and Resize state.
 *
 * @param groups of this very model
 * @param removed sets as the units of the groups name them
 * @throws FleetError `bug` when what would remain is no grid
 */
export function removeChannels(model: Model, { walk }: ChannelGroups, removed: ReadonlySet<number>): Model {
  if (removed.size === 0) return model;
  const { atoms, channels, graph, touches } = walk;
  const stays = (id: number): boolean => !removed.has(atoms.setOf(id));
  return editModel(model, (editor) => {
    for (const [name, all] of touchesByConstant(touches)) {
      const constant = editor.constant(name);
      if (constant) editor.setConstant(all.length === 0 ? constant : slicedBy(constant, all, stays));
    }
    for (const node of graph.nodes) {
      const read = channels.get(node.inputs[0] ?? '');
      const made = channels.get(node.outputs[0] ?? '');
      const its = read ?? made;
      if (its && [read, made].some((each) => each?.ids.some((id) => !stays(id)))) restate(node, { editor, read, made, stays });
    }
  });
}

/** Rows and columns that stay. Grouped weights name the channels of their first group only. */
function slicedBy(constant: Constant, touches: readonly Touch[], stays: (id: number) => boolean): Constant {
  const byAxis = new Map(touches.map((touch) => [touch.axis, touch.ids]));
  let sliced = constant;
  for (const [axis, ids] of byAxis) {
    const places = ids.flatMap((id, place) => (stays(id) ? [place] : []));
    if (places.length < ids.length) sliced = sliceConstant(sliced, axis, places);
  }
  return sliced;
}

/** The places of one axis that are named, in their order. */
export function sliceConstant(constant: Constant, axis: number, places: readonly number[]): Constant {
  const { dims, type, name } = constant;
  const bytes = elementBytes(constant);
  const outer = dims.slice(0, axis).reduce((product, dim) => product * dim, 1);
  const size = dims[axis] ?? 1;
  const run = bytes.length / outer / size;
  const kept = new Uint8Array(outer * places.length * run);
  for (let o = 0; o < outer; o++)
    places.forEach(
      (place, i) => void kept.set(bytes.subarray((o * size + place) * run, (o * size + place + 1) * run), (o * places.length + i) * run),
    );
  return rawConstant({ name, type, dims: dims.with(axis, places.length), bytes: kept });
}

interface Restating {
  readonly editor: GraphEditor;
  readonly read: Channels | undefined;
  readonly made: Channels | undefined;
  readonly stays: (id: number) => boolean;
}

/** Numbers of channels that a node states itself. */
function restate(node: Node, by: Restating): void {
  switch (node.op) {
    case 'Conv':
      return restateGroups(node, by);
    case 'Reshape':
    case 'Expand':
      return restateShape(node, 1, by);
    case 'Resize':
      return restateShape(node, 3, by);
    case 'Split':
      return restateSplit(node, by);
    case 'Slice':
      return restateSlice(node, by);
    case 'Gather':
      return restateGather(node, by);
    default:
  }
}

const keptOf = (its: Channels, stays: Restating['stays']): number => its.ids.filter(stays).length;

function restateGroups(node: Node, { editor, read, stays }: Restating): void {
  const group = intAttribute(node, 'group', 1);
  // Of a grouped convolution each group shrinks; a depthwise one has fewer groups.
  if (!read || group === 1 || group !== read.ids.length) return;
  const { name, op, inputs, outputs, attributes } = node;
  const kept = keptOf(read, stays);
  editor.replace(node, { name, op, inputs, outputs, attributes: new Map([...attributes, ['group', { kind: 'int', value: kept }]]) });
}

/** How many places of an axis remain. @throws FleetError `bug` when a place would be half empty */
function sizeAlong(its: Channels, axis: number, stays: Restating['stays']): number {
  const layers = layersAlong(its, axis).map((layer) => layer.filter(stays).length);
  const remaining = layers.filter((count) => count > 0);
  if (remaining.some((count) => count !== remaining[0])) throw new FleetError('bug', 'Cannot remove channels: what remains is no grid');
  return remaining.length;
}

function restateShape(node: Node, input: number, { editor, made, stays }: Restating): void {
  const constant = editor.constant(node.inputs[input] ?? '');
  if (!made || !constant || constant.dims[0] === 0) return;
  const offset = made.shape.length - intsOf(constant).length;
  const target = intsOf(constant).map((dim, i) => {
    const axis = i + offset;
    return dim > 0 && axis >= made.from && axis < made.to ? sizeAlong(made, axis, stays) : dim;
  });
  setInput(node, { editor, input, values: target });
}

function restateSplit(node: Node, { editor, read, stays }: Restating): void {
  const axis = positive(intAttribute(node, 'axis', 0), read?.shape.length ?? 1);
  if (!read || axis < read.from || axis >= read.to) return;
  const sizes =
    intsAttribute(node, 'split') ??
    (editor.constant(node.inputs[1] ?? '') && intsOf(editor.constant(node.inputs[1] ?? '') ?? constantOf('', [0], new BigInt64Array(0))));
  const alive = layersAlong(read, axis).map((layer) => layer.some(stays));
  const each = sizes ?? node.outputs.map(() => (read.shape[axis] ?? 0) / node.outputs.length);
  let start = 0;
  const kept = each.map((size) => {
    start += size;
    return alive.slice(start - size, start).filter(Boolean).length;
  });
  if (node.attributes.has('split')) setAttribute(node, { editor, key: 'split', values: kept });
  else setInput(node, { editor, input: 1, values: kept });
}

const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

function restateSlice(node: Node, { editor, read, stays }: Restating): void {
  if (!read) return;
  const list = (key: string, input: number): readonly number[] | undefined => {
    const constant = editor.constant(node.inputs[input] ?? '');
    return (
      intsAttribute(node, key) ??
      (constant?.data.kind === 'raw' ? Array.from(new BigInt64Array(constant.data.bytes.slice().buffer), Number) : undefined)
    );
  };
  const starts = list('starts', 1) ?? [];
  const ends = list('ends', 2) ?? [];
  const axes = (list('axes', 3) ?? starts.map((_, i) => i)).map((axis) => positive(axis, read.shape.length));
  const at = axes.findIndex((axis) => axis >= read.from && axis < read.to);
  if (at < 0) return;
  const axis = axes[at] ?? 0;
  const size = read.shape[axis] ?? 0;
  const alive = layersAlong(read, axis).map((layer) => layer.some(stays));
  const moved = (place: number): number => alive.slice(0, Math.min(size, Math.max(0, positive(place, size)))).filter(Boolean).length;
  const change = { starts: starts.with(at, moved(starts[at] ?? 0)), ends: ends.with(at, moved(ends[at] ?? size)) };
  if (node.attributes.has('starts')) {
    const half = setAttribute(node, { editor, key: 'starts', values: change.starts });
    setAttribute(half, { editor, key: 'ends', values: change.ends });
  } else {
    const half = setInput(node, { editor, input: 1, values: change.starts });
    setInput(half, { editor, input: 2, values: change.ends });
  }
}

function restateGather(node: Node, { editor, read, stays }: Restating): void {
  const axis = positive(intAttribute(node, 'axis', 0), read?.shape.length ?? 1);
  const constant = editor.constant(node.inputs[1] ?? '');
  if (!read || !constant || axis < read.from || axis >= read.to) return;
  const alive = layersAlong(read, axis).map((layer) => layer.some(stays));
  const places = intsOf(constant)
    .map((place) => positive(place, alive.length))
    .filter((place) => alive[place]);
  const kept = places.map((place) => alive.slice(0, place).filter(Boolean).length);
  const name = editor.freshName(`${constant.name}_kept`);
  editor.setConstant(constantOf(name, constant.dims.length === 0 ? [] : [kept.length], BigInt64Array.from(kept, BigInt)));
  const { op, outputs, attributes, inputs } = node;
  editor.replace(node, { name: node.name, op, outputs, attributes, inputs: inputs.with(1, name) });
}

interface Numbers {
  readonly editor: GraphEditor;
  readonly values: readonly number[];
}

function setAttribute(node: Node, { editor, key, values }: Numbers & { readonly key: string }): Node {
  const { name, op, inputs, outputs, attributes } = node;
  return editor.replace(node, { name, op, inputs, outputs, attributes: new Map([...attributes, [key, { kind: 'ints', value: values }]]) });
}

/** As a new constant: others may read the old one. */
function setInput(node: Node, { editor, input, values }: Numbers & { readonly input: number }): Node {
  const { name, op, outputs, attributes } = node;
  const constant = editor.freshName(`${node.outputs[0] ?? op}_numbers`);
  editor.setConstant(constantOf(constant, [values.length], BigInt64Array.from(values, BigInt)));
  const inputs = Array.from({ length: Math.max(node.inputs.length, input + 1) }, (_, i) =>
    i === input ? constant : (node.inputs[i] ?? ''),
  );
  return editor.replace(node, { name, op, inputs, outputs, attributes });
}
