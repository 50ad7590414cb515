import { seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { at } from './cells.ts';
import {
  appendCholesky,
  cholesky,
  inverseDiagonal,
  inverseOf,
  logDeterminant,
  solveCholesky,
  solveLower,
  solveLowerMatrix,
  updateCholesky,
} from './cholesky.ts';
import { cell, columnOf, identity, largestDifference, type Matrix, matrix, matrixOfRows, rowOf, transpose } from './matrix.ts';
import { maxvol } from './maxvol.ts';
import { dot, gram, multiply, multiplyTransposedVector, multiplyVector, outerGram } from './multiply.ts';
import { leastSquares, pivotedQr } from './qr.ts';
import { svd } from './svd.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

const random = (rows: number, cols: number, seed: number): Matrix => {
  const rng = seededRng(seed);
  return matrix(
    rows,
    cols,
    Float64Array.from({ length: rows * cols }, () => rng.normal()),
  );
};

/** The triple loop, as a second opinion. */
function slowProduct(a: Matrix, b: Matrix): Matrix {
  const out = matrix(a.rows, b.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.cols; j++) out.data[i * b.cols + j] = dot(rowOf(a, i), columnOf(b, j));
  }
  return out;
}

// Sums of up to a hundred products of standard normals: a few hundred units in the last place.
const CLOSE = 1e-11;

describe('products', () => {
  it('agree with the triple loop for every remainder of the blocks', () => {
    for (const [rows, inner, cols] of [
      [1, 1, 1],
      [4, 4, 4],
      [5, 7, 6],
      [13, 3, 9],
      [40, 33, 35],
    ] as const) {
      const [a, b] = [random(rows, inner, rows), random(inner, cols, cols)];
      expect(largestDifference(multiply(a, b), slowProduct(a, b))).toBeLessThan(CLOSE);
      expect(largestDifference(outerGram(a), slowProduct(a, transpose(a)))).toBeLessThan(CLOSE);
      expect(largestDifference(gram(a), slowProduct(transpose(a), a))).toBeLessThan(CLOSE);
      const x = columnOf(b, 0);
      expect(largestDifference(matrix(rows, 1, multiplyVector(a, x)), slowProduct(a, matrix(inner, 1, x)))).toBeLessThan(CLOSE);
      const y = columnOf(a, 0);
      expect(
        largestDifference(matrix(inner, 1, multiplyTransposedVector(a, y)), slowProduct(transpose(a), matrix(rows, 1, y))),
      ).toBeLessThan(CLOSE);
    }
  });

  it('refuse shapes that do not meet', () => {
    expect(() => multiply(random(2, 3, 1), random(2, 3, 2))).toThrow(/Cannot multiply/);
    expect(() => matrixOfRows([[1, 2], [3]])).toThrow(/row 1 has 1 numbers/);
  });
});

describe('the Cholesky factor', () => {
  const a = ((m) => multiply(m, transpose(m)))(random(23, 40, 5));
  const factor = cholesky(a);

  it('of a known matrix is the known one', () => {
    // The example of the textbooks: exact in integers.
    const { lower } = cholesky(
      matrixOfRows([
        [4, 12, -16],
        [12, 37, -43],
        [-16, -43, 98],
      ]),
    );
    expect([...lower.data]).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
    expect(logDeterminant({ lower })).toBeCloseTo(Math.log(36), 12);
  });

  it('solves, inverts and gives the matrix back', () => {
    expect(largestDifference(multiply(factor.lower, transpose(factor.lower)), a)).toBeLessThan(CLOSE);
    expect(largestDifference(multiply(inverseOf(factor), a), identity(23))).toBeLessThan(1e-9); // conditioned about 100
    inverseDiagonal(factor).forEach((value, i) => expect(value).toBeCloseTo(cell(inverseOf(factor), i, i), 12));
    const x = columnOf(random(23, 1, 6), 0);
    const solved = solveCholesky(factor, multiplyVector(a, x));
    expect(Math.max(...solved.map((value, i) => Math.abs(value - at(x, i))))).toBeLessThan(1e-10);
    const right = random(23, 3, 7);
    const half = solveLowerMatrix(factor, right);
    expect(largestDifference(multiply(factor.lower, half), right)).toBeLessThan(CLOSE);
    expect([...solveLower(factor, columnOf(right, 1))].every((value, i) => Math.abs(value - cell(half, i, 1)) < CLOSE)).toBe(true);
  });

  it('grows by a row and by a rank without starting again', () => {
    const smaller = cholesky(matrixOfRows(Array.from({ length: 22 }, (_, i) => rowOf(a, i).subarray(0, 22))));
    expect(largestDifference(appendCholesky(smaller, rowOf(a, 22)).lower, factor.lower)).toBeLessThan(1e-10);
    const x = columnOf(random(23, 1, 8), 0);
    const more = matrix(
      23,
      23,
      a.data.map((value, i) => value + at(x, Math.floor(i / 23)) * at(x, i % 23)),
    );
    expect(largestDifference(updateCholesky(factor, x).lower, cholesky(more).lower)).toBeLessThan(1e-10);
  });

  it('does not exist for an indefinite matrix', () => {
    expect(() =>
      cholesky(
        matrixOfRows([
          [1, 2],
          [2, 1],
        ]),
      ),
    ).toThrow(/not positive definite at row 1 of 2/);
  });
});

