import { FleetError } from '@fleetfit/core';
import { type Constant, countOf, encodeModel, type Model, type Node, rawConstant, viewOf } from '@fleetfit/onnx';
import type { Runtime, Tensor } from '@fleetfit/runtime';
import type { Dims } from './tape.ts';
import { VJP_RULES } from './vjp-rules.ts';

/** What is known of the values of a model before it is trained with batches of one size. */
export interface KnownValues {
  readonly shapes: ReadonlyMap<string, Dims>;
  /** Values that neither an image nor a weight changes: shapes that are computed in the graph, scales, index lists. */
  readonly fixed: ReadonlyMap<string, Constant>;
}

export interface KnowOptions {
  readonly runtime: Runtime;
  readonly batch: number;
  /** Sizes for the free dimensions of the input after the first, in order; needed only where the model leaves them open. */
  readonly free?: readonly number[];
  readonly signal?: AbortSignal;
}

/**
 * Runs the model once on blank images and reads the shape of every value off the runtime, which is right for every op by construction.
 * @throws FleetError `unsupported` for a model with several inputs, or a free dimension whose size nobody told
 */
export async function knowValues(model: Model, { runtime, batch, free = [], signal }: KnowOptions): Promise<KnownValues> {
  const input = onlyInput(model);
  const dims = inputDims(input, batch, free);
  const values = model.graph.nodes.flatMap((node) => node.outputs.filter((output) => output !== ''));
  const outputs = values.map((name) => ({ name, type: 'undefined' as const, dims: undefined, wire: undefined }));
  const session = await runtime.open(
    { graph: encodeModel({ ...model, graph: { ...model.graph, outputs } }), externalData: new Map() },
    { provider: 'cpu', threads: 1, optimization: 'disabled', ...(signal ? { signal } : {}) },
  );
  try {
    const results = await session.run({ [input.name]: { type: 'float32', dims, data: new Float32Array(countOf(dims)) } });
    const shapes = new Map<string, Dims>([[input.name, dims]]);
    for (const [name, tensor] of Object.entries(results)) shapes.set(name, tensor.dims);
    for (const { name, dims: shape } of model.graph.constants.values()) shapes.set(name, shape);
    return { shapes, fixed: fixedOf(model, results) };
  } finally {
    await session.close();
  }
}

/** The one picture that a model takes. @throws FleetError `unsupported` when it takes none or several */
export function onlyInput(model: Model) {
  const inputs = model.graph.inputs.filter(({ name }) => !model.graph.constants.has(name));
  const [input] = inputs;
  if (!input || inputs.length !== 1)
    throw new FleetError('unsupported', `Cannot train the model: it has ${inputs.length} inputs, one is needed`);
  return input;
}

function inputDims(input: ReturnType<typeof onlyInput>, batch: number, free: readonly number[]): Dims {
  const given = [...free];
  const rest = (input.dims ?? []).slice(1).map((dim, i) => {
    const size = typeof dim === 'number' && dim > 0 ? dim : given.shift();
    if (size !== undefined) return size;
    throw new FleetError('unsupported', `Cannot train the model: dimension ${i + 1} of its input "${input.name}" has no fixed size`);
  });
  return [batch, ...rest];
}

// A value moves when it follows from the input or from a weight, other than by their shapes alone.
function fixedOf(model: Model, results: Readonly<Record<string, Tensor>>): ReadonlyMap<string, Constant> {
  const moving = new Set([onlyInput(model).name, ...weightsOf(model)]);
  const fixed = new Map<string, Constant>();
  for (const node of model.graph.nodes) {
    const moves = node.op !== 'Shape' && node.op !== 'Size' && node.inputs.some((input) => moving.has(input));
    for (const output of node.outputs) {
      const tensor = results[output];
      if (moves) moving.add(output);
      else if (tensor && !moving.has(output)) fixed.set(output, constantFrom(output, tensor));
    }
  }
  return fixed;
}

function constantFrom(name: string, { type, dims, data }: Tensor): Constant {
  if (!ArrayBuffer.isView(data)) throw new FleetError('unsupported', `Cannot train the model: its value "${name}" is text`);
  const { buffer, byteOffset, byteLength } = data;
  return rawConstant({ name, type, dims, bytes: new Uint8Array(buffer, byteOffset, byteLength).slice() });
}

/** Every constant that training may change: what an op takes at a place for weights, float32, and more than a single number for arithmetic. */
export function weightsOf(model: Model): ReadonlySet<string> {
  const view = viewOf(model);
  const held = statisticsOf(model.graph.nodes);
  const weights = new Set<string>();
  for (const node of model.graph.nodes) {
    const rule = VJP_RULES.get(node.op);
    for (const place of rule?.weights ?? []) {
      const constant = view.constant(node.inputs[place] ?? '');
      const counts = rule?.arithmetic ? countOf(constant?.dims ?? []) > 1 : true;
      if (constant?.type === 'float32' && counts && !held.has(constant.name)) weights.add(node.inputs[place] ?? '');
    }
  }
  return weights;
}

/** Values that hold the running statistics of some node: kept up to date, not trained. */
export function statisticsOf(nodes: readonly Node[]): ReadonlySet<string> {
  return new Set(nodes.flatMap((node) => (VJP_RULES.get(node.op)?.statistics ?? []).map((place) => node.inputs[place] ?? '')));
}
