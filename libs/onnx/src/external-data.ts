import { FleetError } from '@fleetfit/core';
import { constantOfNode } from './constant-node.ts';
import { safeLocation } from './decode-tensor.ts';
import type { Constant, Graph, Model, Node } from './model.ts';

export interface Externalize {
  /** Bytes from which a tensor gets a file of its own. Keep it at 1,024 or more: runtimes read shapes and axes only from the graph. */
  readonly atLeast: number;
  /** The location for these bytes, a plain relative path: their hash, so that equal tensors share a file. */
  readonly locate: (bytes: Uint8Array) => string | Promise<string>;
}

/**
 * Moves large tensors out of the graph into files of their own, each from offset 0. Tensors of Constant nodes become initializers
 * first, because runtimes read external data only there. Nothing is copied: the files are views into the model's bytes.
 */
export async function externalize(
  model: Model,
  { atLeast, locate }: Externalize,
): Promise<{ model: Model; files: Map<string, Uint8Array> }> {
  const files = new Map<string, Uint8Array>();
  const graph = hoistConstants(model.graph, atLeast);
  const constants = new Map<string, Constant>();
  for (const [name, constant] of graph.constants) {
    const { data } = constant;
    if (data.kind !== 'raw' || data.bytes.length < atLeast) {
      constants.set(name, constant);
      continue;
    }
    const location = safeLocation(await locate(data.bytes), name);
    files.set(location, data.bytes);
    constants.set(name, { ...constant, data: { kind: 'external', location, offset: 0, length: data.bytes.length } });
  }
  return { model: { ...model, graph: { ...graph, constants } }, files };
}

function hoistConstants(graph: Graph, atLeast: number): Graph {
  const hoisted = new Map<Node, Constant>();
  for (const node of graph.nodes) {
    const constant = constantOfNode(node);
    if (constant?.data.kind === 'raw' && constant.data.bytes.length >= atLeast) hoisted.set(node, constant);
  }
  if (hoisted.size === 0) return graph;
  const constants = new Map([
    ...graph.constants,
    ...[...hoisted.values()].map((constant): [string, Constant] => [constant.name, constant]),
  ]);
  return { ...graph, constants, nodes: graph.nodes.filter((node) => !hoisted.has(node)) };
}

/**
 * Brings external tensors back into the model. `read` gives the bytes of a place; without a length, everything from the offset on.
 * @throws FleetError `invalid` for a location that leads out of the model's folder, `corrupt` when `read` gives another number of bytes
 */
export function internalize(model: Model, read: (location: string, offset: number, length: number | undefined) => Uint8Array): Model {
  const constants = new Map([...model.graph.constants].map(([name, constant]) => [name, broughtIn(constant, read)]));
  return { ...model, graph: { ...model.graph, constants } };
}

function broughtIn(constant: Constant, read: (location: string, offset: number, length: number | undefined) => Uint8Array): Constant {
  const { data, name } = constant;
  if (data.kind !== 'external') return constant;
  const bytes = read(safeLocation(data.location, name), data.offset, data.length);
  if (data.length !== undefined && bytes.length !== data.length)
    throw new FleetError(
      'corrupt',
      `Cannot read tensor "${name}": "${data.location}" has ${bytes.length} of the ${data.length} bytes that it needs from byte ${data.offset} on`,
    );
  return { ...constant, data: { kind: 'raw', bytes } };
}
