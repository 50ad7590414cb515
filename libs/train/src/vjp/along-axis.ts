import type { Dims, Tape } from '../tape.ts';

/** A linear map along one axis: `weights[to][from]`, one row for every place of the result. */
export interface AxisMap {
  readonly axis: number;
  readonly from: number;
  readonly weights: readonly ReadonlyMap<number, number>[];
}

/** A map that only picks: the result at place i is x at `places[i]`. */
export const picking = (axis: number, from: number, places: readonly number[]): AxisMap => ({
  axis,
  from,
  weights: places.map((place) => new Map([[place, 1]])),
});

/**
 * The gradient of y = M x along an axis:  dx = M^T dy, as one matrix product with M written out. For slices with steps, gathers, mirrored
 * padding and resizing: all are such maps, and their matrices are small (places x places of one axis).
 */
export function backThroughAxis(tape: Tape, gradient: string, { dims, map }: { readonly dims: Dims; readonly map: AxisMap }): string {
  const { axis, from, weights } = map;
  const matrix = tape.matrix(weights.length, from, (write) =>
    weights.forEach((row, to) => row.forEach((weight, place) => write(to * from + place, weight))),
  );
  const last = dims.length - 1;
  if (axis === last) return tape.emit('MatMul', [gradient, matrix]);
  const swap = dims.map((_, i) => (i === axis ? last : i === last ? axis : i));
  const turned = tape.emit('Transpose', [gradient], { perm: swap });
  return tape.emit('Transpose', [tape.emit('MatMul', [turned, matrix])], { perm: swap });
}
