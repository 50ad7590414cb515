/**
 * Before: Constant -> Mul(Constant) -> w;  x -> Dropout -> Identity -> Conv(w) -> y;  x -> Relu -> (nobody)
 * After:  x -> Conv(w') -> y
 *
 * Three exact rewrites, repeated until none applies:
 * 1. A node that reads constants only is computed ahead, by the runtime itself. So is Shape of a value whose shape does not depend
 *    on a free dimension.
 * 2. Identity, and Dropout at inference, are left out.
 * 3. A node whose results nobody reads is removed.
 *
 * Conditions
 * 1. The node is deterministic, and expands no stored weight: DequantizeLinear and Cast of weights save bytes as they are.
 * 2. What it makes is a tensor of a type that the runtime hands out.
 */
import { FleetError } from '@fleetfit/core';
import {
  type Change,
  type Constant,
  constantOf,
  editModel,
  encodeModel,
  type GraphView,
  type Model,
  type Node,
  type Pass,
  type PassContext,
  type PassResult,
  rawConstant,
  viewOf,
} from '@fleetfit/onnx';
import type { Tensor } from '@fleetfit/runtime';
import { inferShapes, type Shapes } from '../infer-shapes.ts';

/** Constants computed ahead, dead nodes and nodes that do nothing removed. */
export const simplify: Pass = {
  word: 'simplify',
  about: 'Compute constants ahead, remove nodes that do nothing or that nobody reads (exact)',
  parameters: [],
  sentence: () => 'Constants computed ahead, idle nodes removed',
  knobs: () => [],
  requires: () => undefined,
  apply: (model, _, context) => simplifiedModel(model, context),
};

/** @throws FleetError `unsupported` when the runtime refuses a part of the graph that it would refuse in the model too */
export async function simplifiedModel(model: Model, context: Pick<PassContext, 'runtime' | 'threads' | 'signal'>): Promise<PassResult> {
  const bare = withoutIdleNodes(model);
  const folded = await withConstantsFolded(bare.model, context);
  const live = withoutDeadNodes(folded.model);
  const changes = [...bare.changes, ...folded.changes, ...live.changes];
  return { model: changes.length === 0 ? model : live.model, changes, origins: new Map() };
}

type Simplified = Pick<PassResult, 'model' | 'changes'>;

function withoutIdleNodes(model: Model): Simplified {
  const changes: Change[] = [];
  const edited = editModel(model, (graph) => {
    for (const node of graph.nodes) {
      const [x = ''] = node.inputs;
      const [y = ''] = node.outputs;
      if (!isIdle(node, graph) || (graph.isOutput(y) && (graph.isInput(x) || graph.constant(x) || graph.isOutput(x)))) continue;
      changes.push({ kind: 'changed', layer: graph.idOf(node), what: `${node.op} does nothing: left out` });
      graph.replaceUses(y, x);
      graph.remove(node);
    }
  });
  return { model: edited, changes };
}

function isIdle(node: Node, graph: GraphView): boolean {
  if (node.domain !== '') return false;
  if (node.op === 'Identity') return true;
  // Training form has a third input that says so.
  return node.op === 'Dropout' && node.inputs.length < 3 && graph.usersOf(node.outputs[1] ?? '').length === 0;
}

function withoutDeadNodes(model: Model): Simplified {
  const changes: Change[] = [];
  const edited = editModel(model, (graph) => {
    for (const node of graph.nodes.toReversed()) {
      if (
        node.op === 'Constant' ||
        node.outputs.some((output) => output !== '' && (graph.isOutput(output) || graph.usersOf(output).length > 0))
      )
        continue;
      changes.push({ kind: 'changed', layer: graph.idOf(node), what: `nobody reads what this ${node.op} makes: removed` });
      graph.remove(node);
    }
  });
  return { model: edited, changes };
}

/** Stored in a smaller form on purpose, or different each time. */
const NOT_FOLDED = new Set(
  `DequantizeLinear QuantizeLinear RandomNormal RandomUniform RandomNormalLike RandomUniformLike Multinomial Bernoulli If Loop Scan
  SequenceConstruct SequenceEmpty SplitToSequence StringNormalizer`.split(/\s+/),
);

