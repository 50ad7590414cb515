export { addAt, at, numbersOf } from './cells.ts';
export {
  appendCholesky,
  type Cholesky,
  cholesky,
  inverseDiagonal,
  inverseOf,
  logDeterminant,
  solveCholesky,
  solveLower,
  solveLowerMatrix,
  updateCholesky,
} from './cholesky.ts';
export { cell, columnOf, identity, largestDifference, type Matrix, matrix, matrixOfRows, rowOf, transpose } from './matrix.ts';
export { type Maxvol, maxvol } from './maxvol.ts';
export { dot, gram, multiply, multiplyTransposed, multiplyTransposedVector, multiplyVector, outerGram } from './multiply.ts';
export { leastSquares, pivotedQr, type Qr } from './qr.ts';
export { type Svd, svd } from './svd.ts';
export { type SymmetricEigen, symmetricEigen } from './symmetric-eigen.ts';
export { addTrains, dotTrains, entryOf, roundTrain, type TensorTrain, type TrainCore, trainOfTensor } from './tensor-train.ts';
