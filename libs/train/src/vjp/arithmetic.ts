import type { Node } from '@fleetfit/onnx';
import { type Backward, inputOf, outputOf, type VjpRule } from '../vjp-rule.ts';
import { unbroadcast } from './broadcast.ts';

/** The gradients of a and b before broadcasting is undone. */
type Parts = (node: Node, backward: Backward) => readonly [() => string, () => string];

function broadcasting(op: string, parts: Parts): VjpRule {
  return {
    op,
    weights: [0, 1],
    arithmetic: true,
    vjp: (node, backward) => {
      const { tape, wants } = backward;
      return parts(node, backward).map((write, place) =>
        wants(place) ? unbroadcast(tape, write(), { from: tape.dims(outputOf(node)), to: tape.dims(inputOf(node, place)) }) : undefined,
      );
    },
  };
}

/** y = a + b with broadcasting;  da = dy summed over the axes along which a was repeated, db alike. */
export const add = broadcasting('Add', (_, { gradient }) => [() => gradient, () => gradient]);

/** y = a - b;  da = dy, db = -dy. */
export const sub = broadcasting('Sub', (_, { tape, gradient }) => [() => gradient, () => tape.emit('Neg', [gradient])]);

/** y = a b;  da = dy b, db = dy a. */
export const mul = broadcasting('Mul', (node, { tape, gradient }) => [
  () => tape.emit('Mul', [gradient, inputOf(node, 1)]),
  () => tape.emit('Mul', [gradient, inputOf(node, 0)]),
]);

/** y = a / b;  da = dy / b, db = -dy y / b. */
export const div = broadcasting('Div', (node, { tape, gradient }) => [
  () => tape.emit('Div', [gradient, inputOf(node, 1)]),
  () => tape.emit('Neg', [tape.emit('Div', [tape.emit('Mul', [gradient, outputOf(node)]), inputOf(node, 1)])]),
]);
