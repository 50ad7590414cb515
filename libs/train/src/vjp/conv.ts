import { intAttribute, type Node, stringAttribute } from '@fleetfit/onnx';
import type { Dims, Tape } from '../tape.ts';
import { inputOf, outputOf, type VjpRule } from '../vjp-rule.ts';
import { convInputGradient } from './conv-input-gradient.ts';
import { convWeightGradient } from './conv-weight-gradient.ts';
import { paddingOf, type Window } from './window.ts';

/** A 2-D convolution read from its node and shapes. Letters as in the formulas of the two gradients. */
export interface ConvShape extends Omit<Window, 'kernel'> {
  readonly x: Dims;
  readonly y: Dims;
  /** Output channels, input channels of a group, kernel height and width. */
  readonly w: readonly [number, number, number, number];
  readonly group: number;
}

const onlyPictures = (_: Node, [x = []]: readonly Dims[]): string | undefined =>
  x.length === 4 ? undefined : `it convolves ${x.length - 2} dimensions, and only 2 are known`;

/** Y = X * W + b;  dX and dW in files of their own, db = dY summed over batch and picture. */
export const conv: VjpRule = {
  op: 'Conv',
  weights: [1, 2],
  refuses: onlyPictures,
  vjp: (node, { tape, gradient, wants }) => {
    const [x, w] = [inputOf(node, 0), inputOf(node, 1)];
    const shape = shapeOf(node, { x: tape.dims(x), y: tape.dims(outputOf(node)), w: tape.dims(w) });
    return [
      wants(0) ? convInputGradient(tape, { gradient, w }, shape) : undefined,
      wants(1) ? convWeightGradient(tape, { gradient, x }, shape) : undefined,
      wants(2) ? biasGradient(tape, gradient) : undefined,
    ];
  },
};

/**
 * The transpose of a convolution C from Y to X:  Y = C^T X + b,  so  dX = C dY, and dW is that of C with X for the gradient and dY for
 * the picture.
 */
export const convTranspose: VjpRule = {
  op: 'ConvTranspose',
  weights: [1, 2],
  refuses: (node, inputs) =>
    stringAttribute(node, 'auto_pad', 'NOTSET') === 'NOTSET'
      ? onlyPictures(node, inputs)
      : 'its padding is left to auto_pad, not written out',
  vjp: (node, { tape, gradient, wants }) => {
    const [x, w] = [inputOf(node, 0), inputOf(node, 1)];
    const shape = shapeOf(node, { x: tape.dims(outputOf(node)), y: tape.dims(x), w: tape.dims(w) });
    const { stride, dilation, pads, group } = shape;
    const settings = { strides: stride, dilations: dilation, pads, group };
    return [
      wants(0) ? cutTo(tape, tape.emit('Conv', [gradient, w], settings), tape.dims(x)) : undefined,
      wants(1) ? convWeightGradient(tape, { gradient: x, x: gradient }, shape) : undefined,
      wants(2) ? biasGradient(tape, gradient) : undefined,
    ];
  },
};

const biasGradient = (tape: Tape, gradient: string): string => tape.emit('ReduceSum', [gradient, tape.ints([0, 2, 3])], { keepdims: 0 });

// Output padding makes rows that no place of X wrote: a kernel that fits there gives one row too many.
const cutTo = (tape: Tape, value: string, dims: Dims): string =>
  tape.emit('Slice', [value, tape.ints([0, 0]), tape.ints(dims.slice(2)), tape.ints([2, 3])]);

function shapeOf(node: Node, { x, y, w }: { x: Dims; y: Dims; w: Dims }): ConvShape {
  const [co = 1, ci = 1, kh = 1, kw = 1] = w;
  return { x, y, w: [co, ci, kh, kw], ...paddingOf(node, { x, kernel: [kh, kw] }), group: intAttribute(node, 'group', 1) };
}
