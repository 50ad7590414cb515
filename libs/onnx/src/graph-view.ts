import type { Attribute, Constant, Graph, Node, Value } from './model.ts';

/** Questions about a graph, each answered from an index. Reading only: see GraphEditor for changes. */
export interface GraphView {
  readonly graph: Graph;
  readonly nodes: readonly Node[];
  /** The node that makes a value; undefined for graph inputs and initializers. */
  nodeMaking(value: string): Node | undefined;
  /** Nodes that read a value, each once, in graph order; nodes whose subgraphs capture it included. */
  usersOf(value: string): readonly Node[];
  isOutput(value: string): boolean;
  /** Fed from outside: a graph input that has no initializer. */
  isInput(value: string): boolean;
  /** An initializer or the tensor of a Constant node: weights are found wherever an exporter put them. */
  constant(value: string): Constant | undefined;
  valueInfo(value: string): Value | undefined;
  /** A name for a node that is unique in its graph and stable: its own where that is unique, else one from its first output. */
  idOf(node: Node): string;
}

/**
 * Changes to one graph, collected and then applied at once. Nodes are named by identity: the object in the model, in a view of it,
 * or what an earlier change returned. Questions are answered as the graph stands after the changes so far; arrays are snapshots,
 * so that changing while looping over them is safe.
 */
export interface GraphEditor extends GraphView {
  /** Appends before the first user of its outputs; order is made topological at the end. */
  add(node: NewNode): Node;
  /** A node in place of another; uses of outputs with the same name stay as they are. */
  replace(node: Node, by: NewNode): Node;
  remove(node: Node): void;
  /** Adds an initializer, or replaces the one (or the Constant node) of that name. */
  setConstant(constant: Constant): void;
  /**
   * Every reader of `from` reads `to` instead; nodes added later are not touched. A graph output counts as a reader:
   * it keeps its name and gives the value of `to`.
   */
  replaceUses(from: string, to: string): void;
  /** Only one reader changes. */
  replaceInput(user: Node, from: string, to: string): Node;
  setOpset(domain: string, version: number): void;
  /** A value or node name that is free: base, base_1, base_2 ... */
  freshName(base: string): string;
  /** Initializers and Constant nodes that nobody reads any more are dropped when the edit is applied. */
}

export interface NewNode {
  readonly name?: string;
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** New attributes by name, or those of another node as they are: `node.attributes`. */
  readonly attributes?: Readonly<Record<string, AttributeInput>> | ReadonlyMap<string, Attribute>;
}

/** Numbers that are whole become ints; write `{ float: 1 }` where a float is meant. */
export type AttributeInput =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: Constant }
  | Attribute;
