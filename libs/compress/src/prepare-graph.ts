import { isRefusal, type Refusal, refuse } from '@fleetfit/core';
import { type Constant, intAttribute, intsOf, type Model, type Node, type PassResult, type Rule } from '@fleetfit/onnx';
import { foldAddedBiases } from './fold-added-bias.ts';
import { mergeDenseLayers } from './merge-dense.ts';
import { foldBatchNorms } from './passes/fold-batch-norm.ts';
import { raisedModel, whyNotRaised } from './passes/raise-opset.ts';
import { poolMeans } from './pool-means.ts';
import { rewriteModel } from './rewrite-model.ts';

/**
 * The exact rewrites that integer layers need first: opset 13, weights that stand as constants (not behind Reshape or Identity),
 * batch norms and added biases inside the layers, means as poolings. What stands behind an integer layer keeps it from being fused.
 */
export function preparedForIntegers(model: Model): PassResult {
  const changes: PassResult['changes'][number][] = [];
  let prepared = model;
  for (const rewrite of [raisedModel, foldConstants, foldBatchNorms, foldAddedBiases, mergeDenseLayers, poolMeans]) {
    const result = rewrite(prepared);
    prepared = result.model;
    changes.push(...result.changes);
  }
  return { model: prepared, changes, origins: new Map() };
}

/** Why a model cannot be prepared. */
export const whyNotPrepared = (model: Model): Refusal | undefined => whyNotRaised(model);

interface FoldableConstant {
  readonly node: Node;
  readonly folded: Constant;
}

/** Reshape, Identity, Squeeze, Unsqueeze and Flatten of a constant become a constant: exporters put them before weights. */
const foldConstantRule: Rule<FoldableConstant> = {
  name: 'fold-constants',
  match(node, graph) {
    if (node.domain !== '' || !MOVES_NOTHING.has(node.op)) return refuse('it computes');
    const [from = ''] = node.inputs;
    const [to = ''] = node.outputs;
    const constant = graph.constant(from);
    if (constant?.data.kind !== 'raw') return refuse(`"${from}" is not a constant`);
    if (graph.isOutput(to)) return refuse(`"${to}" is a graph output`);
    const dims = movedDims(node, constant, graph.constant(node.inputs[1] ?? ''));
    return isRefusal(dims) ? dims : { node, folded: { ...constant, name: to, dims } };
  },
  rewrite({ node, folded }, graph) {
    graph.remove(node);
    graph.setConstant(folded);
  },
};

const MOVES_NOTHING = new Set(['Reshape', 'Identity', 'Flatten']);

function movedDims(node: Node, { dims }: Constant, target: Constant | undefined): readonly number[] | Refusal {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (node.op === 'Identity') return dims;
  if (node.op === 'Flatten') {
    const rows = dims.slice(0, intAttribute(node, 'axis', 1)).reduce((product, dim) => product * dim, 1);
    return [rows, count / rows];
  }
  if (!target) return refuse('its target shape is not constant');
  const wanted = intsOf(target).map((dim, axis) => (dim === 0 ? (dims[axis] ?? 1) : dim));
  const rest = count / wanted.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  return wanted.map((dim) => (dim === -1 ? rest : dim));
}

const foldConstants = (model: Model): PassResult =>
  rewriteModel(model, {
    rule: foldConstantRule,
    about: [],
    tells: ({ node }) => ({ layer: node.outputs[0] ?? '', what: `${node.op} of a constant computed ahead` }),
  });
