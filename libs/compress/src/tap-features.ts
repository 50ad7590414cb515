import { type Constant, constantOf, type GraphEditor } from '@fleetfit/onnx';
import type { Features, Window } from './layer-features.ts';

/** Two sets of columns whose products are summed over all positions; of one set with itself where `right` is absent. */
export interface Product {
  readonly left: Features;
  readonly right?: Features;
  /** Only every `every`-th position along each spatial axis counts. */
  readonly every: number;
}

/** Names of the values that a tapped model computes for a product. */
export interface ProductOutputs {
  /** float32 (groups, left size, right size): sum over positions of left right'. */
  readonly products: string;
  /** float32 (groups, left size). */
  readonly leftSums: string;
  /** float32 (groups, right size); the same value as `leftSums` without a right side. */
  readonly rightSums: string;
  /** float32: how many numbers the left columns hold together. */
  readonly size: string;
}

// TensorProto.DataType; tapped values are all float32, as exposed outputs are.
const FLOAT32 = 1;

/**
 * Adds nodes to a model of opset 13 or later that compute the sums of products of columns, so that the runtime does the heavy part:
 * windows are cut out by Slice, columns multiplied by MatMul.
 */
export function tapProduct(graph: GraphEditor, { left, right, every }: Product): ProductOutputs {
  const tap = (features: Features): Columns & { readonly sums: string } => {
    const columns = addColumns(graph, features, every);
    const sums = graph.freshName(`${features.value}_sums`);
    graph.add({ op: 'ReduceSum', inputs: [columns.upright, ints(graph, [2])], outputs: [sums], attributes: { keepdims: 0 } });
    return { ...columns, sums };
  };
  const a = tap(left);
  const b = right ? tap(right) : a;
  const [products, size] = ['products', 'size'].map((what) => graph.freshName(`${left.value}_${what}`));
  graph.add({ op: 'MatMul', inputs: [a.upright, b.lying], outputs: [products ?? ''] });
  const counted = graph.freshName(`${left.value}_counted`);
  graph.add({ op: 'Size', inputs: [a.upright], outputs: [counted] });
  graph.add({ op: 'Cast', inputs: [counted], outputs: [size ?? ''], attributes: { to: FLOAT32 } });
  return { products: products ?? '', leftSums: a.sums, rightSums: b.sums, size: size ?? '' };
}

interface Columns {
  /** (groups, size, positions), images one after another. */
  readonly upright: string;
  /** (groups, positions, size). Not a Transpose of the other: the runtime would fuse that with the product, and gets sizes wrong. */
  readonly lying: string;
}

/** Adds nodes that make the columns of a value. */
function addColumns(graph: GraphEditor, features: Features, every: number): Columns {
  const { value, groups, size, axis } = features;
  const step = (op: string, inputs: readonly string[], attributes: Readonly<Record<string, number | readonly number[]>> = {}): string => {
    const output = graph.freshName(`${value}_columns`);
    graph.add({ op, inputs, outputs: [output], attributes });
    return output;
  };
  if (axis === 'last') {
    const rows = step('Reshape', [value, ints(graph, [-1, size])]);
    const upright = step('Reshape', [step('Transpose', [rows], { perm: [1, 0] }), ints(graph, [1, size, -1])]);
    return { upright, lying: step('Reshape', [rows, ints(graph, [1, -1, size])]) };
  }
  const cut = features.window || every > 1 ? addWindow(features, every, { graph, step }) : value;
  const grouped = step('Reshape', [cut, ints(graph, [0, groups, size, -1])]);
  return {
    upright: step('Reshape', [step('Transpose', [grouped], { perm: [1, 2, 0, 3] }), ints(graph, [groups, size, -1])]),
    lying: step('Reshape', [step('Transpose', [grouped], { perm: [1, 0, 3, 2] }), ints(graph, [groups, -1, size])]),
  };
}

interface Writer {
  readonly graph: GraphEditor;
  readonly step: (op: string, inputs: readonly string[], attributes?: Readonly<Record<string, number | readonly number[]>>) => string;
}

/** One Slice for each tap of the kernel, stacked behind the channel axis: (images, channels, taps, ...out). */
function addWindow({ value, window }: Features, every: number, { graph, step }: Writer): string {
  if (!window) return addStride(value, every, { graph, step });
  const { kernel, strides, dilations, pads, out } = window;
  const axes = kernel.map((_, i) => i + 2);
  const rank = kernel.length;
  const before = pads.slice(0, rank);
  const isPadded = pads.some((pad) => pad !== 0);
  const padded = isPadded ? step('Pad', [value, ints(graph, [0, 0, ...before, 0, 0, ...pads.slice(rank)])]) : value;
  const steps = strides.map((stride) => stride * every);
  const first = firstPosition(out, every);
  const taps = tapsOf(kernel).map((tap) => {
    const starts = tap.map((at, i) => at * (dilations[i] ?? 1) + (first[i] ?? 0) * (strides[i] ?? 1));
    const ends = starts.map((start, i) => start + (countOfPositions(out[i] ?? 1, first[i] ?? 0, every) - 1) * (steps[i] ?? 1) + 1);
    return step('Slice', [padded, ints(graph, starts), ints(graph, ends), ints(graph, axes), ints(graph, steps)]);
  });
  if (taps.length === 1) return taps[0] ?? '';
  return step(
    'Concat',
    taps.map((tap) => step('Unsqueeze', [tap, ints(graph, [2])])),
    { axis: 2 },
  );
}

/** Single pixels, every so many: without the output's size the last pixel is as good as any. */
function addStride(value: string, every: number, { graph, step }: Writer): string {
  const END = 2 ** 31 - 1;
  const start = Math.floor(every / 2);
  return step('Slice', [value, ints(graph, [start, start]), ints(graph, [END, END]), ints(graph, [2, 3]), ints(graph, [every, every])]);
}

// In the middle of each cell, not always at its corner: borders see padding.
const firstPosition = (out: Window['out'], every: number): number[] => out.map((size) => Math.min(Math.floor(every / 2), size - 1));

const countOfPositions = (size: number, first: number, every: number): number => Math.floor((size - 1 - first) / every) + 1;

/** Every tap of a kernel in row-major order. */
function tapsOf(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>((taps, size) => taps.flatMap((tap) => Array.from({ length: size }, (_, at) => [...tap, at])), [[]]);
}

function ints(graph: GraphEditor, values: readonly number[]): string {
  const name = graph.freshName('tap_numbers');
  const constant: Constant = constantOf(name, [values.length], BigInt64Array.from(values, BigInt));
  graph.setConstant(constant);
  return name;
}
