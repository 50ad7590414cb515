import { FleetError } from '@fleetfit/core';
import { at } from './cells.ts';

/** A dense matrix, row after row. Functions of this library never change their arguments unless their name says so. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  /** Length rows x cols. */
  readonly data: Float64Array;
}

/** Zeros, or the given numbers row after row. @throws FleetError `invalid` where their count is wrong */
export function matrix(rows: number, cols: number, data: Float64Array = new Float64Array(rows * cols)): Matrix {
  if (data.length !== rows * cols) throw new FleetError('invalid', `Cannot make a ${rows}x${cols} matrix of ${data.length} numbers`);
  return { rows, cols, data };
}

/** From rows of equal length. @throws FleetError `invalid` where they differ */
export function matrixOfRows(rows: readonly ArrayLike<number>[]): Matrix {
  const cols = rows[0]?.length ?? 0;
  const data = new Float64Array(rows.length * cols);
  rows.forEach((row, i) => {
    if (row.length !== cols) throw new FleetError('invalid', `Cannot make a matrix: row ${i} has ${row.length} numbers, not ${cols}`);
    data.set(row, i * cols);
  });
  return { rows: rows.length, cols, data };
}

/** Ones on the diagonal. */
export function identity(size: number): Matrix {
  const data = new Float64Array(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = 1;
  return { rows: size, cols: size, data };
}

/** The number in row `row`, column `col`. */
export const cell = ({ cols, data }: Matrix, row: number, col: number): number => at(data, row * cols + col);

/** A view of one row, not a copy. */
export const rowOf = ({ cols, data }: Matrix, row: number): Float64Array => data.subarray(row * cols, (row + 1) * cols);

/** A copy of one column. */
export function columnOf({ rows, cols, data }: Matrix, col: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => at(data, row * cols + col));
}

export function transpose({ rows, cols, data }: Matrix): Matrix {
  const out = new Float64Array(rows * cols);
  // In tiles, so that neither side strides through memory.
  for (let top = 0; top < rows; top += TILE) {
    for (let left = 0; left < cols; left += TILE) {
      for (let i = top; i < Math.min(top + TILE, rows); i++) {
        for (let j = left; j < Math.min(left + TILE, cols); j++) out[j * rows + i] = at(data, i * cols + j);
      }
    }
  }
  return { rows: cols, cols: rows, data: out };
}

const TILE = 32;

/** Largest absolute difference of two matrices of one shape. @throws FleetError `invalid` where shapes differ */
export function largestDifference(a: Matrix, b: Matrix): number {
  expectShape(b, a.rows, a.cols);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - at(b.data, i))), 0);
}

/** @throws FleetError `invalid` where a matrix has another shape than this */
export function expectShape(found: Matrix, rows: number, cols: number): void {
  if (found.rows !== rows || found.cols !== cols)
    throw new FleetError('invalid', `Cannot compute with a ${found.rows}x${found.cols} matrix: it should be ${rows}x${cols}`);
}
