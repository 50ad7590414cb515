import { byteLengthOf, type GraphView, intAttribute, type Model, type Node, viewOf } from '@fleetfit/onnx';
import { inferShapes, type Shape, type Shapes } from './infer-shapes.ts';

/** What a node costs for one image. */
export interface NodeCost {
  readonly id: string;
  readonly op: string;
  /** Shape of its first output, where it is known. */
  readonly shape: Shape | undefined;
  /** Multiply-accumulates. Undefined where a shape is not known; 0 for nodes that multiply by no weights. */
  readonly macs: number | undefined;
  /** Numbers in the constants that it reads; a constant that several nodes read counts for the first. */
  readonly parameters: number;
  /** Bytes of those constants. */
  readonly bytes: number;
}

export interface ModelCost {
  readonly nodes: readonly NodeCost[];
  /** Sum over the nodes; undefined when one is not known. */
  readonly macs: number | undefined;
  readonly parameters: number;
  readonly bytes: number;
}

/** What every node of a model costs, for one image of the size that the model states (free dimensions count as 1). */
export function costOfModel(model: Model): ModelCost {
  const graph = viewOf(model);
  const shapes = inferShapes(model);
  const counted = new Set<string>();
  const nodes = graph.nodes.filter((node) => node.op !== 'Constant').map((node) => costOf(node, { graph, shapes, counted }));
  const sum = (of: (node: NodeCost) => number): number => nodes.reduce((total, node) => total + of(node), 0);
  return {
    nodes,
    macs: nodes.every((node) => node.macs !== undefined) ? sum((node) => node.macs ?? 0) : undefined,
    parameters: sum((node) => node.parameters),
    bytes: sum((node) => node.bytes),
  };
}

function costOf(node: Node, by: { graph: GraphView; shapes: Shapes; counted: Set<string> }): NodeCost {
  const { graph, shapes, counted } = by;
  let parameters = 0;
  let bytes = 0;
  for (const input of node.inputs) {
    const constant = graph.constant(input);
    if (!constant || counted.has(input)) continue;
    counted.add(input);
    const count = size(constant.dims);
    parameters += count;
    bytes += byteLengthOf(constant.typeCode, constant.dims) ?? 0;
  }
  return { id: graph.idOf(node), op: node.op, shape: shapes.of(node.outputs[0] ?? ''), macs: macsOf(node, shapes), parameters, bytes };
}

const size = (shape: Shape): number => shape.reduce((product, dim) => product * dim, 1);

function macsOf(node: Node, shapes: Shapes): number | undefined {
  const [x, w] = [0, 1].map((i) => shapes.of(node.inputs[i] ?? ''));
  const y = shapes.of(node.outputs[0] ?? '');
  switch (node.op) {
    case 'Conv':
    case 'ConvInteger': // each output: one column of the kernel over the channels of its group
      return y && w && size(y) * size(w.slice(1));
    case 'ConvTranspose': // each input: the kernel of every output channel of its group
      return x && w && size(x) * size(w.slice(1));
    case 'Gemm':
      return productMacs(y, x, intAttribute(node, 'transA', 0) === 1 ? 0 : -1);
    case 'MatMul':
    case 'MatMulInteger':
      return productMacs(y, x, -1);
    default:
      return 0;
  }
}

/** A matrix product: each output is a sum over one axis of the left matrix. */
function productMacs(y: Shape | undefined, x: Shape | undefined, summed: number): number | undefined {
  return y && x && size(y) * (x.at(summed) ?? 1);
}
