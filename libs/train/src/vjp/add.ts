import type { Dims, Tape } from '../tape.ts';
import { inputOf, type VjpRule } from '../vjp-rule.ts';

/** y = a + b with broadcasting;  da = dy summed over the axes along which a was repeated, db alike. */
export const add: VjpRule = {
  op: 'Add',
  dims: (_, [a = [], b = []]) => broadcast(a, b),
  vjp: (node, { tape, gradient, wants }) =>
    [0, 1].map((place) =>
      wants(place)
        ? unbroadcast(tape, gradient, { from: tape.dims(node.outputs[0] ?? ''), to: tape.dims(inputOf(node, place)) })
        : undefined,
    ),
};

/** The shape of two values laid over each other, as NumPy does it. */
function broadcast(a: Dims, b: Dims): Dims {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => Math.max(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1));
}

function unbroadcast(tape: Tape, gradient: string, { from, to }: { from: Dims; to: Dims }): string {
  const shift = from.length - to.length;
  const axes = from.map((_, axis) => axis).filter((axis) => axis < shift || to[axis - shift] !== from[axis]);
  if (axes.length === 0) return gradient;
  const summed = tape.emit('ReduceSum', [gradient, tape.ints(axes)], { keepdims: 1 });
  return shift > 0 ? tape.emit('Reshape', [summed, tape.ints(to)]) : summed;
}
