import { countOf, intAttribute } from '@fleetfit/onnx';
import { inputOf, type VjpRule } from '../vjp-rule.ts';

/** y is x as a matrix;  dx is dy in the shape of x. */
export const flatten: VjpRule = {
  op: 'Flatten',
  dims: (node, [x = []]) => {
    const axis = intAttribute(node, 'axis', 1);
    const at = axis < 0 ? axis + x.length : axis;
    return [countOf(x.slice(0, at)), countOf(x.slice(at))];
  },
  vjp: (node, { tape, gradient }) => [tape.emit('Reshape', [gradient, tape.ints(tape.dims(inputOf(node, 0)))])],
};
