import { type Rng, seededRng } from '@fleetfit/core';
import { buildModel, type Constant, constantOf, countOf, encodeModel, type NewNode, type NewValue, type Node } from '@fleetfit/onnx';
import type { Runtime, Session, Tensor } from '@fleetfit/runtime';
import { layOut, unpack } from '../flat-state.ts';
import { statisticsOf } from '../known-values.ts';
import { differentiate, recordForward, type Seed } from '../reverse-mode.ts';
import { newTape, type Tape } from '../tape.ts';
import type { VjpRule } from '../vjp-rule.ts';

/** An op with random inputs: what a test of its rule has to say. */
export interface GradientCase {
  readonly runtime: Runtime;
  /** Reads the names of `inputs`, then those of `constants`, in order, unless it says which; makes `y` unless it says what. */
  readonly node: Omit<NewNode, 'inputs' | 'outputs'> & { readonly inputs?: readonly string[]; readonly outputs?: readonly string[] };
  /** Shapes by name. Values are drawn at random; those of running statistics are 0 and never differentiated. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Inputs that stay: shapes, limits, places. */
  readonly constants?: readonly Constant[];
  readonly seed: number;
  /** Length of the step along the random direction. Ops that are linear in each input allow a long one, which drowns rounding. */
  readonly step: number;
  /** Values this close to 0 are moved away from it: for ops with a kink there. */
  readonly kink?: number;
  /** Values are their own size, plus this: for ops of positive numbers. */
  readonly above?: number;
  /** Norms keep their statistics. */
  readonly frozen?: boolean;
  /** A rule in place of the registered one: to show that a wrong rule is found out. */
  readonly rule?: VjpRule;
}

const OPSET = 20;

/**
 * Compares the gradient that a rule writes with the central difference of  sum <r, y>  along a random direction, for each input.
 * Returns the error relative to the length of the gradient along that direction's scale, by input name.
 */
export async function gradientErrors(from: GradientCase): Promise<Readonly<Record<string, number>>> {
  const rng = seededRng(from.seed);
  const { model, trained, outputs } = await gradientModel(from);
  const session = await open(from.runtime, model);
  try {
    const point = Object.fromEntries(
      Object.entries(from.inputs).map(([name, dims]) => [name, valueFor(rng, dims, { from, trained: trained.has(name) })]),
    );
    const seeds = Object.fromEntries([...outputs].map(([name, dims]) => [`seed ${name}`, random(rng, dims)]));
    const errors: [string, number][] = [];
    for (const name of trained) errors.push([name, await errorOf(session, { point, seeds, name, step: from.step, rng })]);
    return Object.fromEntries(errors);
  } finally {
    await session.close();
  }
}

type Graph = ReturnType<typeof buildModel>;

const open = (runtime: Runtime, model: Graph): Promise<Session> =>
  runtime.open({ graph: encodeModel(model), externalData: new Map() }, { provider: 'cpu', threads: 1, optimization: 'disabled' });

async function gradientModel(from: GradientCase) {
  const { inputs, constants = [] } = from;
  const only = nodeOf(from);
  const shapes = await shapesOf(from, only);
  const outputs = new Map(only.outputs.filter((name) => name !== '').map((name) => [name, shapes.get(name) ?? []]));
  const statistics = statisticsOf([only]);
  const trained = new Set(Object.keys(inputs).filter((name) => !statistics.has(name)));
  const tape = newTape();
  for (const [name, dims] of shapes) tape.setDims(name, dims);
  for (const constant of constants) tape.constant(constant);
  const held = [...statistics].map((name) =>
    constantOf(name, inputs[name] ?? [], new Float32Array(countOf(inputs[name] ?? [])).fill(from.frozen ? 0.5 : 0)),
  );
  const state = layOut(from.frozen ? [] : held);
  unpack(tape, state, 'statistics');
  if (from.frozen) for (const constant of held) tape.constant(constant);
  const gradients = gradientsOf(tape, only, { from, outputs, trained });
  const model = buildModel({
    name: 'check',
    opset: OPSET,
    domains: { 'com.microsoft': 1 },
    inputs: [
      ...[...trained].map((name) => float(name, inputs[name] ?? [])),
      ...(state.length ? [float('statistics', [state.length])] : []),
      ...[...outputs].map(([name, dims]) => float(`seed ${name}`, dims)),
    ],
    outputs: [...[...outputs].map(([name, dims]) => float(name, dims)), ...gradients.map((name) => float(`d ${name}`, inputs[name] ?? []))],
    nodes: tape.nodes,
    constants: tape.constants,
  });
  return { model, trained, outputs };
}

function nodeOf({ node, inputs, constants = [] }: GradientCase): Node {
  const names = node.inputs ?? [...Object.keys(inputs), ...constants.map(({ name }) => name)];
  const whole = { ...node, inputs: names, outputs: node.outputs ?? ['y'] };
  const [only] = buildModel({ name: 'probe', opset: OPSET, inputs: [], outputs: [], nodes: [whole] }).graph.nodes;
  if (!only) throw new Error('no node');
  return only;
}

