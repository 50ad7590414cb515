/**
 * Before: x -> MatMul(W) -> Add(c) -> y,  x of two dimensions, W a constant of two, c one number for each output
 * After:  x -> Gemm(W, c) -> y
 *
 * Exact. As a Gemm the bias becomes part of the integer kernel; behind a MatMul it stays a node of its own.
 */
import { refuse } from '@fleetfit/core';
import { type Constant, type GraphView, type Model, type Node, type PassResult, type Rule } from '@fleetfit/onnx';
import { inferShapes, type Shapes } from './infer-shapes.ts';
import { rewriteModel } from './rewrite-model.ts';

interface DenseLayer {
  readonly matMul: Node;
  readonly add: Node;
  readonly id: string;
  readonly bias: Constant;
}

const mergeDenseRule = (shapes: Shapes): Rule<DenseLayer> => ({
  name: 'merge-dense',
  match(add, graph) {
    if (add.op !== 'Add' || add.domain !== '') return refuse('not an Add');
    const { reads, bias } = operandsOf(add, graph);
    const matMul = graph.nodeMaking(reads);
    if (!bias || matMul?.op !== 'MatMul') return refuse('it adds no constant to a MatMul');
    if (graph.isOutput(reads) || graph.usersOf(reads).length > 1) return refuse(`"${reads}" is read elsewhere too`);
    const [x = '', weight = ''] = matMul.inputs;
    const dims = graph.constant(weight)?.dims;
    if (dims?.length !== 2 || shapes.of(x)?.length !== 2) return refuse('it is no product of two matrices');
    const [, outputs = 0] = dims;
    if (!addsOneNumberEach(bias, outputs)) return refuse(`it adds [${bias.dims.join(',')}], not ${outputs} numbers`);
    return { matMul, add, id: graph.idOf(matMul), bias };
  },
  rewrite({ matMul, add, id, bias }, graph) {
    const name = graph.freshName(`${bias.name}_flat`);
    graph.setConstant({ ...bias, name, dims: [bias.dims.at(-1) ?? 0] });
    graph.remove(add);
    graph.replace(matMul, { name: id, op: 'Gemm', inputs: [...matMul.inputs, name], outputs: add.outputs });
  },
});

/** What an Add reads, and the constant that it adds: exporters write either first. */
function operandsOf(
  { inputs: [left = '', right = ''] }: Node,
  graph: GraphView,
): { readonly reads: string; readonly bias: Constant | undefined } {
  const bias = graph.constant(right);
  return bias ? { reads: left, bias } : { reads: right, bias: graph.constant(left) };
}

/** Whether a constant is one number for each output, whatever dimensions of one stand before. */
function addsOneNumberEach({ dims }: Constant, outputs: number): boolean {
  return dims.at(-1) === outputs && dims.reduce((product, dim) => product * dim, 1) === outputs;
}

/** MatMul and the bias behind it as one Gemm. */
export const mergeDenseLayers = (model: Model): PassResult =>
  rewriteModel(model, {
    rule: mergeDenseRule(inferShapes(model)),
    about: [],
    tells: ({ id }) => ({ layer: id, what: 'MatMul and Add written as one Gemm' }),
  });
