import { decodeGraph } from './decode-graph.ts';
import { decodeTensor } from './decode-tensor.ts';
import { graphMessage } from './encode-graph.ts';
import type { Attribute, Graph, Node } from './model.ts';
import { ATTRIBUTE, ATTRIBUTE_TYPE, GRAPH, SPARSE_TENSOR } from './schema.ts';
import { LENGTH, readBytes, readMessage } from './wire-reader.ts';
import { addMessage, addWire, bytesOf, newMessage } from './wire-writer.ts';

// Bodies stay wire bytes in the model; what they read from outside is asked for often and never changes.
const captures = new WeakMap<Uint8Array, readonly string[]>();
const reads = new WeakMap<Node, readonly string[]>();

/** Values of the surrounding graphs that the bodies of a node (If, Loop, Scan) read, each once. */
export function capturedBy(node: Node): readonly string[] {
  const names: string[] = [];
  for (const attribute of node.attributes.values()) if (hasBody(attribute)) names.push(...capturedIn(attribute.value));
  return names.length > 1 ? [...new Set(names)] : names;
}

/** Everything a node reads: inputs that are there, and captures; each once. */
export function readsOf(node: Node): readonly string[] {
  const before = reads.get(node);
  if (before) return before;
  const inputs = node.inputs.filter((input) => input !== '');
  const captured = capturedBy(node);
  const names = [...new Set([...inputs, ...captured])];
  reads.set(node, names);
  return names;
}

/** The bodies of a node, decoded. */
export function bodiesOf(node: Node): readonly Graph[] {
  return [...node.attributes.values()].filter(hasBody).flatMap((attribute) => decodeBodies(attribute.value));
}

/** The node with every captured `from` called `to`, in bodies within bodies as well; names that a body makes itself stay. */
export function renameCaptures(node: Node, from: string, to: string): Node {
  if (!capturedBy(node).includes(from)) return node;
  const attributes = new Map(
    [...node.attributes].map(([name, attribute]) => [name, hasBody(attribute) ? renamedIn(attribute, from, to) : attribute]),
  );
  return { ...node, attributes };
}

type Opaque = Extract<Attribute, { readonly kind: 'opaque' }>;

const hasBody = (attribute: Attribute): attribute is Opaque =>
  attribute.kind === 'opaque' && (attribute.type === ATTRIBUTE_TYPE.graph || attribute.type === ATTRIBUTE_TYPE.graphs);

function capturedIn(wire: Uint8Array): readonly string[] {
  const known = captures.get(wire);
  if (known) return known;
  const names = decodeBodies(wire).flatMap(freeNames);
  captures.set(wire, names);
  return names;
}

function decodeBodies(wire: Uint8Array): Graph[] {
  const bodies: Graph[] = [];
  readMessage(wire, (field, wireType, reader) => {
    if (!isBody(field, wireType)) return false;
    bodies.push(decodeGraph(readBytes(reader)));
    return true;
  });
  return bodies;
}

const isBody = (field: number, wireType: number): boolean =>
  wireType === LENGTH && (field === ATTRIBUTE.graph || field === ATTRIBUTE.graphs);

function freeNames(graph: Graph): string[] {
  const made = namesMadeIn(graph);
  const read = [...graph.nodes.flatMap(readsOf), ...graph.outputs.map((output) => output.name)];
  return read.filter((name) => !made.has(name));
}

/** Names that a graph gives values itself: inputs, initializers (sparse ones too), outputs of nodes. */
export function namesMadeIn(graph: Graph): Set<string> {
  return new Set([
    ...graph.inputs.map((input) => input.name),
    ...graph.constants.keys(),
    ...sparseNames(graph),
    ...graph.nodes.flatMap((node) => node.outputs.filter((output) => output !== '')),
  ]);
}

/** Names of sparse initializers, which travel in `unknown`. */
export function sparseNames(graph: Graph): readonly string[] {
  if (graph.unknown.length === 0) return [];
  const names: string[] = [];
  readMessage(graph.unknown, (field, wireType, reader) => {
    if (field !== GRAPH.sparseInitializer || wireType !== LENGTH) return false;
    readMessage(readBytes(reader), (inner, innerType, tensor) => {
      if (inner !== SPARSE_TENSOR.values || innerType !== LENGTH) return false;
      names.push(decodeTensor(readBytes(tensor)).name);
      return true;
    });
    return true;
  });
  return names;
}

function renamedIn(attribute: Opaque, from: string, to: string): Opaque {
  const message = newMessage();
  const rest = readMessage(attribute.value, (field, wireType, reader) => {
    if (!isBody(field, wireType)) return false;
    addMessage(message, field, graphMessage(renameFree(decodeGraph(readBytes(reader)), from, to)));
    return true;
  });
  addWire(message, rest);
  return { ...attribute, value: bytesOf(message) };
}

function renameFree(graph: Graph, from: string, to: string): Graph {
  if (namesMadeIn(graph).has(from)) return graph;
  const named = (name: string): string => (name === from ? to : name);
  const nodes = graph.nodes.map((node) => renameCaptures({ ...node, inputs: node.inputs.map(named) }, from, to));
  return { ...graph, nodes, outputs: graph.outputs.map((output) => ({ ...output, name: named(output.name) })) };
}
