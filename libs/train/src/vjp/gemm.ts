import { floatAttribute, intAttribute, type Node } from '@fleetfit/onnx';
import type { Dims, Tape } from '../tape.ts';
import { inputOf, type VjpRule } from '../vjp-rule.ts';

/** Y = alpha A' B' + beta C, where ' may transpose;  dA' = alpha dY B'^T, dB' = alpha A'^T dY, dC = beta dY summed as C was repeated. */
export const gemm: VjpRule = {
  op: 'Gemm',
  weights: [0, 1, 2],
  vjp: (node, { tape, gradient, wants }) => {
    const { transA, transB, alpha, beta } = attributesOf(node);
    const a = inputOf(node, 0);
    const b = inputOf(node, 1);
    const scale = { alpha: { float: alpha } };
    // Transposed operands swap the roles: d(A) of A^T is (dA')^T.
    const da = (): string =>
      transA
        ? tape.emit('Gemm', [b, gradient], { ...scale, transA: transB, transB: 1 })
        : tape.emit('Gemm', [gradient, b], { ...scale, transB: 1 - transB });
    const db = (): string =>
      transB
        ? tape.emit('Gemm', [gradient, a], { ...scale, transA: 1, transB: transA })
        : tape.emit('Gemm', [a, gradient], { ...scale, transA: 1 - transA });
    const dc = (): string => biasGradient(tape, gradient, { to: tape.dims(inputOf(node, 2)), beta });
    return [da, db, dc].map((write, place) => (wants(place) ? write() : undefined));
  },
};

function attributesOf(node: Node) {
  return {
    transA: intAttribute(node, 'transA', 0),
    transB: intAttribute(node, 'transB', 0),
    alpha: floatAttribute(node, 'alpha', 1),
    beta: floatAttribute(node, 'beta', 1),
  };
}

function biasGradient(tape: Tape, gradient: string, { to, beta }: { to: Dims; beta: number }): string {
  const scaled = beta === 1 ? gradient : tape.emit('Mul', [gradient, tape.scalar(beta)]);
  const [rows = 1, columns = 1] = to.length === 2 ? to : [1, to[0] ?? 1];
  const axes = [...(rows === 1 ? [0] : []), ...(columns === 1 ? [1] : [])];
  const summed = axes.length === 0 ? scaled : tape.emit('ReduceSum', [scaled, tape.ints(axes)], { keepdims: 1 });
  return tape.emit('Reshape', [summed, tape.ints(to)]);
}
