import { isRefusal, type Refusal, refuse } from '@fleetfit/core';
import { type GraphView, intAttribute, intsAttribute, type Node, stringAttribute } from '@fleetfit/onnx';
import type { Shapes } from './infer-shapes.ts';
import { weightedLayerOf } from './weighted-layer.ts';

/** How a convolution slides over its input, along each spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before all axes, then after all axes, as in ONNX. */
  readonly pads: readonly number[];
  /** Spatial size of what comes out. */
  readonly out: readonly number[];
}

/**
 * What the weights of a layer multiply, written as columns: one vector of `size` numbers for each position of the output and each
 * group, in the order of the weight's own numbers (channel, then kernel row, then kernel column).
 */
export interface Features {
  /** The activation that they are taken from. */
  readonly value: string;
  readonly groups: number;
  /** Numbers in a column: channels of a group times taps of the kernel. */
  readonly size: number;
  /** Channels stand on axis 1 (images) or on the last axis (dense layers). */
  readonly axis: 'second' | 'last';
  /** Absent where a column is one pixel of the input. */
  readonly window: Window | undefined;
  /** Positions of one image, where known. */
  readonly positions: number | undefined;
}

/** The features that a weighted layer multiplies. Refused where the layer is none, or where its window needs a shape that is not known. */
export function featuresOf(node: Node, graph: GraphView, shapes: Shapes): Features | Refusal {
  const layer = weightedLayerOf(node, graph);
  if (isRefusal(layer)) return layer;
  const { weight, input, op, axis } = layer;
  const shape = shapes.of(input);
  if (op !== 'Conv') {
    const positions = shape?.slice(0, -1).reduce((product, dim) => product * dim, 1);
    return { value: input, groups: 1, size: weight.dims[1 - axis] ?? 0, axis: 'last', window: undefined, positions };
  }
  const groups = intAttribute(node, 'group', 1);
  const size = weight.dims.slice(1).reduce((product, dim) => product * dim, 1);
  const window = windowOf(node, weight.dims.slice(2), { spatial: shape?.slice(2), out: shapes.of(node.outputs[0] ?? '')?.slice(2) });
  if (window && isRefusal(window)) return window;
  const positions = window ? window.out.reduce((product, dim) => product * dim, 1) : shape?.slice(2).reduce((p, dim) => p * dim, 1);
  return { value: input, groups, size, axis: 'second', window, positions };
}

function windowOf(
  node: Node,
  kernel: readonly number[],
  { spatial, out }: { readonly spatial: readonly number[] | undefined; readonly out: readonly number[] | undefined },
): Window | Refusal | undefined {
  const ones = kernel.map(() => 1);
  const strides = intsAttribute(node, 'strides') ?? ones;
  const dilations = intsAttribute(node, 'dilations') ?? ones;
  const stated = intsAttribute(node, 'pads') ?? [...ones, ...ones].fill(0);
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  const isPixel = kernel.every((size) => size === 1) && strides.every((stride) => stride === 1);
  if (isPixel && (autoPad !== 'NOTSET' || stated.every((pad) => pad === 0))) return undefined;
  if (!out || !spatial) return refuse('the size of its input is not known');
  const pads = autoPad === 'NOTSET' ? stated : automaticPads({ kernel, strides, dilations, out }, spatial, autoPad);
  return { kernel, strides, dilations, pads, out };
}

/** What auto_pad=SAME_UPPER and SAME_LOWER add: the odd pixel goes to the end or to the start. */
function automaticPads({ kernel, strides, dilations, out }: Omit<Window, 'pads'>, spatial: readonly number[], autoPad: string): number[] {
  const total = kernel.map((size, i) => {
    if (autoPad === 'VALID') return 0;
    const reach = ((out[i] ?? 1) - 1) * (strides[i] ?? 1) + (size - 1) * (dilations[i] ?? 1) + 1;
    return Math.max(0, reach - (spatial[i] ?? 0));
  });
  const before = total.map((pad) => (autoPad === 'SAME_LOWER' ? Math.ceil(pad / 2) : Math.floor(pad / 2)));
  return [...before, ...total.map((pad, i) => pad - (before[i] ?? 0))];
}
