import type { VjpRule } from '../vjp-rule.ts';

/** y = max(x, 0);  dx = dy where y > 0, else 0. */
export const relu: VjpRule = {
  op: 'Relu',
  dims: (_, [x = []]) => x,
  vjp: (node, { tape, gradient }) => {
    const positive = tape.emit('Greater', [node.outputs[0] ?? '', tape.scalar(0)]);
    return [tape.emit('Mul', [gradient, tape.emit('Cast', [positive], { to: 1 })])];
  },
};