describe('pivoted QR', () => {
  it('gives the matrix back with orthonormal columns and a falling diagonal, tall and wide', () => {
    for (const [rows, cols] of [
      [9, 9],
      [20, 6],
      [6, 20],
    ] as const) {
      const a = random(rows, cols, rows + cols);
      const { q, r, pivots } = pivotedQr(a);
      const product = multiply(q, r);
      pivots.forEach((from, to) => {
        for (let i = 0; i < rows; i++) expect(cell(product, i, to)).toBeCloseTo(cell(a, i, from), 11);
      });
      expect(largestDifference(gram(q), identity(q.cols))).toBeLessThan(1e-13);
      for (let i = 1; i < r.rows; i++) expect(Math.abs(cell(r, i, i))).toBeLessThanOrEqual(Math.abs(cell(r, i - 1, i - 1)) + 1e-12);
    }
  });

  it('finds the least squares, also where columns depend on each other', () => {
    const a = random(30, 4, 3);
    const x = [1, -2, 3, 0.5];
    expect([...leastSquares(a, multiplyVector(a, x))].map((value) => Number(value.toFixed(10)))).toEqual(x);
    const doubled = matrixOfRows(Array.from({ length: 30 }, (_, i) => [...rowOf(a, i), cell(a, i, 0)]));
    const b = columnOf(random(30, 1, 4), 0);
    const fit = multiplyVector(doubled, leastSquares(doubled, b));
    const left = b.map((value, i) => value - at(fit, i));
    // What is left over is orthogonal to every column.
    for (const each of multiplyTransposedVector(doubled, left)) expect(Math.abs(each)).toBeLessThan(CLOSE);
  });
});

describe('singular values', () => {
  it('of a Hilbert matrix are the published ones, the smallest to many digits', () => {
    const size = 6;
    const hilbert = matrix(
      size,
      size,
      Float64Array.from({ length: 36 }, (_, i) => 1 / (Math.floor(i / size) + (i % size) + 1)),
    );
    const { values } = svd(hilbert);
    // Gregory and Karney 1969: the extreme eigenvalues of the Hilbert matrix of order 6.
    expect(at(values, 0)).toBeCloseTo(1.618_899_858_924_339, 13);
    expect(at(values, 5) / 1.082_799_484_565_55e-7).toBeCloseTo(1, 8);
  });

  it('and vectors give the matrix back, tall, wide and of deficient rank', () => {
    const low = multiply(random(12, 3, 1), random(3, 8, 2));
    for (const a of [random(15, 7, 3), random(7, 15, 4), low]) {
      const { u, values, v } = svd(a);
      const scaled = matrix(
        u.rows,
        u.cols,
        u.data.map((value, i) => value * at(values, i % u.cols)),
      );
      expect(largestDifference(multiply(scaled, transpose(v)), a)).toBeLessThan(1e-12);
      expect([...values]).toEqual([...values].sort((x, y) => y - x));
    }
    const { values } = svd(low);
    expect(at(values, 3)).toBeLessThan(1e-13 * at(values, 0));
  });
});

describe('eigenvalues of a symmetric matrix', () => {
  it('of the second difference are the cosines of the book', () => {
    const size = 12;
    const a = matrix(size, size);
    for (let i = 0; i < size; i++) {
      a.data[i * size + i] = 2;
      if (i > 0) a.data[i * size + i - 1] = -1;
      if (i < size - 1) a.data[i * size + i + 1] = -1;
    }
    symmetricEigen(a).values.forEach((value, k) => {
      expect(value).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (size + 1)), 12);
    });
  });

  it('and vectors give the matrix back, with repeated values too', () => {
    for (const a of [gram(random(10, 31, 9)), identity(5), matrix(4, 4), matrix(1, 1, Float64Array.of(3))]) {
      const { values, vectors } = symmetricEigen(a);
      const scaled = matrix(
        a.rows,
        a.rows,
        vectors.data.map((value, i) => value * at(values, i % a.rows)),
      );
      expect(largestDifference(multiply(scaled, transpose(vectors)), a)).toBeLessThan(1e-11);
      expect(largestDifference(gram(vectors), identity(a.rows))).toBeLessThan(1e-12);
    }
  });
});

describe('maxvol', () => {
  it('writes every row in the chosen ones with no coefficient above the bound', () => {
    const a = random(80, 6, 11);
    const { rows, coefficients } = maxvol(a, { bound: 1.01 });
    const chosen = matrixOfRows(rows.map((row) => rowOf(a, row)));
    expect(largestDifference(multiply(coefficients, chosen), a)).toBeLessThan(1e-11);
    expect(Math.max(...coefficients.data.map(Math.abs))).toBeLessThanOrEqual(1.01);
  });

  it('finds the one pair of rows that spans a plane when the rest is small', () => {
    const a = matrixOfRows(Array.from({ length: 20 }, (_, i) => (i === 7 ? [5, 0] : i === 13 ? [4, 6] : [0.1 * i, 0.05])));
    expect([...maxvol(a).rows].sort((x, y) => x - y)).toEqual([7, 13]);
  });

  it('refuses a matrix whose columns depend on each other', () => {
    expect(() =>
      maxvol(
        matrixOfRows([
          [1, 1],
          [2, 2],
          [3, 3],
        ]),
      ),
    ).toThrow(/rank 1/);
  });
});
