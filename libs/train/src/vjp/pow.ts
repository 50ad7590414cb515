import { inputOf, type VjpRule } from '../vjp-rule.ts';

/** y = x^p for a p that stays;  dx = dy p x^(p-1). */
export const pow: VjpRule = {
  op: 'Pow',
  vjp: (node, { tape, gradient, wants }) => {
    const [x, exponent] = [inputOf(node, 0), inputOf(node, 1)];
    if (!wants(0)) return [];
    const less = tape.emit('Sub', [exponent, tape.scalar(1)]);
    return [tape.emit('Mul', [gradient, tape.emit('Mul', [exponent, tape.emit('Pow', [x, less])])])];
  },
};
