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
  const stored = new Map<string, readonly Constant[] | undefined>();
  return graph.nodes.flatMap((node) => factsOf(node, { graph, stored, cost: costs.get(graph.idOf(node)) }) ?? []);
}

interface Known {
  readonly graph: GraphView;
  readonly stored: Map<string, readonly Constant[] | undefined>;
  readonly cost: NodeCost | undefined;
}

function factsOf(node: Node, { graph, stored, cost }: Known): LayerFacts | undefined {
  if (!WEIGHTED.test(node.op)) return undefined;
  const constants = constantsBehind(node, graph, stored);
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

/** Constants that a node reads, itself or through nodes that compute from constants alone: those only unpack what is stored. */
function constantsBehind(node: Node, graph: GraphView, stored: Map<string, readonly Constant[] | undefined>): readonly Constant[] {
  return node.inputs.flatMap((input) => storedBehind(input, graph, stored) ?? []);
}

/** The constants that a value is computed from; undefined where an activation is among them. */
function storedBehind(
  name: string,
  graph: GraphView,
  known: Map<string, readonly Constant[] | undefined>,
): readonly Constant[] | undefined {
  const constant = graph.constant(name);
  if (constant) return [constant];
  if (name === '') return [];
  if (known.has(name)) return known.get(name);
  // A graph has no cycles, but one that was read wrongly might: it ends here then.
  known.set(name, undefined);
  const maker = graph.nodeMaking(name);
  const behind = maker?.inputs.map((input) => storedBehind(input, graph, known));
  const found = behind && behind.length > 0 && behind.every((each) => each !== undefined) ? behind.flat() : undefined;
  known.set(name, found);
  return found;
}

const sizeOf = ({ dims }: Pick<Constant, 'dims'>): number => dims.reduce((product, dim) => product * dim, 1);
