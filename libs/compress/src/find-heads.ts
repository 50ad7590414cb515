import type { GraphView, Node } from '@fleetfit/onnx';

/** Whether a value is part of an answer: a graph output, or a value that only becomes one by being reshaped, sliced or squashed. */
export type Heads = (value: string) => boolean;

const SINGLE = new Set(
  `Reshape Flatten Transpose Squeeze Unsqueeze Identity Softmax LogSoftmax Sigmoid Tanh Exp Concat Slice Split Cast Dropout Gather
  ArgMax TopK`.split(/\s+/),
);
/** Between an activation and a constant: bias, scaling of boxes. */
const WITH_CONSTANT = new Set(['Add', 'Sub', 'Mul', 'Div']);

/**
 * Finds the answers of a graph: logits, boxes, scores. They stay float: rounded to 256 steps they tie,
 * and the few layers that make them cost little time.
 */
export function findHeads(graph: GraphView): Heads {
  const known = new Map<string, boolean>();
  const isHead = (value: string): boolean => {
    const before = known.get(value);
    if (before !== undefined) return before;
    known.set(value, false); // graphs have no cycles: never read before it is set below
    const users = graph.usersOf(value);
    const found =
      graph.isOutput(value) || (users.length > 0 && users.every((user) => carriesOn(user, graph) && user.outputs.every(isHead)));
    known.set(value, found);
    return found;
  };
  return isHead;
}

function carriesOn(node: Node, graph: GraphView): boolean {
  if (node.domain !== '') return false;
  if (SINGLE.has(node.op)) return true;
  return WITH_CONSTANT.has(node.op) && node.inputs.some((input) => graph.constant(input) !== undefined);
}
