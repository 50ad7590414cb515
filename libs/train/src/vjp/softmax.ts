import { intAttribute, type Node } from '@fleetfit/onnx';
import type { Tape } from '../tape.ts';
import { inputOf, outputOf, type VjpRule } from '../vjp-rule.ts';

/** y = softmax(x) along an axis;  dx = y (dy - sum y dy). */
export const softmax: VjpRule = {
  op: 'Softmax',
  vjp: (node, { tape, gradient }) => {
    const y = outputOf(node);
    const mean = sumAlong(tape, tape.emit('Mul', [gradient, y]), axisOf(tape, node));
    return [tape.emit('Mul', [y, tape.emit('Sub', [gradient, mean])])];
  },
};

/** y = x - ln sum e^x;  dx = dy - e^y sum dy. */
export const logSoftmax: VjpRule = {
  op: 'LogSoftmax',
  vjp: (node, { tape, gradient }) => {
    const total = sumAlong(tape, gradient, axisOf(tape, node));
    return [tape.emit('Sub', [gradient, tape.emit('Mul', [tape.emit('Exp', [outputOf(node)]), total])])];
  },
};

const sumAlong = (tape: Tape, value: string, axis: number): string => tape.emit('ReduceSum', [value, tape.ints([axis])], { keepdims: 1 });

function axisOf(tape: Tape, node: Node): number {
  const axis = intAttribute(node, 'axis', -1);
  return axis < 0 ? axis + tape.dims(inputOf(node, 0)).length : axis;
}
