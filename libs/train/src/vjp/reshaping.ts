import { intsAttribute } from '@fleetfit/onnx';
import { inputOf, outputOf, type VjpRule } from '../vjp-rule.ts';
import { unbroadcast } from './broadcast.ts';

/** Ops that only lay values out anew:  dx is dy in the shape of x. */
const relaying = (op: string): VjpRule => ({
  op,
  weights: [0],
  vjp: (node, { tape, gradient }) => [tape.emit('Reshape', [gradient, tape.ints(tape.dims(inputOf(node, 0)))])],
});

export const flatten = relaying('Flatten');
export const reshape = relaying('Reshape');
export const squeeze = relaying('Squeeze');
export const unsqueeze = relaying('Unsqueeze');

/** y = x. Dropout is trained as it is used, without dropping: the models that we adapt are small. */
const passing = (op: string): VjpRule => ({ op, weights: [0], vjp: (_, { gradient }) => [gradient] });

export const identity = passing('Identity');
export const dropout = passing('Dropout');
/** Between float types; to and from others there is no gradient, and none is asked for. */
export const cast = passing('Cast');

/** y = x with axes in another order;  dx = dy with the order undone. */
export const transpose: VjpRule = {
  op: 'Transpose',
  weights: [0],
  vjp: (node, { tape, gradient }) => {
    const rank = tape.dims(inputOf(node, 0)).length;
    const order = intsAttribute(node, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
    return [tape.emit('Transpose', [gradient], { perm: order.map((_, axis) => order.indexOf(axis)) })];
  },
};

/** y = x repeated;  dx = dy summed over the repeats. */
export const expand: VjpRule = {
  op: 'Expand',
  weights: [0],
  vjp: (node, { tape, gradient }) => [unbroadcast(tape, gradient, { from: tape.dims(outputOf(node)), to: tape.dims(inputOf(node, 0)) })],
};
