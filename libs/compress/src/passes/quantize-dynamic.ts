/**
 * Before: x -> Gemm(W, b) -> y
 * After:  x -> DynamicQuantizeLinear -> (q, s_x, z_x)
 *         MatMulInteger(q, W8, z_x) -> Cast -> Mul(s_x s_w) -> Add(b) -> y
 *
 * The range of an activation is measured at every run: no calibration images are needed, and no range is ever wrong.
 * W8 = round(W / s_w),  s_w = max |W| / 63 (or / 127) for each output channel or the whole tensor.
 * 7 bits are the default: no device is known here, and with 8 the multiply of CPUs without VNNI overflows.
 *
 * onnxruntime fuses the dense form into one kernel. With layers=all, Conv becomes ConvInteger, Cast, Mul and Add, which it does not:
 * four to nine times slower than float, so the space offers dense layers alone.
 *
 * Conditions
 * 1. Opset 11 or more, or older and raisable: models are prepared as for `quantize`.
 * 2. A layer's weight (128 numbers or more) and bias are float32 constants.
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
  type NewNode,
  type Pass,
  type PassResult,
  viewOf,
} from '@fleetfit/onnx';
import type { Argument, Knob } from '@fleetfit/space';
import { argumentKnob, precisionKnob } from '../precision-knobs.ts';
import { preparedForIntegers, whyNotPrepared } from '../prepare-graph.ts';
import { quantizeTensor } from '../quantize-tensor.ts';
import { SMALLEST_WEIGHT } from '../stored-weight.ts';
import { type WeightedLayer, weightedLayerOf } from '../weighted-layer.ts';

/** 8-bit layers whose ranges are found at every run. */
export const quantizeDynamic: Pass = {
  word: 'quantize-dynamic',
  about: '8-bit layers with ranges found at every run: no calibration images needed',
  parameters: [
    { key: 'bits', about: 'bits of the weights; 8 overflows on CPUs without VNNI', values: [7, 8], default: 7 },
    { key: 'per', about: 'one weight scale per channel or per tensor', values: ['channel', 'tensor'], default: 'channel' },
    {
      key: 'layers',
      about: 'dense layers only, or convolutions too (usually slower than float)',
      values: ['all', 'dense'],
      default: 'all',
    },
  ],
  sentence: ({ bits, per, layers }) =>
    `8-bit ${layers === 'all' ? 'layers' : 'dense layers'}, ${bits}-bit weights per ${per}, ranges found at every run`,
  knobs,
  requires,
  apply: async (model, args) => quantizeDynamically(model, args),
};

function knobs(model: Model): readonly Knob[] {
  const of = { word: 'quantize-dynamic', level: 'int8-dynamic' };
  // Convolutions with ranges found at every run are four to nine times slower than in float: only dense layers are worth a try.
  if (quantizable(viewOf(preparedForIntegers(model).model), 'dense').layers.length === 0) return [];
  const per = argumentKnob(of, {
    key: 'per',
    label: 'Weight scales',
    levels: new Map<Argument, string>([
      ['channel', 'per channel'],
      ['tensor', 'per tensor'],
    ]),
  });
  const steps = [{ word: of.word, args: { bits: 7, layers: 'dense' } }];
  return [precisionKnob({ name: of.level, label: '8-bit dense layers, ranges at every run', steps }), per];
}

function requires(model: Model, { layers }: Arguments): Refusal | undefined {
  const unprepared = whyNotPrepared(model);
  if (unprepared) return unprepared;
  const found = quantizable(viewOf(preparedForIntegers(model).model), layers);
  return found.layers.length > 0
    ? undefined
    : refuse(`the model has no ${layers === 'all' ? 'convolution or dense layer' : 'dense layer'} with constant float32 weights`);
}

function quantizeDynamically(model: Model, { bits, per, layers }: Arguments): PassResult {
  const prepared = preparedForIntegers(model);
  const found = quantizable(viewOf(prepared.model), layers);
  const origins = new Map<string, string>();
  const quantized = editModel(prepared.model, (graph) => {
    const inputs = new Map<string, DynamicInput>();
    for (const layer of found.layers)
      writeLayer(layer, { graph, inputs, origins, perChannel: per === 'channel', bits: bits === 8 ? 8 : 7 });
  });
  const changes = found.layers.map(({ id, op }): Change => ({ kind: 'changed', layer: id, what: `${op} computes in integers` }));
  return { model: quantized, changes: [...prepared.changes, ...changes, ...found.refusals], origins };
}

