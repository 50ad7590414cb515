import { type Edit, inherit, nodeOf, rewire, setConstant } from './edit.ts';
import { finishEdit } from './finish-edit.ts';
import { type GraphIndex, indexOf, namesIn, nodeMaking, nodesOf, place, questionsOf, take, usersOf } from './graph-index.ts';
import type { GraphEditor, NewNode } from './graph-view.ts';
import type { Model, Node } from './model.ts';
import { readsOf } from './subgraphs.ts';

/**
 * Changes a model: `change` says what, then everything is applied at once. Nodes are put into topological order again; initializers
 * and Constant nodes that lost their last reader are dropped; a model of IR version 3, which lists initializers as inputs, becomes one
 * of version 4, which does not. The model that was given stays as it is, and is returned when nothing was changed.
 * @throws FleetError `bug` when the changes do not fit together: a value made twice, a cycle, a node that is not in the graph
 */
export function editModel(model: Model, change: (editor: GraphEditor) => void): Model {
  const edit: Edit = {
    model,
    index: indexOf(model.graph),
    heirs: new Map(),
    opsets: new Map(model.opsets),
    set: new Set(),
    remade: new Set(),
    changed: false,
  };
  change(editorOf(edit));
  return edit.changed ? finishEdit(edit) : model;
}

function editorOf(edit: Edit): GraphEditor {
  const { index } = edit;
  return {
    ...questionsOf(index),
    get nodes(): readonly Node[] {
      return nodesOf(index);
    },
    add: (node) => addNode(edit, node),
    replace: (node, by) => replaceNode(edit, current(edit, node), by),
    remove: (node) => {
      take(index, current(edit, node));
      edit.changed = true;
    },
    setConstant: (constant) => setConstant(edit, constant),
    replaceUses: (from, to) => replaceUses(edit, from, to),
    replaceInput: (user, from, to) => rewire(edit, current(edit, user), { from, to }),
    setOpset: (domain, version) => {
      edit.opsets.set(domain === 'ai.onnx' ? '' : domain, version);
      edit.changed = true;
    },
    freshName: freshNames(index),
  };
}

function current(edit: Edit, node: Node): Node {
  let heir = node;
  for (let next = edit.heirs.get(heir); next; next = edit.heirs.get(heir)) heir = next;
  return heir;
}

function addNode(edit: Edit, from: NewNode): Node {
  const node = nodeOf(from);
  place(edit.index, node, edit.index.slots.length);
  for (const output of node.outputs) edit.remade.add(output);
  edit.changed = true;
  return node;
}

function replaceNode(edit: Edit, node: Node, by: NewNode): Node {
  const keepsMeaning = by.op === node.op && (by.domain ?? '') === node.domain;
  const heir = nodeOf({ ...by, name: by.name ?? node.name }, keepsMeaning ? node.unknown : undefined);
  for (const output of heir.outputs) edit.remade.add(output);
  inherit(edit, node, heir);
  return heir;
}

function replaceUses(edit: Edit, from: string, to: string): void {
  if (from === to) return;
  const { index } = edit;
  // A node that `to` is made from goes on reading `from`: anything else would be a cycle.
  const upstream = makersBehind(index, to, from);
  for (const user of usersOf(index, from)) if (!upstream.has(user)) rewire(edit, user, { from, to });
  for (const [output, source] of index.sources) if (source === from) index.sources.set(output, to);
  edit.changed = true;
}

function makersBehind(index: GraphIndex, value: string, until: string): ReadonlySet<Node> {
  const seen = new Set<Node>();
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const maker = next === until ? undefined : nodeMaking(index, next);
    if (!maker || seen.has(maker)) continue;
    seen.add(maker);
    open.push(...readsOf(maker));
  }
  return seen;
}

function freshNames(index: GraphIndex): (base: string) => string {
  let taken: Set<string> | undefined;
  const next = new Map<string, number>();
  return (base) => {
    taken ??= namesIn(index);
    // Nodes and constants that were added since are asked directly.
    const isTaken = (name: string): boolean =>
      taken?.has(name) === true ||
      index.makers.has(name) ||
      index.constants.has(name) ||
      index.users.has(name) ||
      index.nodeNames.has(name);
    let name = base;
    for (let i = next.get(base) ?? 1; isTaken(name); i++) {
      name = `${base}_${i}`;
      next.set(base, i);
    }
    taken.add(name);
    return name;
  };
}
