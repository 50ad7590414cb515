import { intAttribute } from '@fleetfit/onnx';
import { outputOf, type VjpRule } from '../vjp-rule.ts';
import { fromFront } from './broadcast.ts';

/** y = parts one after another along an axis;  the gradient of a part is its piece of dy. */
export const concat: VjpRule = {
  op: 'Concat',
  weights: [0, 1, 2, 3],
  vjp: (node, { tape, gradient, wants }) => {
    const [axis = 0] = fromFront([intAttribute(node, 'axis', 0)], tape.dims(outputOf(node)).length);
    const sizes = node.inputs.map((input) => tape.dims(input)[axis] ?? 1);
    const parts = tape.emitMany('Split', [gradient, tape.ints(sizes)], { count: sizes.length, attributes: { axis } });
    return parts.map((part, place) => (wants(place) ? part : undefined));
  },
};

/** Pieces of x along an axis;  dx = their gradients one after another, zeros for pieces that nobody used. */
export const split: VjpRule = {
  op: 'Split',
  vjp: (node, { tape, gradients }) => {
    const pieces = node.outputs.map((output, i) => gradients[i] ?? tape.emit('ConstantOfShape', [tape.ints(tape.dims(output))]));
    return [tape.emit('Concat', pieces, { axis: intAttribute(node, 'axis', 0) })];
  },
};
