/**
 * Before: x -> ReduceMean(axes 2, 3) -> y,  x of four dimensions
 * After:  x -> GlobalAveragePool -> y, and Flatten where the axes are not kept
 *
 * Exact. Runtimes have an integer kernel for the pooling, not for the mean.
 */
import { refuse } from '@fleetfit/core';
import { intAttribute, intsAttribute, intsOf, type Model, type Node, type PassResult, type Rule } from '@fleetfit/onnx';
import { inferShapes, type Shapes } from './infer-shapes.ts';
import { rewriteModel } from './rewrite-model.ts';

interface Mean {
  readonly node: Node;
  readonly keeps: boolean;
}

const poolMeanRule = (shapes: Shapes): Rule<Mean> => ({
  name: 'pool-means',
  match(node, graph) {
    if (node.op !== 'ReduceMean' || node.domain !== '') return refuse('not a ReduceMean');
    if (shapes.of(node.inputs[0] ?? '')?.length !== 4) return refuse('it does not read four dimensions');
    const given = graph.constant(node.inputs[1] ?? ''); // an input from opset 18 on
    const axes = (intsAttribute(node, 'axes') ?? (given ? intsOf(given) : [])).map((axis) => (axis < 0 ? axis + 4 : axis));
    if (!(axes.length === 2 && axes.includes(2) && axes.includes(3))) return refuse(`it averages over axes ${axes.join(', ')}`);
    return { node, keeps: intAttribute(node, 'keepdims', 1) === 1 };
  },
  rewrite({ node, keeps }, graph) {
    const name = graph.idOf(node);
    const [x = ''] = node.inputs;
    const [y = ''] = node.outputs;
    const pooled = keeps ? y : graph.freshName(`${y}_pooled`);
    graph.replace(node, { name, op: 'GlobalAveragePool', inputs: [x], outputs: [pooled] });
    if (!keeps) graph.add({ name: graph.freshName(`${name}_flatten`), op: 'Flatten', inputs: [pooled], outputs: [y] });
  },
});

/** Means over all pixels as poolings. */
export const poolMeans = (model: Model): PassResult =>
  rewriteModel(model, {
    rule: poolMeanRule(inferShapes(model)),
    about: [],
    tells: ({ node }) => ({ layer: node.name || (node.outputs[0] ?? ''), what: 'ReduceMean written as GlobalAveragePool' }),
  });
