import type { Tape } from '../tape.ts';
import { outputOf, type VjpRule } from '../vjp-rule.ts';

/**
 * y = min(max(x, low), high);  dx = dy strictly inside, else 0. Told by y, not x: at the limits the two agree, and y is at hand.
 * Limits are inputs from opset 11 on.
 */
export const clip: VjpRule = {
  op: 'Clip',
  vjp: (node, { tape, gradient }) => {
    const y = outputOf(node);
    const [, low, high] = node.inputs;
    const sides = [...(low ? [tape.emit('Greater', [y, low])] : []), ...(high ? [tape.emit('Less', [y, high])] : [])];
    const [first, second] = sides;
    if (first === undefined) return [gradient];
    const inside = second === undefined ? first : tape.emit('And', [first, second]);
    return [masked(tape, gradient, inside)];
  },
};

const masked = (tape: Tape, gradient: string, condition: string): string =>
  tape.emit('Mul', [gradient, tape.emit('Cast', [condition], { to: 1 })]);
