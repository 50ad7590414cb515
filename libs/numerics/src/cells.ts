/** The number in a cell that exists: indices of inner loops are right by construction, and this costs nothing once compiled. */
export const at = (cells: ArrayLike<number>, index: number): number => cells[index] ?? 0;

/** Adds to a cell in place. */
export function addAt(cells: Float64Array, index: number, value: number): void {
  cells[index] = at(cells, index) + value;
}
