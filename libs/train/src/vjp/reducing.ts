import { countOf, intAttribute, intsAttribute, type Node } from '@fleetfit/onnx';
import type { Dims, Tape } from '../tape.ts';
import { type Backward, inputOf, outputOf, type VjpRule } from '../vjp-rule.ts';
import { fromFront } from './broadcast.ts';

type Spread = (
  full: string,
  at: { readonly node: Node; readonly x: string; readonly count: number; readonly backward: Backward },
) => string;

function reducing(op: string, spread: Spread): VjpRule {
  return {
    op,
    refuses: (node, _, tape) => {
      const axes = node.inputs[1];
      return axes && tape.numbers(axes) === undefined ? `its axes "${axes}" change from image to image` : undefined;
    },
    vjp: (node, backward) => {
      const { tape, gradient } = backward;
      const x = inputOf(node, 0);
      const dims = tape.dims(x);
      const kept = keptDims(tape, node, dims);
      const shaped = tape.emit('Reshape', [gradient, tape.ints(kept)]);
      const full = tape.emit('Expand', [shaped, tape.ints(dims)]);
      return [spread(full, { node, x, count: countOf(dims) / countOf(kept), backward })];
    },
  };
}

/** The shape of the result with an axis of 1 for each that was summed. */
function keptDims(tape: Tape, node: Node, dims: Dims): number[] {
  const given = node.inputs[1] ? tape.numbers(node.inputs[1]) : intsAttribute(node, 'axes');
  const all = given === undefined || given.length === 0;
  if (all && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return [...dims];
  const axes = new Set(all ? dims.map((_, axis) => axis) : fromFront(given, dims.length));
  return dims.map((dim, axis) => (axes.has(axis) ? 1 : dim));
}

/** y = sum of x over axes;  dx = dy at every place. */
export const reduceSum = reducing('ReduceSum', (full) => full);

/** y = mean of x over axes;  dx = dy / count. */
export const reduceMean = reducing('ReduceMean', (full, { count, backward: { tape } }) => tape.emit('Mul', [full, tape.scalar(1 / count)]));

/** y = the largest of x over axes;  dx = dy where x is it (shared where several are, as the runtime's own tie is not told). */
export const reduceMax = reducing('ReduceMax', (full, { node, x, backward: { tape } }) => {
  const dims = tape.dims(x);
  const kept = tape.ints(keptDims(tape, node, dims));
  const largest = tape.emit('Cast', [tape.emit('Equal', [x, tape.emit('Reshape', [outputOf(node), kept])])], { to: 1 });
  const axes = keptDims(tape, node, dims).flatMap((dim, axis) => (dim === dims[axis] ? [] : [axis]));
  const ties = tape.emit('ReduceSum', [largest, tape.ints(axes)], { keepdims: 1 });
  return tape.emit('Div', [tape.emit('Mul', [full, largest]), ties]);
});
