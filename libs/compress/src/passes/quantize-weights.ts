/**
 * Before: x -> Conv(W) -> y
 * After:  x -> Conv(Mul(Cast(W8), s)) -> y          form=expand
 *         x -> Conv(DequantizeLinear(W8, s)) -> y   form=dequantize
 *
 * W8 = round(W / s),  s = max |W| / 127 for each output channel or the whole tensor (/ 7 in 4 bits, and less with scale=mse)
 * rounding=adaptive: so that the outputs of a layer move least (round-adaptively.ts), and biases take back the mean (correct-bias.ts).
 * bits=4: 15 levels, still a byte each, which `packModel` codes in some 3.4 bits; coarser with step > 1, and smaller.
 *
 * A quarter of the file; activations and arithmetic stay float.
 * expand: runtimes compute Cast and Mul of constants once, when they load the model: as fast as the original, and as large in memory.
 * dequantize: runtimes keep the weights small and expand them at every run: smaller in memory, and slower (0.44x for mobilenetv2).
 *
 * Conditions
 * 1. The weight is the constant float32 weight of a Conv, ConvTranspose, Gemm or MatMul, with at least 128 numbers.
 * 2. No other kind of node reads it, and no layer whose output channels lie on another axis.
 * 3. form=dequantize per channel needs opset 13: older models are raised; so are they for rounding=adaptive, which needs calibration images.
 */
import { isRefusal, type Refusal, refuse } from '@fleetfit/core';
import {
  type Arguments,
  type Change,
  constantOf,
  editModel,
  floatsOf,
  type GraphEditor,
  type GraphView,
  type Model,
  type Pass,
  type PassContext,
  type PassResult,
  viewOf,
} from '@fleetfit/onnx';
import type { Argument, Knob } from '@fleetfit/space';
import { type CalibrationContext, layerCovariances } from '../calibrate.ts';
import { argumentKnob, precisionKnob } from '../precision-knobs.ts';
import { type QuantizedTensor, quantizeTensor, type TensorGrid } from '../quantize-tensor.ts';
import { type RoundedLayer, roundLayers } from '../round-layers.ts';
import { foldingFirst, type StoredWeight, storedWeightOf } from '../stored-weight.ts';
import { weightedLayerOf } from '../weighted-layer.ts';
import { raisedModel, whyNotRaised } from './raise-opset.ts';

/** Weights in a quarter of the bytes. */
export const quantizeWeights: Pass = {
  word: 'quantize-weights',
  about: 'Store weights in 8 bits, or 4; compute in floats',
  parameters: [
    { key: 'bits', about: 'bits of a stored weight', values: [8, 4], default: 8 },
    { key: 'per', about: 'one scale per channel or per tensor', values: ['channel', 'tensor'], default: 'channel' },
    {
      key: 'form',
      about: 'expand: once, when the model loads; dequantize: at every run',
      values: ['expand', 'dequantize'],
      default: 'expand',
    },
    {
      key: 'rounding',
      about: 'to nearest, or so that the outputs of the layer move least (needs calibration images)',
      values: ['nearest', 'adaptive'],
      default: 'nearest',
    },
    { key: 'scale', about: 'the largest weight is the last step, or the squared error is least', values: ['max', 'mse'], default: 'max' },
    { key: 'step', about: 'times the step: above 1 coarser, and smaller when packed', values: 'number', default: 1 },
  ],
  sentence: ({ bits, per, form }) =>
    `Weights stored in ${bits} bits per ${per}, computed in 32-bit float, expanded ${form === 'expand' ? 'when the model loads' : 'at every run'}`,
  knobs,
  requires,
  apply: storeWeights,
};

function knobs(model: Model): readonly Knob[] {
  const of = { word: 'quantize-weights', level: 'int8-weights' };
  return [
    precisionKnob({ name: of.level, label: '8-bit weights', steps: [...foldingFirst(model).steps, { word: of.word, args: { bits: 8 } }] }),
    argumentKnob(of, {
      key: 'per',
      label: 'Weight scales',
      levels: new Map<Argument, string>([
        ['channel', 'per channel'],
        ['tensor', 'per tensor'],
      ]),
    }),
  ];
}

function requires(model: Model, { form, rounding, step }: Arguments): Refusal | undefined {
  if (!(Number(step) >= 1 && Number(step) <= 2)) return refuse(`step=${step} is not in 1..2`);
  const unraised = form === 'dequantize' || rounding === 'adaptive' ? whyNotRaised(model) : undefined;
  if (unraised) return unraised;
  const { weights, refusals } = storable(viewOf(model));
  if (weights.length > 0) return undefined;
  const [first] = refusals;
  return refuse(`no weight can be stored in 8 bits${first?.kind === 'refused' ? `; ${first.layer}: ${first.why}` : ''}`);
}

