import { floatAttribute, type Node, stringAttribute } from '@fleetfit/onnx';
import type { Tape } from '../tape.ts';
import { inputOf, outputOf, type VjpRule } from '../vjp-rule.ts';

/** An op of one value, element by element:  dx = dy f'(x). `slope` writes f'(x) from x and y. */
function pointwise(
  op: string,
  slope: (tape: Tape, at: { readonly x: string; readonly y: string; readonly node: Node }) => string,
): VjpRule {
  return {
    op,
    vjp: (node, { tape, gradient }) => [tape.emit('Mul', [gradient, slope(tape, { x: inputOf(node, 0), y: outputOf(node), node })])],
  };
}

/** 1 where a condition holds, else 0. */
const indicator = (tape: Tape, condition: string): string => tape.emit('Cast', [condition], { to: 1 });
const above = (tape: Tape, value: string, limit: number): string => tape.emit('Greater', [value, tape.scalar(limit)]);
const oneMinus = (tape: Tape, value: string): string => tape.emit('Sub', [tape.scalar(1), value]);
const square = (tape: Tape, value: string): string => tape.emit('Mul', [value, value]);

/** y = max(x, 0);  1 where y > 0, else 0. */
export const relu = pointwise('Relu', (tape, { y }) => indicator(tape, above(tape, y, 0)));

/** y = x where x > 0, else a x;  1, else a. */
export const leakyRelu = pointwise('LeakyRelu', (tape, { x, node }) =>
  tape.emit('Where', [above(tape, x, 0), tape.scalar(1), tape.scalar(floatAttribute(node, 'alpha', 0.01))]),
);

/** y = x where x > 0, else a (e^x - 1);  1, else y + a. */
export const elu = pointwise('Elu', (tape, { x, y, node }) =>
  tape.emit('Where', [above(tape, x, 0), tape.scalar(1), tape.emit('Add', [y, tape.scalar(floatAttribute(node, 'alpha', 1))])]),
);

/** y = 1 / (1 + e^-x);  y (1 - y). */
export const sigmoid = pointwise('Sigmoid', (tape, { y }) => tape.emit('Mul', [y, oneMinus(tape, y)]));

/** y = clip(a x + b, 0, 1);  a strictly inside, else 0. */
export const hardSigmoid = pointwise('HardSigmoid', (tape, { y, node }) => {
  const inside = tape.emit('And', [above(tape, y, 0), tape.emit('Less', [y, tape.scalar(1)])]);
  return tape.emit('Mul', [indicator(tape, inside), tape.scalar(floatAttribute(node, 'alpha', 0.2))]);
});

/** y = x clip(x / 6 + 1/2, 0, 1);  0 below -3, 1 above 3, x / 3 + 1/2 between. */
export const hardSwish = pointwise('HardSwish', (tape, { x }) => {
  const between = tape.emit('Add', [tape.emit('Mul', [x, tape.scalar(1 / 3)]), tape.scalar(0.5)]);
  const capped = tape.emit('Where', [above(tape, x, 3), tape.scalar(1), between]);
  return tape.emit('Where', [tape.emit('Less', [x, tape.scalar(-3)]), tape.scalar(0), capped]);
});

/** y = tanh x;  1 - y^2. */
export const tanh = pointwise('Tanh', (tape, { y }) => oneMinus(tape, square(tape, y)));

/** y = erf x;  2 / sqrt(pi) e^(-x^2). */
export const erf = pointwise('Erf', (tape, { x }) =>
  tape.emit('Mul', [tape.scalar(2 / Math.sqrt(Math.PI)), tape.emit('Exp', [tape.emit('Neg', [square(tape, x)])])]),
);

/**
 * y = x F(x), F the normal distribution (Hendrycks and Gimpel 2016);  F(x) + x f(x).
 * With `approximate = tanh`: y = x/2 (1 + t), t = tanh(c (x + d x^3));  (1 + t)/2 + x/2 (1 - t^2) c (1 + 3 d x^2).
 */
export const gelu = pointwise('Gelu', (tape, { x, node }) =>
  stringAttribute(node, 'approximate', 'none') === 'tanh' ? tanhGeluSlope(tape, x) : exactGeluSlope(tape, x),
);

function exactGeluSlope(tape: Tape, x: string): string {
  const e = tape.emit('Erf', [tape.emit('Mul', [x, tape.scalar(Math.SQRT1_2)])]);
  const distribution = tape.emit('Mul', [tape.emit('Add', [e, tape.scalar(1)]), tape.scalar(0.5)]);
  const bell = tape.emit('Exp', [tape.emit('Mul', [square(tape, x), tape.scalar(-0.5)])]);
  const density = tape.emit('Mul', [bell, tape.scalar(1 / Math.sqrt(2 * Math.PI))]);
  return tape.emit('Add', [distribution, tape.emit('Mul', [x, density])]);
}

function tanhGeluSlope(tape: Tape, x: string): string {
  const [c, d] = [Math.sqrt(2 / Math.PI), 0.044715];
  const squared = square(tape, x);
  const inner = tape.emit('Mul', [x, tape.emit('Add', [tape.emit('Mul', [squared, tape.scalar(c * d)]), tape.scalar(c)])]);
  const t = tape.emit('Tanh', [inner]);
  const rise = tape.emit('Add', [tape.emit('Mul', [squared, tape.scalar(3 * c * d)]), tape.scalar(c)]);
  const curved = tape.emit('Mul', [tape.emit('Mul', [x, oneMinus(tape, square(tape, t))]), rise]);
  return tape.emit('Mul', [tape.emit('Add', [tape.emit('Add', [t, tape.scalar(1)]), curved]), tape.scalar(0.5)]);
}

/** y = ln(1 + e^x);  1 / (1 + e^-x). */
export const softplus = pointwise('Softplus', (tape, { x }) => tape.emit('Sigmoid', [x]));

/** y = e^x;  y. */
export const exp = pointwise('Exp', (_, { y }) => y);

/** y = ln x;  1 / x. */
export const log = pointwise('Log', (tape, { x }) => tape.emit('Reciprocal', [x]));

/** y = sqrt x;  1 / (2 y). */
export const sqrt = pointwise('Sqrt', (tape, { y }) => tape.emit('Div', [tape.scalar(0.5), y]));

/** y = 1 / x;  -y^2. */
export const reciprocal = pointwise('Reciprocal', (tape, { y }) => tape.emit('Neg', [square(tape, y)]));

/** y = |x|;  sign x. */
export const abs = pointwise('Abs', (tape, { x }) => tape.emit('Sign', [x]));

/** y = -x;  dx = -dy. */
export const neg: VjpRule = { op: 'Neg', vjp: (_, { tape, gradient }) => [tape.emit('Neg', [gradient])] };
