/**
 * Before: x -> Conv(W, b) -> y -> BatchNormalization(gamma, beta, mu, var) -> z
 * After:  x -> Conv(W', b') -> z
 *
 * s = gamma / sqrt(var + epsilon),  W' = W s (per output channel),  b' = (b - mu) s + beta
 *
 * The same for ConvTranspose of one group, and for Gemm (whose alpha commutes with s).
 *
 * Conditions
 * 1. The norm is in its inference form: one output, not training, `spatial`.
 * 2. Its input is made by a Conv, ConvTranspose or Gemm, and nobody else reads it: other readers want y as it is.
 * 3. Weight and bias are float32 constants, and no other node reads the weight.
 * 4. gamma, beta, mu and var are float32 constants with one number for each output channel.
 */
import { isRefusal, type Refusal, refuse } from '@fleetfit/core';
import {
  type Constant,
  constantOf,
  encodeModel,
  floatAttribute,
  floatsOf,
  type GraphView,
  intAttribute,
  type Model,
  type Node,
  type Pass,
  type Rule,
  viewOf,
} from '@fleetfit/onnx';
import type { Knob } from '@fleetfit/space';
import { precisionKnob } from '../precision-knobs.ts';
import { channelOfElement } from '../quantize-tensor.ts';
import { rewriteModel } from '../rewrite-model.ts';

interface FoldableNorm {
  readonly norm: Node;
  readonly conv: Node;
  readonly id: string;
  readonly weight: Constant;
  readonly bias: Constant | undefined;
  readonly axis: number;
  readonly normalization: Normalization;
}

/** z = s y + t for each channel. */
interface Normalization {
  readonly s: Float64Array;
  readonly mu: Float32Array;
  readonly beta: Float32Array;
}

/** Conv -> BatchNormalization becomes Conv alone. */
const foldBatchNormRule: Rule<FoldableNorm> = {
  name: 'fold-batch-norm',
  match(norm, graph) {
    if (norm.op !== 'BatchNormalization' || norm.domain !== '') return refuse('not a BatchNormalization');
    const form = inferenceForm(norm);
    if (form) return form;
    const [reads = ''] = norm.inputs;
    const conv = graph.nodeMaking(reads);
    if (!conv || !FOLDS_INTO.has(conv.op))
      return refuse(`its input "${reads}" is made by ${conv ? `a ${conv.op}` : 'no node'}, not by a Conv`);
    if (graph.isOutput(reads)) return refuse(`its input "${reads}" is also a graph output`);
    const readers = graph.usersOf(reads).length;
    if (readers > 1) return refuse(`its input "${reads}" is read by ${readers} nodes`);
    const weights = weightsOf(conv, graph);
    if (isRefusal(weights)) return weights;
    const normalization = normalizationOf(norm, graph, weights.weight.dims[weights.axis] ?? 0);
    if (isRefusal(normalization)) return normalization;
    return { norm, conv, id: graph.idOf(conv), normalization, ...weights };
  },
  rewrite({ norm, conv, id, weight, bias, axis, normalization }, graph) {
    const foldedWeight = graph.freshName(`${weight.name}_folded`);
    const foldedBias = graph.freshName(bias ? `${bias.name}_folded` : `${weight.name}_bias`);
    graph.setConstant(constantOf(foldedWeight, weight.dims, scaleChannels(weight, axis, normalization.s)));
    graph.setConstant(constantOf(foldedBias, [normalization.s.length], shiftedBias(bias, normalization)));
    graph.remove(norm);
    const { op, attributes, inputs } = conv;
    graph.replace(conv, {
      name: id,
      op,
      attributes,
      inputs: [inputs[0] ?? '', foldedWeight, foldedBias],
      outputs: [norm.outputs[0] ?? ''],
    });
  },
};

const FOLDS_INTO = new Set(['Conv', 'ConvTranspose', 'Gemm']);

function inferenceForm(norm: Node): Refusal | undefined {
  if (intAttribute(norm, 'training_mode', 0) !== 0) return refuse('it is in training mode');
  if (intAttribute(norm, 'spatial', 1) !== 1) return refuse('it normalizes each pixel on its own (spatial=0)');
  if (norm.outputs.filter((output) => output !== '').length > 1) return refuse('it has outputs for training');
  return undefined;
}

