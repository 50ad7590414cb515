import { inputOf, outputOf, type VjpRule } from '../vjp-rule.ts';
import { unbroadcast } from './broadcast.ts';

/** y = x where x > 0, else a x (He et al. 2015);  dx = dy or a dy,  da = dy min(x, 0) summed as a was repeated. */
export const pRelu: VjpRule = {
  op: 'PRelu',
  weights: [1],
  vjp: (node, { tape, gradient, wants }) => {
    const [x, slope] = [inputOf(node, 0), inputOf(node, 1)];
    const positive = tape.emit('Greater', [x, tape.scalar(0)]);
    const dx = (): string => tape.emit('Where', [positive, gradient, tape.emit('Mul', [gradient, slope])]);
    const da = (): string => {
      const full = tape.emit('Mul', [gradient, tape.emit('Where', [positive, tape.scalar(0), x])]);
      return unbroadcast(tape, full, { from: tape.dims(outputOf(node)), to: tape.dims(slope) });
    };
    return [wants(0) ? dx() : undefined, wants(1) ? da() : undefined];
  },
};
