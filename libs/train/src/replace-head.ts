import { FleetError, type Rng } from '@fleetfit/core';
import {
  type Constant,
  constantOf,
  countOf,
  editModel,
  type GraphEditor,
  type GraphView,
  intAttribute,
  intsOf,
  type Model,
  type Node,
  viewOf,
} from '@fleetfit/onnx';

export interface HeadOptions {
  readonly classes: number;
  /** Width of a layer between the features and the classes; 0 for none. */
  readonly hidden: number;
  readonly rng: Rng;
}

/** A network for other classes, and which of its weights are new. */
export interface Reheaded {
  readonly model: Model;
  readonly head: readonly string[];
}

/** What may stand between the classifier and the output: it moves numbers, and learns nothing. */
const BEHIND = new Set(['Softmax', 'Flatten', 'Reshape', 'Squeeze', 'Identity', 'GlobalAveragePool', 'Dropout', 'Cast', 'Relu']);

/**
 * Puts a new classifier in place of the last one: a Gemm, a MatMul with its bias, or a 1x1 convolution before a global pool. Its weights are drawn as
 * Glorot and Bengio 2010 say, its biases are 0; everything before it stays.
 * @throws FleetError `unsupported` where the network does not end in a classifier that is known
 */
export function replaceHead(model: Model, options: HeadOptions): Reheaded {
  const [output, second] = model.graph.outputs;
  if (!output || second)
    throw new FleetError('unsupported', `Cannot give the model another head: it has ${model.graph.outputs.length} outputs, not one`);
  const found = classifierBehind(viewOf(model), output.name);
  const head: string[] = [];
  const edited = editModel(model, (graph) => {
    head.push(...rewrite(graph, found, options));
    for (const node of found.between) if (node.op === 'Reshape') reshapeTo(graph, node, options.classes);
  });
  const outputs = edited.graph.outputs.map((value) => ({ ...value, dims: [value.dims?.[0] ?? 'N', options.classes], wire: undefined }));
  // What the file said of shapes behind the classifier no longer holds.
  return { model: { ...edited, graph: { ...edited.graph, outputs, values: new Map() } }, head };
}

interface Classifier {
  readonly node: Node;
  readonly weight: Constant;
  /** The Add that gives a MatMul its bias. */
  readonly bias: Node | undefined;
  /** From the classifier to the output. */
  readonly between: readonly Node[];
}

function classifierBehind(graph: GraphView, output: string): Classifier {
  const between: Node[] = [];
  let bias: Node | undefined;
  let node = graph.nodeMaking(output);
  while (node) {
    const weight = ['Gemm', 'MatMul', 'Conv'].includes(node.op) ? graph.constant(node.inputs[1] ?? '') : undefined;
    if (weight) return checked({ node, weight, bias, between });
    const operands = node.op === 'Add' ? node.inputs.filter((input) => !graph.constant(input)) : [];
    if (node.op === 'Add' && operands.length === 1) bias = node;
    else if (!BEHIND.has(node.op)) break;
    between.push(node);
    node = graph.nodeMaking(operands[0] ?? node.inputs[0] ?? '');
  }
  throw new FleetError(
    'unsupported',
    `Cannot give the model another head: ${node ? `${node.op} "${node.name || node.outputs[0]}"` : 'its input'} comes before any classifier`,
  );
}

function checked(found: Classifier): Classifier {
  const { node, weight } = found;
  const pointwise = node.op !== 'Conv' || (countOf(weight.dims.slice(2)) === 1 && intAttribute(node, 'group', 1) === 1);
  if (pointwise && weight.type === 'float32') return found;
  throw new FleetError(
    'unsupported',
    `Cannot give the model another head: its last layer "${node.name || node.outputs[0]}" is a ${weight.dims.join('x')} ${node.op} of ${weight.type}`,
  );
}

/** Writes the new layers under the output of the old ones; the names of their weights. */
function rewrite(graph: GraphEditor, { node, weight, bias }: Classifier, { classes, hidden, rng }: HeadOptions): string[] {
  const features =
    node.op === 'Conv' || (node.op === 'Gemm' && intAttribute(node, 'transB', 0) === 1) ? (weight.dims[1] ?? 1) : (weight.dims[0] ?? 1);
  const made: string[] = [];
  const fresh = (base: string, dims: readonly number[]): string => {
    const name = graph.freshName(base);
    const spread = dims.length < 2 ? 0 : Math.sqrt(2 / ((dims[0] ?? 1) + (dims[1] ?? 1)));
    graph.setConstant(
      constantOf(
        name,
        dims,
        Float32Array.from({ length: countOf(dims) }, () => spread * rng.normal()),
      ),
    );
    made.push(name);
    return name;
  };
  const output = (bias ?? node).outputs[0] ?? '';
  const layer = (input: string, sizes: readonly [number, number], to: string) => {
    const [from, width] = sizes;
    if (node.op === 'Conv')
      return { op: 'Conv', inputs: [input, fresh('head.weight', [width, from, 1, 1]), fresh('head.bias', [width])], outputs: [to] };
    const inputs = [input, fresh('head.weight', [width, from]), fresh('head.bias', [width])];
    return { op: 'Gemm', inputs, outputs: [to], attributes: { transB: 1 } };
  };
  let input = node.inputs[0] ?? '';
  let width = features;
  if (bias) graph.remove(node);
  const old = bias ?? node;
  if (hidden > 0) {
    const [before, after] = [graph.freshName('head.hidden'), graph.freshName('head.active')];
    graph.add(layer(input, [features, hidden], before));
    graph.add({ op: 'Relu', inputs: [before], outputs: [after] });
    input = after;
    width = hidden;
  }
  graph.replace(old, layer(input, [width, classes], output));
  return made;
}

// [1, 1000] becomes [1, classes]; a free size stays free.
function reshapeTo(graph: GraphEditor, node: Node, classes: number): void {
  const shape = graph.constant(node.inputs[1] ?? '');
  if (!shape) return;
  const sizes = intsOf(shape);
  if ((sizes.at(-1) ?? -1) <= 0) return;
  const name = graph.freshName('head.shape');
  graph.setConstant(constantOf(name, [sizes.length], BigInt64Array.from([...sizes.slice(0, -1), classes], BigInt)));
  graph.replaceInput(node, node.inputs[1] ?? '', name);
}
