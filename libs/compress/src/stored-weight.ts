import { type Refusal, refuse } from '@fleetfit/core';
import { type Constant, type GraphView, intAttribute, type Model, type Node } from '@fleetfit/onnx';
import type { Recipe } from '@fleetfit/space';
import { foldBatchNorms, hasFoldableNorm } from './passes/fold-batch-norm.ts';

/** Constants with fewer numbers stay as they are: the nodes that expand them would take more bytes than they save. */
export const SMALLEST_WEIGHT = 128;

/** A weight that can be stored in a smaller form and expanded again: how the layer computes does not matter. */
export interface StoredWeight {
  readonly node: Node;
  readonly id: string;
  readonly weight: Constant;
  /** The axis that counts output channels; undefined where they are spread over several. */
  readonly axis: number | undefined;
}

/** The weight of a convolution or dense layer. */
export function storedWeightOf(node: Node, graph: GraphView): StoredWeight | Refusal {
  if (node.domain !== '' || !WEIGHTED.has(node.op)) return refuse(`${node.op} multiplies by no weights`);
  const name = node.inputs[1] ?? '';
  const weight = graph.constant(name);
  if (!weight) return refuse(`its weight "${name}" is computed, not constant`);
  if (weight.type !== 'float32') return refuse(`its weight "${name}" is ${weight.type}, not float32`);
  if (weight.data.kind !== 'raw') return refuse(`its weight "${name}" lies in another file that was not read`);
  const count = weight.dims.reduce((product, dim) => product * dim, 1);
  if (count < SMALLEST_WEIGHT) return refuse(`its weight "${name}" has only ${count} numbers`);
  return { node, id: graph.idOf(node), weight, axis: outputAxis(node, weight) };
}

const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

function outputAxis(node: Node, { dims }: Constant): number | undefined {
  if (node.op === 'Conv') return 0;
  if (node.op === 'ConvTranspose') return intAttribute(node, 'group', 1) === 1 ? 1 : undefined;
  if (node.op === 'Gemm') return intAttribute(node, 'transB', 0) === 1 ? 0 : 1;
  return dims.length < 2 ? undefined : dims.length - 1;
}

/** What stands before a step that changes how weights are stored: norms folded, so that there are fewer constants to store. */
export function foldingFirst(model: Model): { readonly model: Model; readonly steps: Recipe } {
  if (!hasFoldableNorm(model)) return { model, steps: [] };
  return { model: foldBatchNorms(model).model, steps: [{ word: 'fold-batch-norm', args: {} }] };
}