async function storeWeights(model: Model, args: Arguments, context: PassContext): Promise<PassResult | Refusal> {
  const { form, rounding } = args;
  const { calibration } = context;
  const adapts = rounding === 'adaptive';
  if (adapts && !(calibration && calibration.count > 0)) return refuse('there are no calibration images to round the weights by');
  const prepared = form === 'dequantize' || adapts ? raisedModel(model) : { model, changes: [] };
  const { weights, refusals } = storable(viewOf(prepared.model));
  const rounded =
    adapts && calibration ? await roundedLayers(prepared.model, args, { ...context, calibration }) : new Map<string, RoundedLayer>();
  const origins = new Map<string, string>();
  const stored = editModel(prepared.model, (graph) => {
    for (const { weight, axis, id } of weights) {
      const grid = gridOf(weight.dims, axis, args);
      const its = rounded.get(id);
      if (its) replaceBias(id, its, graph);
      const names = writeStored(graph, { name: weight.name, grid, stored: its?.stored ?? quantizeTensor(floatsOf(weight), grid), form });
      for (const name of names) origins.set(name, id);
    }
  });
  const what = (name: string): string => `"${name}" stored in ${args.bits} bits`;
  const changes = weights.map(({ id, weight }): Change => ({ kind: 'changed', layer: id, what: what(weight.name) }));
  return { model: stored, changes: [...prepared.changes, ...changes, ...refusals], origins };
}

const gridOf = (dims: readonly number[], axis: number | undefined, { bits, per, scale, step }: Arguments): TensorGrid => ({
  dims,
  axis: per === 'channel' ? axis : undefined,
  bits: bits === 4 ? 4 : 8,
  scale: scale === 'mse' ? 'mse' : 'max',
  step: Number(step),
});

/** Layers whose input columns are known, by id. */
async function roundedLayers(model: Model, args: Arguments, context: CalibrationContext): Promise<ReadonlyMap<string, RoundedLayer>> {
  const graph = viewOf(model);
  const layers = graph.nodes.flatMap((node) => {
    const layer = isRefusal(storedWeightOf(node, graph)) ? undefined : weightedLayerOf(node, graph);
    return layer && !isRefusal(layer) && graph.usersOf(layer.weight.name).length === 1 ? [layer] : [];
  });
  const { bits, scale, step = 1 } = gridOf([], undefined, args);
  const covariances = await layerCovariances(
    model,
    layers.map(({ id }) => id),
    context,
  );
  return roundLayers(
    layers.filter(({ id }) => covariances.has(id)),
    {
      bits,
      per: args.per === 'tensor' ? 'tensor' : 'channel',
      scale: scale ?? 'max',
      step,
      covariances,
      corrects: true,
      means: new Map(),
      quantizers: new Map(),
    },
    { signal: context.signal, progress: () => {} },
  );
}

function replaceBias(id: string, { bias }: RoundedLayer, graph: GraphEditor): void {
  const node = graph.nodes.find((each) => graph.idOf(each) === id);
  if (!bias || !node) return;
  const name = graph.freshName(`${node.inputs[2] || node.inputs[1]}_corrected`);
  graph.setConstant(constantOf(name, [bias.length], bias));
  const { op, outputs, attributes, inputs } = node;
  graph.replace(node, { name: node.name, op, outputs, attributes, inputs: [...inputs.slice(0, 2), name] });
}

/** Every weight once, and why others stay as they are. */
function storable(graph: GraphView): { readonly weights: readonly StoredWeight[]; readonly refusals: readonly Change[] } {
  const weights = new Map<string, StoredWeight>();
  const refusals: Change[] = [];
  for (const node of graph.nodes) {
    const found = storedWeightOf(node, graph);
    if (isRefusal(found)) {
      if (graph.constant(node.inputs[1] ?? '') && /^(Conv|ConvTranspose|Gemm|MatMul)$/.test(node.op))
        refusals.push({ kind: 'refused', layer: graph.idOf(node), why: found.why });
      continue;
    }
    const others = graph.usersOf(found.weight.name).map((user) => storedWeightOf(user, graph));
    const agree = others.every((other) => !isRefusal(other) && other.weight.name === found.weight.name && other.axis === found.axis);
    if (agree) weights.set(found.weight.name, weights.get(found.weight.name) ?? found);
    else refusals.push({ kind: 'refused', layer: found.id, why: `its weight "${found.weight.name}" is read in other ways too` });
  }
  return { weights: [...weights.values()], refusals };
}

interface Written {
  readonly name: string;
  readonly grid: { readonly dims: readonly number[]; readonly axis: number | undefined };
  readonly stored: QuantizedTensor;
  readonly form: Argument | undefined;
}

/** Returns the names of the nodes that expand the weight. */
function writeStored(graph: GraphEditor, { name, grid, stored, form }: Written): readonly string[] {
  const { dims, axis } = grid;
  const [values = '', scale = '', whole = '', expanded = ''] = ['int8', 'scale', 'whole', 'float32'].map((what) =>
    graph.freshName(`${name}_${what}`),
  );
  graph.setConstant(constantOf(values, dims, stored.values));
  graph.replaceUses(name, expanded);
  if (form === 'dequantize') {
    graph.setConstant(constantOf(scale, axis === undefined ? [] : [stored.scales.length], stored.scales));
    graph.add({
      name: expanded,
      op: 'DequantizeLinear',
      inputs: [values, scale],
      outputs: [expanded],
      attributes: axis === undefined ? {} : { axis },
    });
    return [expanded];
  }
  // Aligned for broadcasting: the channels at their axis, 1 on the axes behind it.
  const scaleDims = axis === undefined ? [] : [stored.scales.length, ...dims.slice(axis + 1).map(() => 1)];
  graph.setConstant(constantOf(scale, scaleDims, stored.scales));
  graph.add({ name: whole, op: 'Cast', inputs: [values], outputs: [whole], attributes: { to: 1 } });
  graph.add({ name: expanded, op: 'Mul', inputs: [whole, scale], outputs: [expanded] });
  return [whole, expanded];
}