// The runtime tells the shapes of what the node makes.
async function shapesOf({ runtime, inputs, constants = [] }: GradientCase, node: Node): Promise<ReadonlyMap<string, readonly number[]>> {
  const shapes = new Map<string, readonly number[]>(Object.entries(inputs));
  for (const { name, dims } of constants) shapes.set(name, dims);
  const outputs = node.outputs.map((name) => ({ name, type: 'undefined' as const }));
  const model = buildModel({
    name: 'shapes',
    opset: OPSET,
    inputs: Object.entries(inputs).map(([name, dims]) => float(name, dims)),
    outputs,
    nodes: [node],
    constants,
  });
  const session = await open(runtime, model);
  const feeds = Object.entries(inputs).map(([name, dims]): [string, Tensor] => [
    name,
    { type: 'float32', dims, data: new Float32Array(countOf(dims)).fill(1) },
  ]);
  const results = await session.run(Object.fromEntries(feeds));
  await session.close();
  for (const [name, tensor] of Object.entries(results)) shapes.set(name, tensor.dims);
  return shapes;
}

interface Asked {
  readonly from: GradientCase;
  readonly outputs: ReadonlyMap<string, readonly number[]>;
  readonly trained: ReadonlySet<string>;
}

/** Writes forward and backward of the node; the names of the inputs that have a gradient. */
function gradientsOf(tape: Tape, only: Node, { from, outputs, trained }: Asked): string[] {
  const recorded = recordForward([only], { tape, track: () => !from.frozen });
  const rules = from.rule ? new Map([[only, from.rule]]) : recorded.rules;
  const seeds: Seed[] = [...outputs.keys()].map((of) => ({ of, gradient: `seed ${of}` }));
  const gradients = differentiate(tape, { ...recorded, rules }, { seeds, wanted: trained });
  for (const [name, gradient] of gradients) tape.add({ op: 'Identity', inputs: [gradient], outputs: [`d ${name}`] });
  return [...gradients.keys()];
}

const float = (name: string, dims: readonly number[]): NewValue => ({ name, type: 'float32', dims });

function valueFor(rng: Rng, dims: readonly number[], { from, trained }: { from: GradientCase; trained: boolean }): Tensor {
  const { above } = from;
  if (!trained) return { type: 'float32', dims, data: new Float32Array(countOf(dims)) };
  const value = random(rng, dims, from.kink);
  return above === undefined
    ? value
    : { ...value, data: Float32Array.from({ length: value.data.length }, (_, i) => Math.abs(Number(value.data[i])) + above) };
}

function random(rng: Rng, dims: readonly number[], kink = 0): Tensor {
  const data = Float32Array.from({ length: countOf(dims) }, () => {
    const value = rng.normal();
    return value + Math.sign(value) * kink;
  });
  return { type: 'float32', dims, data };
}

type Tensors = Readonly<Record<string, Tensor>>;

async function errorOf(session: Session, at: { point: Tensors; seeds: Tensors; name: string; step: number; rng: Rng }): Promise<number> {
  const { point, seeds, name, step, rng } = at;
  const value = point[name];
  if (!value) throw new Error(`no input ${name}`);
  const direction = random(rng, value.dims);
  const gradient = (await run(session, point, seeds))[`d ${name}`];
  const along = dot(gradient, direction);
  const lossAt = async (by: number): Promise<number> => {
    const results = await run(session, { ...point, [name]: moved(value, direction, by) }, seeds);
    return Object.entries(seeds).reduce((sum, [seed, r]) => sum + dot(results[seed.slice('seed '.length)], r), 0);
  };
  const difference = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
  return Math.abs(along - difference) / Math.max(Math.sqrt(dot(gradient, gradient)), 1e-6);
}

function run(session: Session, point: Tensors, seeds: Tensors): Promise<Tensors> {
  const feeds: Record<string, Tensor> = {};
  for (const { name, dims } of session.inputs) {
    const given = point[name] ?? seeds[name];
    feeds[name] = given ?? { type: 'float32', dims: dims.map(Number), data: new Float32Array(Number(dims[0])) };
  }
  return session.run(feeds);
}

function moved({ dims, data }: Tensor, direction: Tensor, by: number): Tensor {
  return {
    type: 'float32',
    dims,
    data: Float32Array.from({ length: data.length }, (_, i) => Number(data[i]) + by * Number(direction.data[i])),
  };
}

// In float64: the tensors are float32, the sum must not be.
function dot(a: Tensor | undefined, b: Tensor | undefined): number {
  if (!a || !b || a.data.length !== b.data.length) throw new Error('tensors do not match');
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Number(a.data[i]) * Number(b.data[i]);
  return sum;
}
