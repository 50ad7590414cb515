import { FleetError } from '@fleetfit/core';
import { attributesOf } from './attributes.ts';
import { type GraphIndex, nodeMaking, place, take, usersOf } from './graph-index.ts';
import type { NewNode } from './graph-view.ts';
import type { Constant, Model, Node } from './model.ts';
import { renameCaptures } from './subgraphs.ts';

/** All that an edit has changed so far. */
export interface Edit {
  readonly model: Model;
  readonly index: GraphIndex;
  /** By node that was replaced: what stands in its place. */
  readonly heirs: Map<Node, Node>;
  readonly opsets: Map<string, number>;
  /** Constants that were set, by name. */
  readonly set: Set<string>;
  /** Values that nodes added or replaced by this edit make. */
  readonly remade: Set<string>;
  changed: boolean;
}

/** A node as the model keeps it. */
export function nodeOf(from: NewNode, unknown: Uint8Array = new Uint8Array(0)): Node {
  const { name = '', op, domain = '', inputs, outputs } = from;
  return { name, op, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes: attributesOf(from.attributes), unknown };
}

/** Puts a node in the place of another, which from now on stands for it. */
export function inherit(edit: Edit, node: Node, heir: Node): void {
  place(edit.index, heir, take(edit.index, node));
  edit.heirs.set(node, heir);
  edit.changed = true;
}

/** Adds an initializer, or replaces the one (or the Constant node) of that name. */
export function setConstant(edit: Edit, constant: Constant): void {
  const { index } = edit;
  const maker = nodeMaking(index, constant.name);
  if (maker && maker.op !== 'Constant')
    throw new FleetError('bug', `Cannot set constant "${constant.name}": ${maker.op} "${maker.name}" makes that value`);
  if (maker) take(index, maker);
  index.constants.set(constant.name, constant);
  edit.set.add(constant.name);
  edit.changed = true;
}

interface Renaming {
  readonly from: string;
  readonly to: string;
}

/** One reader reads another value, in its bodies as well. */
export function rewire(edit: Edit, user: Node, { from, to }: Renaming): Node {
  const inputs = user.inputs.map((input) => (input === from ? to : input));
  const heir = renameCaptures({ ...user, inputs }, from, to);
  inherit(edit, user, heir);
  return heir;
}

/** Gives a value another name where it is made and where it is read. */
export function renameValue(edit: Edit, from: string, to: string): void {
  const maker = nodeMaking(edit.index, from);
  if (maker) inherit(edit, maker, { ...maker, outputs: maker.outputs.map((output) => (output === from ? to : output)) });
  const constant = edit.index.constants.get(from);
  if (constant) {
    edit.index.constants.delete(from);
    setConstant(edit, { ...constant, name: to });
  }
  for (const user of usersOf(edit.index, from)) rewire(edit, user, { from, to });
}