function weightsOf(conv: Node, graph: GraphView): Pick<FoldableNorm, 'weight' | 'bias' | 'axis'> | Refusal {
  const [, weightName = '', biasName = ''] = conv.inputs;
  const weight = graph.constant(weightName);
  const bias = graph.constant(biasName);
  if (weight?.type !== 'float32' || weight.data.kind !== 'raw')
    return refuse(`weight "${weightName}" is not a float32 constant in this file`);
  if (biasName !== '' && bias?.type !== 'float32') return refuse(`bias "${biasName}" is not a float32 constant`);
  const readers = graph.usersOf(weightName).length;
  if (readers > 1) return refuse(`weight "${weightName}" is shared: ${readers} nodes read it`);
  if (conv.op === 'Conv') return { weight, bias, axis: 0 };
  if (conv.op === 'Gemm') {
    if (bias && floatAttribute(conv, 'beta', 1) !== 1) return refuse('the Gemm before it scales its bias');
    return { weight, bias, axis: intAttribute(conv, 'transB', 0) === 1 ? 0 : 1 };
  }
  const groups = intAttribute(conv, 'group', 1);
  return groups === 1 ? { weight, bias, axis: 1 } : refuse(`the ConvTranspose before it has ${groups} groups`);
}

function normalizationOf(norm: Node, graph: GraphView, channels: number): Normalization | Refusal {
  const [gamma, beta, mu, variance] = norm.inputs.slice(1, 5).map((name) => graph.constant(name));
  if (!gamma || !beta || !mu || !variance) return refuse('a parameter of it is computed, not constant');
  for (const parameter of [gamma, beta, mu, variance])
    if (parameter.type !== 'float32' || parameter.dims.length !== 1 || parameter.dims[0] !== channels)
      return refuse(`its parameter "${parameter.name}" is ${parameter.type}[${parameter.dims.join(',')}], not float32[${channels}]`);
  const epsilon = floatAttribute(norm, 'epsilon', 1e-5);
  const g = floatsOf(gamma);
  const s = Float64Array.from(floatsOf(variance), (v, c) => (g[c] ?? 0) / Math.sqrt(v + epsilon));
  return { s, mu: floatsOf(mu), beta: floatsOf(beta) };
}

function scaleChannels(weight: Constant, axis: number, s: Float64Array): Float32Array {
  const channelOf = channelOfElement(weight.dims, axis);
  return floatsOf(weight).map((w, i) => w * (s[channelOf(i)] ?? 0));
}

/** b' = (b - mu) s + beta */
function shiftedBias(bias: Constant | undefined, { s, mu, beta }: Normalization): Float32Array {
  const b = bias ? floatsOf(bias) : undefined;
  const at = (c: number): number => b?.[b.length === 1 ? 0 : c] ?? 0;
  return Float32Array.from(s, (scale, c) => (at(c) - (mu[c] ?? 0)) * scale + (beta[c] ?? 0));
}

/** Folds batch normalization into the convolution before it: the same function, with fewer nodes and constants. */
export const foldBatchNorm: Pass = {
  word: 'fold-batch-norm',
  about: 'Merge every batch normalization into the convolution before it (exact up to rounding)',
  parameters: [],
  sentence: () => 'Batch normalization folded into the convolutions',
  knobs,
  requires: () => undefined,
  apply: async (model) => foldBatchNorms(model),
};

function knobs(model: Model): readonly Knob[] {
  if (!hasFoldableNorm(model)) return [];
  const bytes = encodeModel(foldBatchNorms(model).model).length;
  return [
    precisionKnob({
      name: 'float32-folded',
      label: '32-bit float, batch norm folded',
      steps: [{ word: 'fold-batch-norm', args: {} }],
      bytes,
    }),
  ];
}

/** Whether a model has a batch normalization that could be folded. */
export const hasFoldableNorm = (model: Model): boolean => {
  const graph = viewOf(model);
  return graph.nodes.some((node) => !isRefusal(foldBatchNormRule.match(node, graph)));
};

/** The pass without a context: other passes fold first. */
export const foldBatchNorms = (model: Model): ReturnType<typeof rewriteModel> =>
  rewriteModel(model, {
    rule: foldBatchNormRule,
    about: ['BatchNormalization'],
    tells: ({ id, norm }) => ({ layer: id, what: `${norm.name || norm.outputs[0]} folded in` }),
  });
