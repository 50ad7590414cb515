import { type Edit, nodeOf, renameValue } from './edit.ts';
import { isOutput, namesIn, nodeMaking, nodesOf, place, take, usersOf } from './graph-index.ts';
import type { Constant, Graph, Model, Value } from './model.ts';
import { sortNodes } from './sort-nodes.ts';
import { readsOf } from './subgraphs.ts';

/** Makes a valid model out of what an edit left behind. */
export function finishEdit(edit: Edit): Model {
  const { model, index } = edit;
  settleOutputs(edit);
  dropUnread(edit);
  const nodes = sortNodes(nodesOf(index));
  const inputs = remainingInputs(edit);
  const made = new Set(nodes.flatMap((node) => node.outputs));
  for (const input of inputs) made.add(input.name);
  const graph: Graph = { ...model.graph, nodes, inputs, constants: index.constants, values: remainingValues(edit, made) };
  return { ...model, irVersion: Math.max(model.irVersion, 4), opsets: edit.opsets, graph };
}

/** Graph outputs keep their names: the value that an output now gives takes the output's name. */
function settleOutputs(edit: Edit): void {
  const { sources } = edit.index;
  const names = new Set(sources.keys());
  for (const [output, source] of sources) {
    if (output === source) continue;
    if (nodeMaking(edit.index, output) || edit.index.constants.has(output)) renameValue(edit, output, freeName(edit, output));
    const isFree =
      nodeMaking(edit.index, source) !== undefined &&
      !names.has(source) &&
      [...sources.values()].filter((name) => name === source).length === 1;
    if (isFree) renameValue(edit, source, output);
    else place(edit.index, nodeOf({ op: 'Identity', inputs: [source], outputs: [output] }), edit.index.slots.length);
    sources.set(output, output);
    edit.remade.add(output);
  }
}

function freeName(edit: Edit, base: string): string {
  const taken = namesIn(edit.index);
  for (let i = 1; ; i++) if (!taken.has(`${base}_${i}`)) return `${base}_${i}`;
}

/** Drops constants that this edit left without a reader; those that the file came with unread stay. */
function dropUnread(edit: Edit): void {
  const { index, model } = edit;
  const readBefore = namesRead(model.graph);
  const isUnread = (name: string): boolean => usersOf(index, name).length === 0 && !isOutput(index, name);
  const mayGo = (name: string): boolean => readBefore.has(name) || edit.set.has(name) || edit.remade.has(name);
  for (const name of index.constants.keys()) if (isUnread(name) && mayGo(name)) index.constants.delete(name);
  for (const node of nodesOf(index)) {
    const [output = ''] = node.outputs;
    if (node.op === 'Constant' && node.domain === '' && isUnread(output) && mayGo(output)) take(index, node);
  }
}

function namesRead(graph: Graph): ReadonlySet<string> {
  return new Set([...graph.nodes.flatMap((node) => readsOf(node)), ...graph.outputs.map((output) => output.name)]);
}

// Up to IR version 3 every initializer is listed as an input, later a listed one is a default that callers may override:
// a constant that an edit has set is neither.
function remainingInputs({ model, index, set }: Edit): readonly Value[] {
  const listsAll = model.irVersion < 4;
  const wasConstant = (name: string): boolean => model.graph.constants.has(name);
  return model.graph.inputs.filter(({ name }) => {
    const isConstant = index.constants.has(name);
    if (set.has(name)) return false;
    return isConstant ? !listsAll : !wasConstant(name);
  });
}

// Shapes stated in the file: dropped for values that are gone or made anew, and altogether when a weight changed its shape,
// because everything behind it may have.
function remainingValues({ model, index, set, remade }: Edit, made: ReadonlySet<string>): ReadonlyMap<string, Value> {
  const { values, constants } = model.graph;
  const reshaped = [...set].some((name) => changedShape(constants.get(name), index.constants.get(name)));
  if (reshaped) return new Map();
  return new Map([...values].filter(([name]) => made.has(name) && !remade.has(name)));
}

function changedShape(before: Constant | undefined, after: Constant | undefined): boolean {
  return before !== undefined && after !== undefined && before.dims.join() !== after.dims.join();
}
