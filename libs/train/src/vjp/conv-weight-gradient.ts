import type { Tape } from '../tape.ts';
import type { ConvShape } from './conv.ts';

interface Values {
  readonly gradient: string;
  readonly x: string;
}

/** dW of a convolution: for every place of the kernel, dY times the x it met, summed over batch and picture. */
export function convWeightGradient(tape: Tape, values: Values, shape: ConvShape): string {
  const depthwise = shape.group > 1 && shape.w[1] === 1 && shape.w[0] === shape.group;
  return depthwise ? onePerChannel(tape, values, shape) : dense(tape, values, shape);
}

/**
 * Columns of the kernel are cut out of x once and laid on the channels; then each row of the kernel is one batched
 * matrix product  dY [N, co, L] x rows [N, kw ci, L]^T. Cutting in two steps copies kh + kw pictures instead of kh kw.
 * Groups stand beside the batch, as an axis of their own.
 */
function dense(tape: Tape, { gradient, x }: Values, shape: ConvShape): string {
  const { group: g, stride, dilation } = shape;
  const [co, ci, kh, kw] = shape.w;
  const [n = 1, , oh = 1, ow = 1] = shape.y;
  const lead = g === 1 ? [n] : [n, g];
  const channels = lead.length;
  const padded = shape.pads.every((pad) => pad === 0) ? x : pad(tape, x, shape);
  const [, , height = 1, width = 1] = shape.x;
  const [top, left, bottom, right] = shape.pads;
  const picture = g === 1 ? padded : tape.emit('Reshape', [padded, tape.ints([n, g, ci, height + top + bottom, width + left + right])]);
  const columns = Array.from({ length: kw }, (_, j) =>
    slice(tape, picture, { axis: channels + 2, from: j * dilation[1], step: stride[1], count: ow }),
  );
  const wide = kw === 1 ? (columns[0] ?? '') : tape.emit('Concat', columns, { axis: channels });
  const dy = tape.emit('Reshape', [gradient, tape.ints([...lead, co / g, oh * ow])]);
  const rows = Array.from({ length: kh }, (_, i) => {
    const met = slice(tape, wide, { axis: channels + 1, from: i * dilation[0], step: stride[0], count: oh });
    const flat = tape.emit('Reshape', [met, tape.ints([...lead, kw * ci, oh * ow])]);
    const perImage = tape.emit('FusedMatMul', [dy, flat], { transB: 1 });
    const summed = tape.emit('ReduceSum', [perImage, tape.ints([0])], { keepdims: 0 });
    return tape.emit('Reshape', [summed, tape.ints([co, 1, kw, ci])]);
  });
  const all = kh === 1 ? (rows[0] ?? '') : tape.emit('Concat', rows, { axis: 1 });
  return tape.emit('Transpose', [all], { perm: [0, 3, 1, 2] });
}

// ONNX pads are all beginnings, then all ends.
function pad(tape: Tape, x: string, { pads: [top, left, bottom, right] }: ConvShape): string {
  return tape.emit('Pad', [x, tape.ints([0, 0, top, left, 0, 0, bottom, right])]);
}

function slice(tape: Tape, value: string, cut: { axis: number; from: number; step: number; count: number }): string {
  const { axis, from, step, count } = cut;
  const end = from + (count - 1) * step + 1;
  return tape.emit('Slice', [value, tape.ints([from]), tape.ints([end]), tape.ints([axis]), tape.ints([step])]);
}

/** One kernel a channel: a grouped convolution in which the batch plays the channels and dY the kernel. */
function onePerChannel(tape: Tape, { gradient, x }: Values, shape: ConvShape): string {
  const [n = 1, c = 1, height = 1, width = 1] = shape.x;
  const [co, , kh, kw] = shape.w;
  const swapped = tape.emit('Transpose', [x], { perm: [1, 0, 2, 3] });
  const picture = tape.emit('Reshape', [swapped, tape.ints([1, c * n, height, width])]);
  const kernel = tape.emit('Transpose', [gradient], { perm: [1, 0, 2, 3] });
  const met = tape.emit('Conv', [picture, kernel], { group: c, pads: shape.pads, strides: shape.dilation, dilations: shape.stride });
  // Where the last stride did not reach the border, the result has rows and columns that no kernel has.
  const cut = tape.emit('Slice', [met, tape.ints([0, 0]), tape.ints([kh, kw]), tape.ints([2, 3])]);
  return tape.emit('Reshape', [cut, tape.ints([co, 1, kh, kw])]);
}
