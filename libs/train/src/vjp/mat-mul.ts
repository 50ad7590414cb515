import type { Dims, Tape } from '../tape.ts';
import { inputOf, outputOf, type VjpRule } from '../vjp-rule.ts';
import { unbroadcast } from './broadcast.ts';

/** Y = A B for stacks of matrices;  dA = dY B^T, dB = A^T dY, each summed over the stacks along which it was repeated. */
export const matMul: VjpRule = {
  op: 'MatMul',
  weights: [0, 1],
  refuses: (_, [a = [], b = []]) => (a.length < 2 || b.length < 2 ? 'one of its operands is a vector, not a matrix' : undefined),
  vjp: (node, { tape, gradient, wants }) => {
    const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
    const [aDims, bDims] = [tape.dims(a), tape.dims(b)];
    return [
      wants(0)
        ? stackSum(tape, tape.emit('FusedMatMul', [gradient, b], { transB: 1 }), { like: aDims, y: tape.dims(outputOf(node)) })
        : undefined,
      wants(1) ? rightGradient(tape, { a, gradient }, { aDims, bDims, y: tape.dims(outputOf(node)) }) : undefined,
    ];
  },
};

// One flat product where B is a plain matrix: the stack becomes rows, and the sum over it is part of the product.
function rightGradient(tape: Tape, of: { a: string; gradient: string }, shapes: { aDims: Dims; bDims: Dims; y: Dims }): string {
  const { aDims, bDims, y } = shapes;
  if (bDims.length > 2) return stackSum(tape, tape.emit('FusedMatMul', [of.a, of.gradient], { transA: 1 }), { like: bDims, y });
  const flat = (value: string, dims: Dims): string =>
    dims.length === 2 ? value : tape.emit('Reshape', [value, tape.ints([-1, dims.at(-1) ?? 1])]);
  return tape.emit('Gemm', [flat(of.a, aDims), flat(of.gradient, y)], { transA: 1 });
}

function stackSum(tape: Tape, full: string, { like, y }: { like: Dims; y: Dims }): string {
  return unbroadcast(tape, full, { from: [...y.slice(0, -2), ...like.slice(-2)], to: like });
}
