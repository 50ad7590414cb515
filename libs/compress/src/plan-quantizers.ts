import { isRefusal } from '@fleetfit/core';
import { type Change, floatsOf, type GraphView, type Node, stringAttribute } from '@fleetfit/onnx';
import { findHeads, type Heads } from './find-heads.ts';
import { type WeightedLayer, weightedLayerOf } from './weighted-layer.ts';

/** Where an activation becomes 8 bits wide. */
export interface QuantizedValue {
  /** The value, behind the activation function that its quantizer implies. */
  readonly value: string;
  /** The value whose range it has: itself, or what a pooling or reshaping node made it from. */
  readonly rangeOf: string;
  /** `integer`: by a node that computes in integers, so every reader reads the quantized value. */
  readonly made: 'integer' | 'float';
  /** Relu or Clip in front of the quantizer, which clips by itself: deleted. */
  readonly absorbs: Absorbed | undefined;
}

interface Absorbed {
  readonly node: Node;
  /** What it reads. */
  readonly from: string;
  /** Its upper end: infinite for Relu. */
  readonly high: number;
}

/** What a static quantization does to a graph. */
export interface QuantizerPlan {
  readonly layers: ReadonlyMap<Node, WeightedLayer>;
  /** By name, in the order of the graph. */
  readonly values: ReadonlyMap<string, QuantizedValue>;
  /** Nodes that compute in integers and so read quantized values, by their first output. */
  readonly integer: ReadonlySet<string>;
  /** Layers that stay float although they could be quantized. */
  readonly float: ReadonlySet<Node>;
  readonly refusals: readonly Change[];
}

export interface PlanOptions {
  /** `float`: convolutions that read the image stay float, which is faster where their pixels dominate. */
  readonly stem: 'int8' | 'float';
  /** Layers, by id, that stay float. */
  readonly skip?: ReadonlySet<string>;
  /** Values that are not quantized, and why: what makes or reads them stays float. */
  readonly loud?: ReadonlyMap<string, string>;
}

/** Results keep the range of the input. */
const PASS_ON = new Set(['MaxPool', 'Reshape', 'Flatten', 'Transpose', 'Squeeze', 'Unsqueeze', 'Resize', 'Identity', 'Dropout', 'Gather']);
/** Results have a range of their own; one input. */
const OWN_RANGE = new Set(['GlobalAveragePool', 'AveragePool', 'Sigmoid', 'LeakyRelu']);
/** Several activations become one. */
const JOINS = new Set(['Add', 'Mul', 'Concat']);

/**
 * Decides where quantizers stand, so that onnxruntime finds the patterns it fuses into integer kernels:
 * convolutions and dense layers always; joins and poolings where what they read is made by integers already; answers never.
 * A float layer between a dequantizer and a quantizer would not stay float (the runtime quantizes its weights itself, coarsely),
 * so layers stay float only where they read the image or make an answer.
 */
export function planQuantizers(graph: GraphView, options: PlanOptions): QuantizerPlan {
  const plan: Plan = {
    graph,
    options,
    heads: findHeads(graph),
    layers: new Map(),
    values: new Map(),
    integer: new Set(),
    float: new Set(),
    refusals: [],
    untouched: new Set(graph.graph.inputs.map((input) => input.name)),
    absorbed: new Set(),
  };
  for (const node of graph.nodes) if (node.domain === '' && !plan.absorbed.has(node)) planNode(node, plan);
  return plan;
}

interface Plan {
  readonly graph: GraphView;
  readonly options: PlanOptions;
  readonly heads: Heads;
  readonly layers: Map<Node, WeightedLayer>;
  readonly values: Map<string, QuantizedValue>;
  readonly integer: Set<string>;
  readonly float: Set<Node>;
  readonly refusals: Change[];
  /** The image, and values made of it without any weights. */
  readonly untouched: Set<string>;
  readonly absorbed: Set<Node>;
}

