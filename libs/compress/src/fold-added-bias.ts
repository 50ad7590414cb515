/**
 * Before: x -> Conv(W, b) -> Add(c) -> z,  c a constant with one number for each output channel
 * After:  x -> Conv(W, b + c) -> z
 *
 * Conditions
 * 1. The Conv's result is read by the Add only and is no graph output.
 * 2. c is a float32 constant of shape [C, 1, 1], [1, C, 1, 1] or a single number, and b, where there is one, a constant.
 */
import { type Refusal, refuse } from '@fleetfit/core';
import { type Constant, constantOf, floatsOf, type GraphView, type Model, type Node, type PassResult, type Rule } from '@fleetfit/onnx';
import { rewriteModel } from './rewrite-model.ts';

interface AddedBias {
  readonly add: Node;
  readonly conv: Node;
  readonly id: string;
  readonly bias: Float32Array;
}

const foldAddedBiasRule: Rule<AddedBias> = {
  name: 'fold-added-bias',
  match(add, graph) {
    if (add.op !== 'Add' || add.domain !== '') return refuse('not an Add');
    const [left = '', right = ''] = add.inputs;
    const [reads, constant] = graph.constant(right) ? [left, graph.constant(right)] : [right, graph.constant(left)];
    const conv = graph.nodeMaking(reads);
    if (constant?.type !== 'float32') return refuse('it adds no float32 constant');
    if (conv?.op !== 'Conv') return refuse(`"${reads}" is not made by a Conv`);
    if (graph.isOutput(reads) || graph.usersOf(reads).length > 1) return refuse(`"${reads}" is read elsewhere too`);
    const bias = summedBias(conv, constant, graph);
    return 'kind' in bias ? bias : { add, conv, id: graph.idOf(conv), bias };
  },
  rewrite({ add, conv, id, bias }, graph) {
    const [x = '', weight = ''] = conv.inputs;
    const name = graph.freshName(`${weight}_bias`);
    graph.setConstant(constantOf(name, [bias.length], bias));
    graph.remove(add);
    graph.replace(conv, { name: id, op: 'Conv', inputs: [x, weight, name], outputs: add.outputs, attributes: conv.attributes });
  },
};

function summedBias(conv: Node, added: Constant, graph: GraphView): Float32Array | Refusal {
  const [, weightName = '', biasName = ''] = conv.inputs;
  const weight = graph.constant(weightName);
  const bias = graph.constant(biasName);
  if (!weight || (biasName !== '' && bias?.type !== 'float32')) return refuse('weight or bias of the Conv is computed');
  const channels = weight.dims[0] ?? 0;
  const spatial = weight.dims.length - 2;
  const dims = [...Array.from({ length: Math.max(0, weight.dims.length - added.dims.length) }, () => 1), ...added.dims];
  const isOnePerChannel = dims.length === spatial + 2 && dims.every((dim, axis) => dim === 1 || (axis === 1 && dim === channels));
  if (!isOnePerChannel) return refuse(`it adds [${added.dims.join(',')}], not one number for each of ${channels} channels`);
  const c = floatsOf(added);
  const b = bias ? floatsOf(bias) : undefined;
  return Float32Array.from({ length: channels }, (_, i) => (b?.[i] ?? 0) + (c[c.length === 1 ? 0 : i] ?? 0));
}

/** Moves constants that are added behind a convolution into its bias: exact. */
export const foldAddedBiases = (model: Model): PassResult =>
  rewriteModel(model, {
    rule: foldAddedBiasRule,
    about: [],
    tells: ({ id, add }) => ({ layer: id, what: `${add.name || add.outputs[0]} folded into the bias` }),
  });
