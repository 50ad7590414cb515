/**
 * The number in a cell that exists: indices of inner loops are right by construction, and this costs nothing once compiled.
 * Takes one kind of array only: engines remember per function what it was given, and a second kind would make every caller slow.
 */
export const at = (cells: Float64Array, index: number): number => cells[index] ?? 0;

/** Adds to a cell in place. */
export function addAt(cells: Float64Array, index: number, value: number): void {
  cells[index] = (cells[index] ?? 0) + value;
}

/** The numbers as a `Float64Array`; one that is one already is not copied. */
export const numbersOf = (values: ArrayLike<number>): Float64Array => (values instanceof Float64Array ? values : Float64Array.from(values));
