import { countOf } from '@fleetfit/onnx';
import { inputOf, type VjpRule } from '../vjp-rule.ts';

/** y = mean of x over the picture;  dx = dy / (H W) at every place. */
export const globalAveragePool: VjpRule = {
  op: 'GlobalAveragePool',
  dims: (_, [x = []]) => x.map((dim, axis) => (axis < 2 ? dim : 1)),
  vjp: (node, { tape, gradient }) => {
    const dims = tape.dims(inputOf(node, 0));
    const share = tape.emit('Mul', [gradient, tape.scalar(1 / countOf(dims.slice(2)))]);
    return [tape.emit('Expand', [share, tape.ints(dims)])];
  },
};
