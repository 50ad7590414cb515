import { FleetError } from '@fleetfit/core';
import { byteLengthOf, countOf } from './element-types.ts';
import type { Constant, Graph, Model, Node } from './model.ts';
import { called, sortNodes } from './sort-nodes.ts';
import { bodiesOf, capturedBy, sparseNames } from './subgraphs.ts';

/**
 * Proves that a model hangs together: every value is made once, before it is read; outputs are made; constants have the bytes
 * that their dims say; every domain in use has a version. Bodies of If, Loop and Scan included. Run after every pass.
 * @throws FleetError `invalid`, naming the node or value, or `corrupt` for the bytes of a constant
 */
export function verifyModel(model: Model): void {
  verifyGraph(model.graph, new Set());
  verifyDomains(model);
}

function verifyGraph(graph: Graph, outer: ReadonlySet<string>): void {
  const known = new Set(outer);
  for (const constant of graph.constants.values()) verifyConstant(constant);
  for (const name of graph.constants.keys()) known.add(name);
  for (const name of sparseNames(graph)) known.add(name);
  addInputs(graph, known);
  const made = new Set([...graph.constants.keys(), ...graph.inputs.map((input) => input.name)]);
  for (const node of graph.nodes) verifyNode(node, { graph, known, made });
  verifyOutputs(graph, known);
}

function addInputs(graph: Graph, known: Set<string>): void {
  const seen = new Set<string>();
  for (const { name } of graph.inputs) {
    if (name === '') throw invalid('a graph input has no name');
    if (seen.has(name)) throw invalid(`input "${name}" is listed twice`);
    seen.add(name);
    known.add(name);
  }
}

interface Scope {
  readonly graph: Graph;
  readonly known: Set<string>;
  /** Values made in this very graph: names of outer graphs may be taken again by a body. */
  readonly made: Set<string>;
}

function verifyNode(node: Node, { graph, known, made }: Scope): void {
  if (node.op === '') throw invalid(`${called(node)} has no operator`);
  for (const input of [...node.inputs, ...capturedBy(node)])
    if (input !== '' && !known.has(input)) throw undefinedInput(graph, node, input);
  for (const attribute of node.attributes.values()) if (attribute.kind === 'tensor') verifyConstant(attribute.value);
  for (const body of bodiesOf(node)) verifyGraph(body, known);
  for (const output of node.outputs) {
    if (output === '') continue;
    if (made.has(output)) throw invalid(`value "${output}" is made twice, the second time by ${called(node)}`);
    made.add(output);
    known.add(output);
  }
}

function undefinedInput(graph: Graph, node: Node, input: string): FleetError {
  const maker = graph.nodes.find((other) => other.outputs.includes(input));
  if (!maker) return invalid(`${called(node)} reads "${input}", which nothing makes`);
  try {
    sortNodes(graph.nodes);
  } catch (thrown) {
    if (thrown instanceof FleetError) return invalid(thrown.message.replace(/^Cannot order the graph: /, ''));
    throw thrown;
  }
  return invalid(`${called(node)} reads "${input}" before ${called(maker)} makes it: the nodes are not in order`);
}

function verifyOutputs(graph: Graph, known: ReadonlySet<string>): void {
  const seen = new Set<string>();
  for (const { name } of graph.outputs) {
    if (!known.has(name)) throw invalid(`output "${name}" is made by nothing`);
    if (seen.has(name)) throw invalid(`output "${name}" is listed twice`);
    seen.add(name);
  }
}

function verifyConstant({ name, type, typeCode, dims, data }: Constant): void {
  const called = `constant "${name}", ${type}[${dims.join(',')}],`;
  if (data.kind === 'strings') {
    if (data.values.length !== countOf(dims)) throw corrupt(`${called} has ${data.values.length} texts instead of ${countOf(dims)}`);
    return;
  }
  const wanted = byteLengthOf(typeCode, dims);
  const length = data.kind === 'raw' ? data.bytes.length : data.length;
  if (wanted !== undefined && length !== undefined && wanted !== length)
    throw corrupt(`${called} has ${length} bytes instead of ${wanted}`);
}

function verifyDomains({ graph, opsets }: Model): void {
  for (const node of graph.nodes)
    if (!opsets.has(node.domain)) throw invalid(`${called(node)} is of domain "${node.domain}", for which the model names no version`);
}

const invalid = (what: string): FleetError => new FleetError('invalid', `Cannot use the model: ${what}`);
const corrupt = (what: string): FleetError => new FleetError('corrupt', `Cannot use the model: ${what}`);