async function withConstantsFolded(
  model: Model,
  { runtime, threads, signal }: Pick<PassContext, 'runtime' | 'threads' | 'signal'>,
): Promise<Simplified> {
  const graph = viewOf(model);
  const shapes = inferShapes(model);
  const fixed = shapesForAnySize(model);
  const constant = new Set<string>();
  const isConstant = (value: string): boolean => value === '' || constant.has(value) || graph.constant(value) !== undefined;
  const nodes: Node[] = [];
  const folded = new Map<string, Constant>();
  for (const node of graph.nodes) {
    const known = node.op === 'Shape' && !isConstant(node.inputs[0] ?? '') ? fixed(node.inputs[0] ?? '') : undefined;
    const [y = ''] = node.outputs;
    if (known && node.attributes.size === 0) folded.set(y, constantOf(y, [known.length], BigInt64Array.from(known, BigInt)));
    else if (!isFoldable(node, shapes) || !node.inputs.every(isConstant)) continue;
    else nodes.push(node);
    for (const output of node.outputs) constant.add(output);
  }
  if (nodes.length + folded.size === 0) return { model, changes: [] };
  // Only what the rest of the graph reads becomes a constant.
  const inside = new Set(nodes);
  const wanted = nodes.flatMap((node) => node.outputs.filter((output) => output !== '' && isReadOutside(output, graph, inside)));
  for (const [name, tensor] of await valuesOf(model, { nodes, folded, wanted, shapes }, { runtime, threads, signal }))
    folded.set(name, constantFrom(name, tensor));
  return foldedModel(model, folded, inside);
}

const isFoldable = (node: Node, shapes: Shapes): boolean =>
  node.domain === '' &&
  node.op !== 'Constant' &&
  !NOT_FOLDED.has(node.op) &&
  // Half floats that are expanded at load: the file would double.
  !(node.op === 'Cast' && ['float16', 'bfloat16', 'int8', 'uint8'].includes(shapes.typeOf(node.inputs[0] ?? '') ?? '')) &&
  node.outputs.every((output) => output === '' || shapes.typeOf(output) !== undefined);

const isReadOutside = (value: string, graph: GraphView, inside: ReadonlySet<Node>): boolean =>
  graph.usersOf(value).some((user) => !inside.has(user));

/** The shape of a value where it is the same whatever size the free dimensions take. */
function shapesForAnySize(model: Model): (value: string) => readonly number[] | undefined {
  const sized = (size: number): Shapes =>
    inferShapes(
      model,
      new Map(model.graph.inputs.map(({ name, dims }) => [name, (dims ?? []).map((dim) => (typeof dim === 'number' ? dim : size))])),
    );
  const [a, b] = [sized(96), sized(224)];
  return (value) => {
    const shape = a.of(value);
    return shape && shape.join() === b.of(value)?.join() ? shape : undefined;
  };
}

async function valuesOf(
  model: Model,
  part: {
    readonly nodes: readonly Node[];
    readonly folded: ReadonlyMap<string, Constant>;
    readonly wanted: readonly string[];
    readonly shapes: Shapes;
  },
  { runtime, threads, signal }: Pick<PassContext, 'runtime' | 'threads' | 'signal'>,
): Promise<ReadonlyMap<string, Tensor>> {
  const { nodes, folded, wanted, shapes } = part;
  if (wanted.length === 0) return new Map();
  const outputs = wanted.map((name) => ({ name, type: shapes.typeOf(name) ?? ('float32' as const), dims: undefined, wire: undefined }));
  const stored = model.graph.nodes.filter((node) => node.op === 'Constant');
  const constants = new Map([...model.graph.constants, ...folded]);
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const alone: Model = {
    ...model,
    graph: {
      ...model.graph,
      inputs: [],
      outputs,
      nodes: [...stored, ...nodes],
      constants: new Map([...constants].filter(([name]) => read.has(name))),
      values: new Map(),
    },
  };
  const { providers } = runtime.facts;
  const provider = providers.includes('cpu') ? 'cpu' : (providers[0] ?? 'cpu');
  const files = { graph: encodeModel(alone), externalData: new Map<string, Uint8Array>() };
  const session = await runtime.open(files, { provider, threads, optimization: 'disabled', signal });
  try {
    return new Map(Object.entries(await session.run({}, wanted)));
  } finally {
    await session.close();
  }
}

function constantFrom(name: string, { type, dims, data }: Tensor): Constant {
  if (!ArrayBuffer.isView(data)) throw new FleetError('unsupported', `Cannot compute constant "${name}" ahead: it is text`);
  return rawConstant({ name, type, dims, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
}

function foldedModel(model: Model, folded: ReadonlyMap<string, Constant>, inside: ReadonlySet<Node>): Simplified {
  const changes: Change[] = [];
  const edited = editModel(model, (graph) => {
    for (const node of graph.nodes) {
      const known = node.outputs.some((output) => folded.has(output));
      if (!known && !inside.has(node)) continue;
      if (node.outputs.some((output) => graph.isOutput(output))) continue;
      changes.push({ kind: 'changed', layer: graph.idOf(node), what: `${node.op} computed ahead` });
      graph.remove(node);
    }
    for (const [name, constant] of folded) if (!graph.nodeMaking(name) && graph.usersOf(name).length > 0) graph.setConstant(constant);
  });
  return { model: edited, changes };
}
