import { intAttribute, intsAttribute, type Node, stringAttribute } from '@fleetfit/onnx';
import type { Dims } from '../tape.ts';
import { inputOf, type VjpRule } from '../vjp-rule.ts';
import { convInputGradient } from './conv-input-gradient.ts';
import { convWeightGradient } from './conv-weight-gradient.ts';

/** A 2-D convolution read from its node and shapes. Letters as in the formulas of the two gradients. */
export interface ConvShape {
  readonly x: Dims;
  readonly y: Dims;
  /** Output channels, input channels of a group, kernel height and width. */
  readonly w: readonly [number, number, number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
  readonly group: number;
}

/** Y = X * W + b;  dX and dW in files of their own, db = dY summed over batch and picture. */
export const conv: VjpRule = {
  op: 'Conv',
  refuses: (node, [x = [], w = []]) => {
    if (x.length !== 4) return `it convolves ${x.length - 2} dimensions, and only 2 are known`;
    if (stringAttribute(node, 'auto_pad', 'NOTSET') !== 'NOTSET') return 'its padding is left to auto_pad, not written out';
    const group = intAttribute(node, 'group', 1);
    if (group > 1 && !(w[1] === 1 && w[0] === group)) return `it has ${group} groups that are not depthwise`;
    if (group === 1 && intsAttribute(node, 'dilations', [1, 1]).some((d) => d !== 1)) return 'it is dilated';
    return undefined;
  },
  dims: (node, [x = [], w = []]) => convShape(node, x, w).y,
  vjp: (node, { tape, gradient, wants }) => {
    const x = inputOf(node, 0);
    const w = inputOf(node, 1);
    const shape = convShape(node, tape.dims(x), tape.dims(w));
    return [
      wants(0) ? convInputGradient(tape, { gradient, w }, shape) : undefined,
      wants(1) ? convWeightGradient(tape, { gradient, x }, shape) : undefined,
      wants(2) ? tape.emit('ReduceSum', [gradient, tape.ints([0, 2, 3])], { keepdims: 0 }) : undefined,
    ];
  },
};

function convShape(node: Node, x: Dims, w: Dims): ConvShape {
  const [sy = 1, sx = 1] = intsAttribute(node, 'strides', [1, 1]);
  const [dy = 1, dx = 1] = intsAttribute(node, 'dilations', [1, 1]);
  const [top = 0, left = 0, bottom = 0, right = 0] = intsAttribute(node, 'pads', [0, 0, 0, 0]);
  const [n = 1, , height = 1, width = 1] = x;
  const [co = 1, ci = 1, kh = 1, kw = 1] = w;
  const oh = Math.floor((height + top + bottom - dy * (kh - 1) - 1) / sy) + 1;
  const ow = Math.floor((width + left + right - dx * (kw - 1) - 1) / sx) + 1;
  return {
    x,
    y: [n, co, oh, ow],
    w: [co, ci, kh, kw],
    stride: [sy, sx],
    dilation: [dy, dx],
    pads: [top, left, bottom, right],
    group: intAttribute(node, 'group', 1),
  };
}
