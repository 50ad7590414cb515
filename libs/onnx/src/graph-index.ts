import { FleetError } from '@fleetfit/core';
import { constantOfNode } from './constant-node.ts';
import type { GraphView } from './graph-view.ts';
import type { Constant, Graph, Node, Value } from './model.ts';
import { bodiesOf, namesMadeIn, readsOf } from './subgraphs.ts';

/**
 * A graph with its indexes, kept right through every change. Each node has a slot: a node that takes the place of another takes its
 * slot, so that order survives edits; new nodes stand at the end until the graph is sorted.
 */
export interface GraphIndex {
  readonly graph: Graph;
  readonly slots: (Node | undefined)[];
  readonly slotOf: Map<Node, number>;
  /** Slots of the nodes that make a value: one, except in the middle of an edit. */
  readonly makers: Map<string, number[]>;
  readonly users: Map<string, Set<number>>;
  /** Initializers. */
  readonly constants: Map<string, Constant>;
  /** By graph output: the value it gives. Another name than its own only in the middle of an edit. */
  readonly sources: Map<string, string>;
  readonly infos: ReadonlyMap<string, Value>;
  /** How many nodes bear a name. */
  readonly nodeNames: Map<string, number>;
}

export function indexOf(graph: Graph): GraphIndex {
  const index: GraphIndex = {
    graph,
    slots: [],
    slotOf: new Map(),
    makers: new Map(),
    users: new Map(),
    constants: new Map(graph.constants),
    sources: new Map(graph.outputs.map((output) => [output.name, output.name])),
    infos: new Map([...graph.values, ...graph.inputs.map(byName), ...graph.outputs.map(byName)]),
    nodeNames: new Map(),
  };
  for (const node of graph.nodes) place(index, node, index.slots.length);
  return index;
}

const byName = (value: Value): [string, Value] => [value.name, value];

/** Puts a node into a slot that is empty. */
export function place(index: GraphIndex, node: Node, slot: number): void {
  index.slots[slot] = node;
  index.slotOf.set(node, slot);
  for (const output of node.outputs) if (output !== '') listIn(index.makers, output).push(slot);
  for (const value of readsOf(node)) {
    const users = index.users.get(value);
    if (users) users.add(slot);
    else index.users.set(value, new Set([slot]));
  }
  index.nodeNames.set(node.name, (index.nodeNames.get(node.name) ?? 0) + 1);
}

/** Empties the slot of a node and returns it. */
export function take(index: GraphIndex, node: Node): number {
  const slot = index.slotOf.get(node);
  if (slot === undefined) throw new FleetError('bug', `Cannot change ${node.op} "${node.name || node.outputs[0]}": it is not in the graph`);
  index.slots[slot] = undefined;
  index.slotOf.delete(node);
  for (const output of node.outputs) {
    const makers = index.makers.get(output);
    if (makers?.includes(slot)) makers.splice(makers.indexOf(slot), 1);
  }
  for (const value of readsOf(node)) index.users.get(value)?.delete(slot);
  index.nodeNames.set(node.name, (index.nodeNames.get(node.name) ?? 1) - 1);
  return slot;
}

function listIn(map: Map<string, number[]>, key: string): number[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}

export function nodeMaking(index: GraphIndex, value: string): Node | undefined {
  const slot = index.makers.get(value)?.at(-1);
  return slot === undefined ? undefined : index.slots[slot];
}

export function usersOf(index: GraphIndex, value: string): readonly Node[] {
  const slots = [...(index.users.get(value) ?? [])].sort((a, b) => a - b);
  return slots.flatMap((slot) => index.slots[slot] ?? []);
}

export function nodesOf(index: GraphIndex): Node[] {
  return index.slots.filter((node) => node !== undefined);
}

export function isOutput(index: GraphIndex, value: string): boolean {
  for (const source of index.sources.values()) if (source === value) return true;
  return false;
}

/** Every name that a new value or node must not take, those inside bodies included. */
export function namesIn(index: GraphIndex): Set<string> {
  const nodes = nodesOf(index);
  const names = namesMadeIn({ ...index.graph, nodes, constants: index.constants });
  for (const output of index.graph.outputs) names.add(output.name);
  for (const node of nodes) {
    if (node.name) names.add(node.name);
    for (const input of node.inputs) names.add(input);
    addBodyNames(names, node);
  }
  return names;
}

function addBodyNames(names: Set<string>, node: Node): void {
  for (const body of bodiesOf(node)) {
    for (const name of namesMadeIn(body)) names.add(name);
    for (const inner of body.nodes) addBodyNames(names, inner);
  }
}

/** The questions of a view, answered from an index as it stands when they are asked. */
export function questionsOf(index: GraphIndex): Omit<GraphView, 'nodes'> {
  const { graph } = index;
  return {
    graph,
    nodeMaking: (value) => nodeMaking(index, value),
    usersOf: (value) => usersOf(index, value),
    isOutput: (value) => isOutput(index, value),
    isInput: (value) => !index.constants.has(value) && graph.inputs.some((input) => input.name === value),
    constant: (value) => constantIn(index, value),
    valueInfo: (value) => index.infos.get(value),
    idOf: (node) => idOf(index, node),
  };
}

function constantIn(index: GraphIndex, value: string): Constant | undefined {
  const initializer = index.constants.get(value);
  if (initializer) return initializer;
  const node = nodeMaking(index, value);
  return node && constantOfNode(node);
}

function idOf(index: GraphIndex, node: Node): string {
  const bearers = (name: string): number => index.nodeNames.get(name) ?? 0;
  if (node.name !== '' && bearers(node.name) === 1) return node.name;
  const output = node.outputs.find((name) => name !== '') ?? node.name;
  return bearers(output) === 1 && output !== node.name ? `${node.op}:${output}` : output;
}
