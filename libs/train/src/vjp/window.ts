import { intsAttribute, type Node, stringAttribute } from '@fleetfit/onnx';
import type { Dims } from '../tape.ts';

type Pair = readonly [number, number];

/** How a kernel moves over a picture: height, then width. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
}

/** Stride, dilation and padding of a convolution or pooling; what auto_pad leaves open is worked out from the picture. */
export function paddingOf(node: Node, { x, kernel }: { readonly x: Dims; readonly kernel: Pair }): Omit<Window, 'kernel'> {
  const pair = (name: string): Pair => {
    const [first = 1, second = 1] = intsAttribute(node, name, [1, 1]);
    return [first, second];
  };
  const [stride, dilation] = [pair('strides'), pair('dilations')];
  const way = stringAttribute(node, 'auto_pad', 'NOTSET');
  if (way === 'NOTSET') {
    const [top = 0, left = 0, bottom = 0, right = 0] = intsAttribute(node, 'pads', [0, 0, 0, 0]);
    return { stride, dilation, pads: [top, left, bottom, right] };
  }
  const both = (axis: 0 | 1): Pair => {
    if (way === 'VALID') return [0, 0];
    const size = x[axis + 2] ?? 1;
    const total = Math.max(0, (Math.ceil(size / stride[axis]) - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1 - size);
    const less = Math.floor(total / 2);
    return way === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
  };
  const [rows, columns] = [both(0), both(1)];
  return { stride, dilation, pads: [rows[0], columns[0], rows[1], columns[1]] };
}
