import { constantOfNode } from './constant-node.ts';
import { byteLengthOf, countOf } from './element-types.ts';
import type { Constant, Graph, Model, Value } from './model.ts';
import { viewOf } from './view-of.ts';

/** What people want to know of a model first. */
export interface ModelFacts {
  /** Those that must be fed: initializers that are listed as inputs are left out. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Of the default domain; undefined where no node is of it. */
  readonly opset: number | undefined;
  /** Numbers that were learned: elements of all constants but shapes and axes (int64), flags and text. */
  readonly parameters: number;
  /** Bytes of all constants, those in other files included. */
  readonly weightBytes: number;
  /** How many nodes of each operator, most frequent first; operators of other domains as `com.microsoft.Name`. Constant nodes are left out. */
  readonly ops: ReadonlyMap<string, number>;
}

export function modelFacts(model: Model): ModelFacts {
  const { graph, opsets } = model;
  const view = viewOf(model);
  const constants = constantsOf(graph);
  const learned = constants.filter(({ type }) => type !== 'int64' && type !== 'bool' && type !== 'string');
  return {
    inputs: graph.inputs.filter(({ name }) => view.isInput(name)),
    outputs: graph.outputs,
    opset: opsets.get(''),
    parameters: learned.reduce((sum, { dims }) => sum + countOf(dims), 0),
    weightBytes: constants.reduce((sum, constant) => sum + bytesIn(constant), 0),
    ops: opCounts(graph),
  };
}

function constantsOf(graph: Graph): Constant[] {
  return [...graph.constants.values(), ...graph.nodes.flatMap((node) => constantOfNode(node) ?? [])];
}

function bytesIn({ data, typeCode, dims }: Constant): number {
  if (data.kind === 'raw') return data.bytes.length;
  if (data.kind === 'strings') return data.values.reduce((sum, value) => sum + value.length, 0);
  return data.length ?? byteLengthOf(typeCode, dims) ?? 0;
}

function opCounts(graph: Graph): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const node of graph.nodes) {
    if (constantOfNode(node)) continue;
    const op = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
    counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}
