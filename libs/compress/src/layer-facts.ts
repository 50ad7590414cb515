import { byteLengthOf, type Constant, type GraphView, intAttribute, type Model, type Node, viewOf } from '@fleetfit/onnx';
import { costOfModel, type NodeCost } from './cost-of-model.ts';

/** What a layer with weights costs, for people. */
export interface LayerFacts {
  readonly id: string;
  readonly op: string;
  /** As many groups as outputs: each output reads one channel. */
  readonly depthwise: boolean;
  /** Of its output, for one image; absent where it is not known. */
  readonly shape?: readonly number[];
  /** Absent where a shape is not known. */
  readonly macs?: number;
  readonly parameters: number;
  /** Of its constants, scales and zero points included. */
  readonly bytes: number;
  /** Of its weights as they are stored. */
  readonly bits: number;
}

const WEIGHTED = /^(Conv|ConvTranspose|ConvInteger|QLinearConv|Gemm|MatMul|MatMulInteger|MatMulNBits|QLinearMatMul|QGemm)$/;
/** Nodes that only turn stored weights into what a layer reads. */
const UNPACKS = /^(DequantizeLinear|DynamicQuantizeLinear|QuantizeLinear|Cast|Transpose|Reshape|Identity)$/;

/** Bits of a stored number, by ONNX data type. */
const BITS: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  6: 32,
  7: 64,
  10: 16,
  11: 64,
  16: 16,
  17: 8,
  18: 8,
  21: 4,
  22: 4,
  25: 2,
  26: 2,
};

/** The layers with weights of a model, in order, whether those are stored as floats or behind quantizers. */
export function layerFacts(model: Model): LayerFacts[] {
  const graph = viewOf(model);
  const costs = new Map(costOfModel(model).nodes.map((cost) => [cost.id, cost]));
  return graph.nodes.flatMap((node) => factsOf(node, graph, costs.get(graph.idOf(node))) ?? []);
}

function factsOf(node: Node, graph: GraphView, cost: NodeCost | undefined): LayerFacts | undefined {
  if (!WEIGHTED.test(node.op)) return undefined;
  const constants = constantsBehind(node, graph);
  const [weight] = [...constants].sort((a, b) => sizeOf(b) - sizeOf(a));
  if (!weight || weight.dims.length < 2) return undefined;
  const group = intAttribute(node, 'group', 1);
  return {
    id: graph.idOf(node),
    op: node.op,
    depthwise: group > 1 && group === weight.dims[0],
    ...(cost?.shape && { shape: cost.shape }),
    ...(cost?.macs !== undefined && { macs: cost.macs }),
    parameters: constants.filter((each) => each.dims.length > 0).reduce((sum, each) => sum + sizeOf(each), 0),
    bytes: constants.reduce((sum, each) => sum + (byteLengthOf(each.typeCode, each.dims) ?? 0), 0),
    bits: BITS[weight.typeCode] ?? 32,
  };
}

/** Constants that a node reads, itself or through nodes that unpack them; activations are not followed. */
function constantsBehind(node: Node, graph: GraphView, depth = 4): Constant[] {
  return node.inputs.flatMap((input) => {
    const constant = graph.constant(input);
    if (constant) return [constant];
    const maker = graph.nodeMaking(input);
    const unpacks = depth > 0 && maker && UNPACKS.test(maker.op) && maker.inputs.every((each) => isStored(each, graph, depth - 1));
    return unpacks ? constantsBehind(maker, graph, depth - 1) : [];
  });
}

function isStored(name: string, graph: GraphView, depth: number): boolean {
  if (name === '' || graph.constant(name)) return true;
  const maker = graph.nodeMaking(name);
  return depth > 0 && maker !== undefined && UNPACKS.test(maker.op) && maker.inputs.every((each) => isStored(each, graph, depth - 1));
}

const sizeOf = ({ dims }: Pick<Constant, 'dims'>): number => dims.reduce((product, dim) => product * dim, 1);