function quantizable(graph: GraphView, layers: Argument | undefined): { layers: readonly WeightedLayer[]; refusals: readonly Change[] } {
  const found: WeightedLayer[] = [];
  const refusals: Change[] = [];
  for (const node of graph.nodes) {
    if (!(layers === 'all' ? ['Conv', 'Gemm', 'MatMul'] : ['Gemm', 'MatMul']).includes(node.op)) continue;
    const layer = weightedLayerOf(node, graph);
    if (isRefusal(layer)) refusals.push({ kind: 'refused', layer: graph.idOf(node), why: layer.why });
    else if (floatsOf(layer.weight).length < SMALLEST_WEIGHT)
      refusals.push({
        kind: 'refused',
        layer: layer.id,
        why: `its weight "${layer.weight.name}" has only ${floatsOf(layer.weight).length} numbers`,
      });
    else found.push(layer);
  }
  return { layers: found, refusals };
}

interface DynamicInput {
  readonly values: string;
  readonly scale: string;
  readonly zero: string;
}

interface Writer {
  readonly graph: GraphEditor;
  /** By value: an activation that several layers read is quantized once. */
  readonly inputs: Map<string, DynamicInput>;
  readonly origins: Map<string, string>;
  readonly perChannel: boolean;
  readonly bits: 8 | 7;
}

function writeLayer(layer: WeightedLayer, writer: Writer): void {
  const { graph, origins } = writer;
  const { node, id, op } = layer;
  const [y = ''] = node.outputs;
  const x = dynamicInput(layer, writer);
  const weights = integerWeights(layer, writer);
  const bias = biasOf(layer, graph);
  const fresh = (what: string): string => graph.freshName(`${y}_${what}`);
  const [sums, floats, scales, unbiased] = [fresh('sums'), fresh('floats'), fresh('scales'), bias ? fresh('scaled') : y];
  const write = (name: string, from: Omit<NewNode, 'name' | 'outputs'>): void => {
    graph.add({ ...from, name: `${name}_of`, outputs: [name] });
    origins.set(`${name}_of`, id);
  };
  write(scales, { op: 'Mul', inputs: [x.scale, weights.scale] });
  write(floats, { op: 'Cast', inputs: [sums], attributes: { to: 1 } });
  const integer = { inputs: [x.values, weights.values, x.zero], outputs: [sums] };
  if (op === 'Conv') graph.replace(node, { ...integer, name: node.name, op: 'ConvInteger', attributes: node.attributes });
  else graph.replace(node, { ...integer, name: node.name, op: 'MatMulInteger' });
  write(unbiased, { op: 'Mul', inputs: [floats, scales] });
  if (bias) write(y, { op: 'Add', inputs: [unbiased, bias] });
}

function dynamicInput({ input, id }: WeightedLayer, { graph, inputs, origins }: Writer): DynamicInput {
  const before = inputs.get(input);
  if (before) return before;
  const [values = '', scale = '', zero = ''] = ['quantized', 'scale', 'zero'].map((what) => graph.freshName(`${input}_${what}`));
  const name = graph.freshName(`${input}_quantize`);
  graph.add({ name, op: 'DynamicQuantizeLinear', inputs: [input], outputs: [values, scale, zero] });
  origins.set(name, id);
  inputs.set(input, { values, scale, zero });
  return { values, scale, zero };
}

/** MatMulInteger takes (from, to); the scales of a convolution stand before its two (or more) spatial axes. */
function integerWeights(layer: WeightedLayer, { graph, perChannel, bits }: Writer): { values: string; scale: string } {
  const { weight, axis, op } = layer;
  const grid = { dims: weight.dims, axis: perChannel ? axis : undefined, bits };
  const stored = quantizeTensor(floatsOf(weight), grid);
  const isTransposed = op === 'Gemm' && axis === 0;
  const dims = isTransposed ? [...weight.dims].reverse() : weight.dims;
  const [values, scale] = [graph.freshName(`${weight.name}_int8`), graph.freshName(`${weight.name}_scale`)];
  graph.setConstant(constantOf(values, dims, isTransposed ? transposed(stored.values, dims) : stored.values));
  const spatial = op === 'Conv' ? weight.dims.slice(2).map(() => 1) : [];
  graph.setConstant(constantOf(scale, perChannel ? [stored.scales.length, ...spatial] : [], stored.scales));
  return { values, scale };
}

function transposed(values: Int8Array, [rows = 1, columns = 1]: readonly number[]): Int8Array {
  return Int8Array.from({ length: values.length }, (_, i) => values[(i % columns) * rows + Math.floor(i / columns)] ?? 0);
}

function biasOf({ bias, op, weight }: WeightedLayer, graph: GraphEditor): string | undefined {
  if (!bias) return undefined;
  if (op !== 'Conv') return bias.name;
  const name = graph.freshName(`${bias.name}_spread`);
  graph.setConstant({ ...bias, name, dims: [...bias.dims, ...weight.dims.slice(2).map(() => 1)] });
  return name;
}
