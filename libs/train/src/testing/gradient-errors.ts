import { type Rng, seededRng } from '@fleetfit/core';
import { buildModel, constantOf, countOf, encodeModel, type NewNode, type NewValue } from '@fleetfit/onnx';
import type { Runtime, Session, Tensor } from '@fleetfit/runtime';
import { layOut, unpack } from '../flat-state.ts';
import { differentiate, recordForward, statisticsOf } from '../reverse-mode.ts';
import { newTape } from '../tape.ts';
import type { VjpRule } from '../vjp-rule.ts';

/** An op with random inputs: what a test of its rule has to say. */
export interface GradientCase {
  readonly runtime: Runtime;
  /** Reads the names of `inputs`, in order, and makes `y`. */
  readonly node: Omit<NewNode, 'inputs' | 'outputs'>;
  /** Shapes by name. Values are drawn at random; those of running statistics are 0 and never differentiated. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly seed: number;
  /** Length of the step along the random direction. Ops that are linear in each input allow a long one, which drowns rounding. */
  readonly step: number;
  /** Values this close to 0 are moved away from it: for ops with a kink there. */
  readonly kink?: number;
  /** A rule in place of the registered one: to show that a wrong rule is found out. */
  readonly rule?: VjpRule;
}

/**
 * Compares the gradient that a rule writes with the central difference of  <r, y>  along a random direction, for each input.
 * Returns the error relative to the length of the gradient along that direction's scale, by input name.
 */
export async function gradientErrors(from: GradientCase): Promise<Readonly<Record<string, number>>> {
  const rng = seededRng(from.seed);
  const { model, trained, seedDims } = gradientModel(from);
  const session = await from.runtime.open(
    { graph: encodeModel(model), externalData: new Map() },
    { provider: 'cpu', threads: 1, optimization: 'disabled' },
  );
  try {
    const point = Object.fromEntries(
      Object.entries(from.inputs).map(([name, dims]) => [name, random(rng, dims, trained.has(name) ? from.kink : Number.NaN)]),
    );
    const seed = random(rng, seedDims);
    const errors: [string, number][] = [];
    for (const name of trained) errors.push([name, await errorOf(session, { point, seed, name, step: from.step, rng })]);
    return Object.fromEntries(errors);
  } finally {
    await session.close();
  }
}

function gradientModel({ node, inputs, rule }: GradientCase) {
  const tape = newTape();
  const names = Object.keys(inputs);
  const dimsOf = (name: string): readonly number[] => inputs[name] ?? [];
  const [only] = buildModel({ name: 'probe', opset: 17, inputs: [], outputs: [], nodes: [{ ...node, inputs: names, outputs: ['y'] }] })
    .graph.nodes;
  if (!only) throw new Error('no node');
  const statistics = statisticsOf([only]);
  const trained = new Set(names.filter((name) => !statistics.has(name)));
  for (const name of trained) tape.setDims(name, dimsOf(name));
  const held = layOut([...statistics].map((name) => constantOf(name, dimsOf(name), new Float32Array(countOf(dimsOf(name))))));
  unpack(tape, held, 'statistics');
  const recorded = recordForward([only], { tape, track: () => {} });
  const rules = rule ? new Map([[only, rule]]) : recorded.rules;
  const seedDims = tape.dims('y');
  const gradients = differentiate(tape, { ...recorded, rules }, { of: 'y', seed: 'seed', wanted: trained });
  for (const [name, gradient] of gradients) tape.add({ op: 'Identity', inputs: [gradient], outputs: [`d ${name}`] });
  const model = buildModel({
    name: 'check',
    opset: 17,
    domains: { 'com.microsoft': 1 },
    inputs: [
      ...[...trained].map((name) => float(name, dimsOf(name))),
      ...(held.length ? [float('statistics', [held.length])] : []),
      float('seed', seedDims),
    ],
    outputs: [float('y', seedDims), ...[...gradients.keys()].map((name) => float(`d ${name}`, dimsOf(name)))],
    nodes: tape.nodes,
    constants: tape.constants,
  });
  return { model, trained, seedDims };
}

const float = (name: string, dims: readonly number[]): NewValue => ({ name, type: 'float32', dims });

function random(rng: Rng, dims: readonly number[], kink = 0): Tensor {
  const data = Float32Array.from({ length: countOf(dims) }, () => {
    const value = rng.normal();
    if (Number.isNaN(kink)) return 0;
    return value + Math.sign(value) * kink;
  });
  return { type: 'float32', dims, data };
}

async function errorOf(
  session: Session,
  at: { point: Readonly<Record<string, Tensor>>; seed: Tensor; name: string; step: number; rng: Rng },
): Promise<number> {
  const { point, seed, name, step, rng } = at;
  const value = point[name];
  if (!value) throw new Error(`no input ${name}`);
  const direction = random(rng, value.dims);
  const gradient = (await run(session, point, seed))[`d ${name}`];
  const along = dot(gradient, direction);
  const lossAt = async (by: number): Promise<number> =>
    dot((await run(session, { ...point, [name]: moved(value, direction, by) }, seed)).y, seed);
  const difference = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
  return Math.abs(along - difference) / Math.max(Math.sqrt(dot(gradient, gradient)), 1e-6);
}

function run(session: Session, point: Readonly<Record<string, Tensor>>, seed: Tensor): Promise<Readonly<Record<string, Tensor>>> {
  const feeds: Record<string, Tensor> = { seed };
  for (const { name, dims } of session.inputs) {
    const given = point[name];
    if (given) feeds[name] = given;
    else if (name === 'statistics') feeds[name] = { type: 'float32', dims: dims.map(Number), data: new Float32Array(Number(dims[0])) };
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
