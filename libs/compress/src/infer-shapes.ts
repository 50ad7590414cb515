import { type Constant, type ElementType, elementBytes, floatsOf, intsOf, type Model, type Node, viewOf } from '@fleetfit/onnx';
import { SHAPE_RULES } from './shape-rules.ts';
import { typesOf } from './type-rules.ts';
import { VALUE_RULES } from './value-rules.ts';

/** The size of a tensor along each axis. */
export type Shape = readonly number[];

/** What is known of the values of a graph. */
export interface Shapes {
  /** Undefined where an operator has no rule or its result depends on data. */
  readonly of: (value: string) => Shape | undefined;
  /** Undefined where it cannot be known. */
  readonly typeOf: (value: string) => ElementType | undefined;
}

/** What a rule may ask about the node whose outputs it computes. */
export interface ShapeQuestion {
  readonly node: Node;
  /** Shape of the i-th input. */
  readonly shape: (i: number) => Shape | undefined;
  /** Whole numbers of the i-th input, where they are constant or computed from shapes. */
  readonly ints: (i: number) => readonly number[] | undefined;
  /** Numbers of the i-th input, where it is a constant. */
  readonly floats: (i: number) => readonly number[] | undefined;
}

/** Shapes of the outputs of a node; undefined where they cannot be known. */
export type ShapeRule = (question: ShapeQuestion) => readonly Shape[] | undefined;

/** Constants with more numbers are weights: no shape is computed from them. */
const LARGEST_LIST = 1024;

/**
 * The shapes and element types of all values, from those of the inputs onward. Free dimensions of inputs count as 1: one image.
 * Operators that vision models use have rules; behind one without a rule, what the file states is taken.
 *
 * @param sizes shapes of inputs by name, instead of those that the model states: for models that take any size
 */
export function inferShapes(model: Model, sizes: ReadonlyMap<string, Shape> = new Map()): Shapes {
  const graph = viewOf(model);
  const shapes = new Map<string, Shape>();
  const types = new Map<string, ElementType>();
  const ints = new Map<string, readonly number[]>();
  for (const { name, dims, type } of graph.graph.inputs) {
    types.set(name, type);
    const shape = sizes.get(name) ?? dims?.map((dim) => (typeof dim === 'number' ? dim : 1));
    if (shape) shapes.set(name, shape);
  }
  const shapeOf = (value: string): Shape | undefined => graph.constant(value)?.dims ?? shapes.get(value);
  const typeOf = (value: string): ElementType | undefined => graph.constant(value)?.type ?? types.get(value);
  const intsAt = (value: string): readonly number[] | undefined => wholeNumbers(graph.constant(value)) ?? ints.get(value);
  for (const node of graph.nodes) {
    const question: ShapeQuestion = {
      node,
      shape: (i) => shapeOf(node.inputs[i] ?? ''),
      ints: (i) => intsAt(node.inputs[i] ?? ''),
      floats: (i) => numbers(graph.constant(node.inputs[i] ?? '')),
    };
    const inferred = node.domain === '' ? SHAPE_RULES[node.op]?.(question) : undefined;
    const its = typesOf(node, typeOf, model.opsets.get('') ?? 0);
    node.outputs.forEach((output, i) => {
      if (output === '') return;
      const stated = graph.valueInfo(output);
      const shape = inferred?.[i] ?? stated?.dims?.map((dim) => (typeof dim === 'number' ? dim : 1));
      if (shape?.every((dim) => Number.isInteger(dim) && dim >= 0)) shapes.set(output, shape);
      const type = its?.[i] ?? stated?.type;
      if (type && type !== 'undefined') types.set(output, type);
    });
    const values = node.domain === '' ? VALUE_RULES[node.op]?.(question) : undefined;
    if (values) ints.set(node.outputs[0] ?? '', values);
  }
  return { of: shapeOf, typeOf };
}

// "To the end" is written as the largest 64-bit number: any number that is as large will do.
function wholeNumbers(constant: Constant | undefined): readonly number[] | undefined {
  if (constant?.data.kind !== 'raw' || constant.dims.length > 1) return undefined;
  if (constant.type === 'int32') return intsOf(constant);
  return constant.type === 'int64' ? Array.from(new BigInt64Array(elementBytes(constant).slice().buffer), Number) : undefined;
}

function numbers(constant: Constant | undefined): readonly number[] | undefined {
  if (constant?.data.kind !== 'raw' || constant.dims.length > 1 || (constant.dims[0] ?? 1) > LARGEST_LIST) return undefined;
  return constant.type === 'float32' || constant.type === 'float64' || constant.type === 'float16' ? [...floatsOf(constant)] : undefined;
}
