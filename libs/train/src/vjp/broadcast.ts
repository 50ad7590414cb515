import type { Dims, Tape } from '../tape.ts';

/** A gradient in the shape of the result, summed over the axes along which a value of shape `to` was repeated. */
export function unbroadcast(tape: Tape, gradient: string, { from, to }: { readonly from: Dims; readonly to: Dims }): string {
  const shift = from.length - to.length;
  const axes = from.map((_, axis) => axis).filter((axis) => axis < shift || to[axis - shift] !== from[axis]);
  if (axes.length === 0) return gradient;
  const summed = tape.emit('ReduceSum', [gradient, tape.ints(axes)], { keepdims: 1 });
  return shift > 0 ? tape.emit('Reshape', [summed, tape.ints(to)]) : summed;
}

/** Axes counted from the front: -1 is the last. */
export const fromFront = (axes: readonly number[], rank: number): number[] => axes.map((axis) => (axis < 0 ? axis + rank : axis));
