import { type Refusal, refuse } from '@fleetfit/core';
import { type Constant, floatAttribute, type GraphView, intAttribute, type Node } from '@fleetfit/onnx';

/** A node that multiplies an activation by a constant weight. */
export interface WeightedLayer {
  readonly node: Node;
  readonly id: string;
  readonly op: 'Conv' | 'Gemm' | 'MatMul';
  /** Name of the activation that it reads. */
  readonly input: string;
  readonly weight: Constant;
  readonly bias: Constant | undefined;
  /** The axis of the weight that counts output channels. */
  readonly axis: number;
}

/**
 * Reads a node as a layer with weights that can be stored as integers.
 * Refused where the weight is not a float32 constant, or where the layer scales or transposes in a way that integer kernels do not.
 */
export function weightedLayerOf(node: Node, graph: GraphView): WeightedLayer | Refusal {
  const { op } = node;
  if (!isWeightedOp(op) || node.domain !== '') return refuse(`${op} multiplies by no weights`);
  const [input = '', weightName = '', biasName = ''] = node.inputs;
  const weight = graph.constant(weightName);
  if (!weight) return refuse(`its weight "${weightName}" is computed, not constant`);
  if (weight.type !== 'float32') return refuse(`its weight "${weightName}" is ${weight.type}, not float32`);
  if (weight.data.kind !== 'raw') return refuse(`its weight "${weightName}" lies in another file that was not read`);
  const bias = biasName === '' ? undefined : graph.constant(biasName);
  if (biasName !== '' && bias?.type !== 'float32') return refuse(`its bias "${biasName}" is not a float32 constant`);
  const axis = outputAxis(node, weight);
  if (typeof axis !== 'number') return axis;
  const channels = weight.dims[axis] ?? 0;
  if (bias && !(bias.dims.length === 1 && bias.dims[0] === channels))
    return refuse(`its bias "${biasName}" is [${bias.dims.join(',')}], not one number for each of ${channels} channels`);
  return { node, id: graph.idOf(node), op, input, weight, bias, axis };
}

const isWeightedOp = (op: string): op is WeightedLayer['op'] => op === 'Conv' || op === 'Gemm' || op === 'MatMul';

function outputAxis(node: Node, weight: Constant): number | Refusal {
  if (node.op === 'Conv') return 0;
  if (weight.dims.length !== 2) return refuse(`its weight "${weight.name}" has ${weight.dims.length} dimensions, not 2`);
  if (node.op === 'MatMul') return 1;
  const alpha = floatAttribute(node, 'alpha', 1);
  const beta = floatAttribute(node, 'beta', 1);
  if (alpha !== 1 || beta !== 1) return refuse(`it scales by alpha=${alpha}, beta=${beta}`);
  if (intAttribute(node, 'transA', 0) !== 0) return refuse('it transposes its input');
  return intAttribute(node, 'transB', 0) === 1 ? 0 : 1;
}
