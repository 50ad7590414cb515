import { readFileSync } from 'node:fs';
import { isRefusal, type Rng, seededRng } from '@fleetfit/core';
import { findLab } from '@fleetfit/host/testing';
import {
  type Arguments,
  buildModel,
  type Calibration,
  type Constant,
  constantOf,
  decodeModel,
  encodeModel,
  type Model,
  type NewNode,
  type Pass,
  type PassContext,
  type PassResult,
  verifyModel,
} from '@fleetfit/onnx';
import type { Runtime, Tensor } from '@fleetfit/runtime';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { parseRecipe } from '@fleetfit/space';
import { completeArguments } from './complete-arguments.ts';

/** For the tests of this lib: small models, images, a context, and what a model answers on onnxruntime. */

export const runtime: Runtime = nodeRuntime();

/** Writes down layers one after another; weights are random, from the seed. */
export class NetWriter {
  readonly nodes: NewNode[] = [];
  readonly constants: Constant[] = [];
  readonly #rng: Rng;

  constructor(seed: number) {
    this.#rng = seededRng(seed);
  }

  constant(name: string, dims: readonly number[], of: (normal: number) => number): string {
    const count = dims.reduce((product, dim) => product * dim, 1);
    this.constants.push(
      constantOf(
        name,
        dims,
        Float32Array.from({ length: count }, () => of(this.#rng.normal())),
      ),
    );
    return name;
  }

  node(
    op: string,
    inputs: readonly string[],
    more: { readonly name?: string; readonly attributes?: NonNullable<NewNode['attributes']> } = {},
  ): string {
    const output = `${more.name ?? op.toLowerCase()}_${this.nodes.length}`;
    this.nodes.push({ name: output, op, inputs, outputs: [output], attributes: more.attributes ?? {} });
    return output;
  }

  conv(
    x: string,
    shape: { readonly from: number; readonly to: number; readonly kernel: number; readonly stride?: number; readonly group?: number },
  ): string {
    const { from, to, kernel, stride = 1, group = 1 } = shape;
    const fanIn = (from / group) * kernel * kernel;
    const at = this.nodes.length;
    // Channels differ in size, as they do in trained networks.
    const gains = Array.from({ length: to }, () => Math.exp(0.7 * this.#rng.normal()) * Math.sqrt(2 / fanIn));
    let i = 0;
    const weight = this.constant(`w${at}`, [to, from / group, kernel, kernel], (normal) => normal * (gains[Math.floor(i++ / fanIn)] ?? 1));
    const pad = (kernel - 1) / 2;
    const attributes = { group, kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] };
    return this.node('Conv', [x, weight, this.constant(`b${at}`, [to], (normal) => normal * 0.1)], { name: 'conv', attributes });
  }

  norm(x: string, channels: number): string {
    const at = this.nodes.length;
    const gamma = this.constant(`gamma${at}`, [channels], (normal) => 1 + normal * 0.2);
    const beta = this.constant(`beta${at}`, [channels], (normal) => normal * 0.1);
    const mean = this.constant(`mean${at}`, [channels], (normal) => normal * 0.1);
    const variance = this.constant(`variance${at}`, [channels], (normal) => 1 + Math.abs(normal) * 0.5);
    return this.node('BatchNormalization', [x, gamma, beta, mean, variance], { name: 'norm' });
  }

  relu6(x: string): string {
    return this.node(
      'Clip',
      [x, this.constant(`low${this.nodes.length}`, [], () => 0), this.constant(`high${this.nodes.length}`, [], () => 6)],
      {
        name: 'relu6',
      },
    );
  }

  model(inputDims: readonly (number | string)[], output: string, opset = 13): Model {
    return buildModel({
      name: 'test',
      opset,
      inputs: [{ name: 'image', type: 'float32', dims: inputDims }],
      outputs: [{ name: output, type: 'float32' }],
      nodes: this.nodes,
      constants: this.constants,
    });
  }
}

/** A residual network as classifiers are: stem, residual block, depthwise, pointwise, pooling, dense; 10 classes from 3 x 16 x 16. */
export function smallNet(seed = 1, { norms = true }: { readonly norms?: boolean } = {}): Model {
  const net = new NetWriter(seed);
  const normed = (x: string, channels: number): string => (norms ? net.norm(x, channels) : x);
  const stem = net.node('Relu', [normed(net.conv('image', { from: 3, to: 8, kernel: 3 }), 8)]);
  const first = net.node('Relu', [normed(net.conv(stem, { from: 8, to: 8, kernel: 3 }), 8)]);
  const second = normed(net.conv(first, { from: 8, to: 8, kernel: 3 }), 8);
  const block = net.node('Relu', [net.node('Add', [second, stem])]);
  const depthwise = net.relu6(normed(net.conv(block, { from: 8, to: 8, kernel: 3, stride: 2, group: 8 }), 8));
  const pointwise = net.node('Relu', [normed(net.conv(depthwise, { from: 8, to: 16, kernel: 1 }), 16)]);
  const pooled = net.node('MaxPool', [pointwise], { attributes: { kernel_shape: [2, 2], strides: [2, 2] } });
  const flat = net.node('Flatten', [net.node('GlobalAveragePool', [pooled])]);
  const weight = net.constant('dense_w', [10, 16], (normal) => normal * 0.5);
  const bias = net.constant('dense_b', [10], (normal) => normal * 0.1);
  const logits = net.node('Gemm', [flat, weight, bias], { attributes: { transB: 1 } });
  return net.model(['batch', 3, 16, 16], logits);
}

/** Images with a pattern each: noise alone averages out in the poolings and every answer would be the same. */
export function images(
  count: number,
  { seed = 2, dims = [1, 3, 16, 16] }: { readonly seed?: number; readonly dims?: readonly number[] } = {},
): Tensor[] {
  const rng = seededRng(seed);
  const size = dims.reduce((product, dim) => product * dim, 1);
  const width = dims.at(-1) ?? 1;
  const plane = width * (dims.at(-2) ?? 1);
  return Array.from({ length: count }, () => {
    const waves = Array.from({ length: size / plane }, () => [rng.normal(), rng.next() * 2, rng.next() * 2, rng.normal()] as const);
    const data = Float32Array.from({ length: size }, (_, i) => {
      const [height, across, down, level] = waves[Math.floor(i / plane)] ?? [0, 0, 0, 0];
      return level + height * Math.sin(across * (i % width) + down * Math.floor((i % plane) / width)) + rng.normal() * 0.3;
    });
    return { type: 'float32', dims, data };
  });
}

export function calibrationOf(input: string, all: readonly Tensor[]): Calibration {
  return { input, count: all.length, batches: () => all };
}

export function contextFor(model: Model, more: Partial<PassContext> = {}): PassContext {
  const input = model.graph.inputs[0]?.name ?? '';
  return {
    runtime,
    threads: 1,
    calibration: calibrationOf(input, images(16)),
    original: model,
    rng: seededRng(1),
    signal: new AbortController().signal,
    progress: () => {},
    ...more,
  };
}

/** A pass as its tests use it: arguments from a recipe of one step, and what it makes of a model with forty calibration images. */
export function trying(pass: Pass) {
  const argsOf = (recipe: string): Arguments => {
    const [step] = parseRecipe(recipe);
    if (!step) throw new Error('no step');
    return completeArguments(step, pass);
  };
  const apply = async (model: Model, recipe: string, context: Partial<PassContext> = {}): Promise<PassResult> => {
    const args = argsOf(recipe);
    const refusal = pass.requires(model, args);
    if (refusal) throw new Error(refusal.why);
    const result = await pass.apply(model, args, contextFor(model, { calibration: calibrationOf('image', images(40)), ...context }));
    if (isRefusal(result)) throw new Error(result.why);
    verifyModel(result.model);
    return result;
  };
  return { argsOf, apply };
}

/** How clearly a changed model still gives the answers of the first, in dB, on images that nothing was fitted on. */
export async function clearnessOf(model: Model, changed: Model): Promise<number> {
  const others = images(24, { seed: 77 });
  return signalToNoise(await answersOf(model, others), await answersOf(changed, others));
}

/** The first output for each image. `disabled` computes what the graph says; `all` what the runtime makes of it. */
export async function answersOf(
  model: Model,
  all: readonly Tensor[],
  optimization: 'all' | 'disabled' = 'disabled',
): Promise<Float32Array[]> {
  const files = { graph: encodeModel(model), externalData: new Map<string, Uint8Array>() };
  const session = await runtime.open(files, { provider: 'cpu', threads: 1, optimization });
  try {
    const answers: Float32Array[] = [];
    for (const image of all) {
      const results = await session.run({ [session.inputs[0]?.name ?? '']: image });
      const data = results[session.outputs[0]?.name ?? '']?.data;
      if (data instanceof Float32Array) answers.push(data);
    }
    return answers;
  } finally {
    await session.close();
  }
}

/** How many nodes of each operator onnxruntime runs after its rewriting. */
export async function fusedOps(model: Model): Promise<Readonly<Record<string, number>>> {
  const files = { graph: encodeModel(model), externalData: new Map<string, Uint8Array>() };
  const bytes = await runtime.optimized(files, { provider: 'cpu', threads: 1, optimization: 'all' });
  const counts: Record<string, number> = {};
  if (bytes) for (const node of decodeModel(bytes).graph.nodes) counts[node.op] = (counts[node.op] ?? 0) + 1;
  return counts;
}

/** 10 log10 of signal to squared difference, over all answers. */
export function signalToNoise(wanted: readonly Float32Array[], got: readonly Float32Array[]): number {
  let signal = 0;
  let noise = 0;
  wanted.forEach((answer, i) => {
    answer.forEach((value, j) => {
      signal += value * value;
      noise += (value - (got[i]?.[j] ?? 0)) ** 2;
    });
  });
  return 10 * Math.log10(signal / noise);
}

/** Share of images with the same class; ties go to the lower index. */
export function agreement(wanted: readonly Float32Array[], got: readonly Float32Array[]): number {
  const classOf = (answer: Float32Array | undefined): number => (answer ? answer.indexOf(Math.max(...answer)) : -1);
  return wanted.filter((answer, i) => classOf(answer) === classOf(got[i])).length / wanted.length;
}

export function largestDifference(wanted: readonly Float32Array[], got: readonly Float32Array[]): number {
  let largest = 0;
  wanted.forEach((answer, i) => {
    answer.forEach((value, j) => {
      largest = Math.max(largest, Math.abs(value - (got[i]?.[j] ?? Number.NaN)));
      if (Number.isNaN(got[i]?.[j] ?? Number.NaN)) largest = Number.NaN;
    });
  });
  return largest;
}

/** The folder of real models and images; undefined where it is not there. */
export const lab: string | undefined = findLab('libs/compress');

export const labModel = (file: string): Model => decodeModel(new Uint8Array(readFileSync(`${lab}/data/models/${file}`)));
