import { type Constant, elementBytes, type GraphView, intsOf, type Model, type Node, viewOf } from '@fleetfit/onnx';
import { SHAPE_RULES, VALUE_RULES } from './shape-rules.ts';

/** The size of a tensor along each axis. */
export type Shape = readonly number[];

/** What is known of the values of a graph. */
export interface Shapes {
  /** Undefined where an operator has no rule or its result depends on data. */
  readonly of: (value: string) => Shape | undefined;
}

/** What a rule may ask about the node whose outputs it computes. */
export interface ShapeQuestion {
  readonly node: Node;
  /** Shape of the i-th input. */
  readonly shape: (i: number) => Shape | undefined;
  /** Whole numbers of the i-th input, where they are constant or computed from shapes. */
  readonly ints: (i: number) => readonly number[] | undefined;
}

/**
 * The shapes of all values, from those of the inputs onward. Free dimensions of inputs count as 1: one image.
 * Enough operators for vision models; behind an operator without a rule, what the file states is taken.
 */
export function inferShapes(model: Model): Shapes {
  const graph = viewOf(model);
  const shapes = new Map<string, Shape>();
  const ints = new Map<string, readonly number[]>();
  for (const input of graph.graph.inputs)
    if (input.dims)
      shapes.set(
        input.name,
        input.dims.map((dim) => (typeof dim === 'number' ? dim : 1)),
      );
  const shapeOf = (value: string): Shape | undefined => graph.constant(value)?.dims ?? shapes.get(value);
  const intsAt = (value: string): readonly number[] | undefined => wholeNumbers(graph.constant(value)) ?? ints.get(value);
  for (const node of graph.nodes) {
    const question: ShapeQuestion = {
      node,
      shape: (i) => shapeOf(node.inputs[i] ?? ''),
      ints: (i) => intsAt(node.inputs[i] ?? ''),
    };
    const inferred = node.domain === '' ? SHAPE_RULES[node.op]?.(question) : undefined;
    node.outputs.forEach((output, i) => {
      const shape = inferred?.[i] ?? statedShape(graph, output);
      if (shape && output !== '') shapes.set(output, shape);
    });
    const values = VALUE_RULES[node.op]?.(question);
    if (values) ints.set(node.outputs[0] ?? '', values);
  }
  return { of: shapeOf };
}

// "To the end" is written as the largest 64-bit number: any number that is as large will do.
function wholeNumbers(constant: Constant | undefined): readonly number[] | undefined {
  if (constant?.data.kind !== 'raw' || constant.dims.length > 1) return undefined;
  if (constant.type === 'int32') return intsOf(constant);
  return constant.type === 'int64' ? Array.from(new BigInt64Array(elementBytes(constant).slice().buffer), Number) : undefined;
}

function statedShape(graph: GraphView, value: string): Shape | undefined {
  return graph.valueInfo(value)?.dims?.map((dim) => (typeof dim === 'number' ? dim : 1));
}