function planNode(node: Node, plan: Plan): void {
  if (node.op === 'Conv' || node.op === 'Gemm' || node.op === 'MatMul') return planLayer(node, plan);
  const [x = ''] = node.inputs;
  const [y = ''] = node.outputs;
  const dynamic = node.inputs.filter((input) => input !== '' && !plan.graph.constant(input));
  if (dynamic.length > 0 && dynamic.every((input) => plan.untouched.has(input)))
    for (const output of node.outputs) plan.untouched.add(output);
  if (plan.heads(y)) return;
  if (passesOn(node)) {
    const from = plan.values.get(x);
    if (from?.made !== 'integer') return;
    plan.integer.add(y);
    plan.values.set(y, { value: y, rangeOf: from.rangeOf, made: 'integer', absorbs: undefined });
    return;
  }
  if (!computesInIntegers(node, dynamic, plan)) return;
  for (const input of dynamic) need(input, plan);
  plan.integer.add(y);
  makeInteger(y, plan);
}

function computesInIntegers(node: Node, dynamic: readonly string[], plan: Plan): boolean {
  const [y = ''] = node.outputs;
  const isJoin = JOINS.has(node.op) && dynamic.length === node.inputs.length;
  if (!isJoin && !OWN_RANGE.has(node.op)) return false;
  if (!dynamic.some((input) => plan.values.get(input)?.made === 'integer')) return false;
  return ![...dynamic, resultOf(y, plan)].some((value) => plan.options.loud?.has(value));
}

// Cubic interpolation overshoots the range of what it reads.
const passesOn = (node: Node): boolean =>
  PASS_ON.has(node.op) && !(node.op === 'Resize' && stringAttribute(node, 'mode', 'nearest') === 'cubic');

function planLayer(node: Node, plan: Plan): void {
  const layer = weightedLayerOf(node, plan.graph);
  const id = plan.graph.idOf(node);
  const refuse = (why: string): void => void plan.refusals.push({ kind: 'refused', layer: id, why });
  if (isRefusal(layer)) return refuse(layer.why);
  const [y = ''] = node.outputs;
  const stays = (why: string): void => {
    plan.float.add(node);
    refuse(why);
  };
  if (plan.options.skip?.has(id)) return stays('it was told to stay float (skip)');
  const loud = plan.options.loud?.get(layer.input) ?? plan.options.loud?.get(resultOf(y, plan));
  if (loud !== undefined) return stays(loud);
  const isStem = plan.untouched.has(layer.input);
  if (isStem && plan.options.stem === 'float' && layer.op === 'Conv') return refuse('it reads the image and stays float (stem=float)');
  const isHead = plan.heads(y);
  if (isHead && layer.op === 'Conv') return refuse('it makes an answer of the model, which stays float');
  need(layer.input, plan);
  plan.layers.set(node, layer);
  plan.integer.add(y);
  if (!isHead) makeInteger(y, plan);
}

/** A value that an integer node reads: quantized where it is read, if nothing made it so before. */
function need(value: string, plan: Plan): void {
  if (!plan.values.has(value)) plan.values.set(value, { value, rangeOf: value, made: 'float', absorbs: undefined });
}

/** The result of an integer node: its quantizer stands behind the Relu or Clip that follows, and takes over what that does. */
function makeInteger(y: string, plan: Plan): void {
  const absorbs = clippingAfter(y, plan);
  const value = absorbs?.node.outputs[0] ?? y;
  if (absorbs) plan.absorbed.add(absorbs.node);
  plan.values.set(value, { value, rangeOf: value, made: 'integer', absorbs });
}

/** What is quantized of a node's result: it, or what the Relu or Clip behind it makes of it. */
const resultOf = (y: string, plan: Plan): string => clippingAfter(y, plan)?.node.outputs[0] ?? y;

function clippingAfter(from: string, { graph, heads }: Plan): Absorbed | undefined {
  const [node, other] = graph.usersOf(from);
  if (!node || other || node.domain !== '' || graph.isOutput(from) || heads(node.outputs[0] ?? '')) return undefined;
  if (node.op === 'Relu') return { node, from, high: Number.POSITIVE_INFINITY };
  if (node.op !== 'Clip') return undefined;
  const [, low, high] = node.inputs.map((input) => graph.constant(input));
  if (!low || floatsOf(low)[0] !== 0) return undefined;
  if ((node.inputs[2] ?? '') !== '' && !high) return undefined;
  return { node, from, high: high ? (floatsOf(high)[0] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY };
}
