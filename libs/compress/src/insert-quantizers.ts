import { FleetError } from '@fleetfit/core';
import { type Constant, constantOf, editModel, type GraphEditor, type Model, type Node } from '@fleetfit/onnx';
import type { Quantizer } from './activation-range.ts';
import type { QuantizedValue, QuantizerPlan } from './plan-quantizers.ts';
import type { QuantizedTensor } from './quantize-tensor.ts';
import type { RoundedLayer } from './round-layers.ts';
import type { WeightedLayer } from './weighted-layer.ts';

interface QuantizerSettings {
  /** By value: the quantizer of every value that the plan names. */
  readonly quantizers: ReadonlyMap<string, Quantizer>;
  /** By id: the rounded weights and the bias of every layer of the plan. */
  readonly layers: ReadonlyMap<string, RoundedLayer>;
}

interface QuantizedModel {
  readonly model: Model;
  /** By id of a node that was inserted: the layer it belongs to. */
  readonly origins: ReadonlyMap<string, string>;
}

/** Writes a plan into a model: QuantizeLinear and DequantizeLinear around activations, DequantizeLinear behind integer weights. */
export function insertQuantizers(model: Model, plan: QuantizerPlan, settings: QuantizerSettings): QuantizedModel {
  const origins = new Map<string, string>();
  const quantized = editModel(model, (graph) => {
    const writer: Writer = { graph, settings, origins, weights: new Map(), zeros: new Map() };
    // Weights first: afterwards the activations that a layer reads have other names.
    for (const layer of plan.layers.values()) quantizeLayer(layer, writer);
    for (const value of plan.values.values()) quantizeActivation(value, plan, writer);
    for (const node of plan.float) guardFloatLayer(node, writer);
  });
  return { model: quantized, origins };
}

interface Writer {
  readonly graph: GraphEditor;
  readonly settings: QuantizerSettings;
  readonly origins: Map<string, string>;
  /** By what was rounded: weights that several layers share are stored once. */
  readonly weights: Map<QuantizedTensor, string>;
  /** By zero point of an activation: its constant. */
  readonly zeros: Map<number, string>;
}

function quantizeLayer(layer: WeightedLayer, writer: Writer): void {
  const { graph, settings } = writer;
  const rounded = settings.layers.get(layer.id);
  if (!rounded) throw new FleetError('bug', `Cannot quantize layer "${layer.id}": its weights were not rounded`);
  const input = quantizerOfValue(layer.input, writer);
  const { bias, stored } = rounded;
  const inputs = [layer.input, quantizedWeight(layer, rounded, writer)];
  if (bias) inputs.push(layer.op === 'Gemm' ? integerBias(layer, bias, { input, stored, writer }) : floatBias(layer, bias, graph));
  const { name, op, outputs, attributes } = layer.node;
  graph.replace(layer.node, { name, op, inputs, outputs, attributes });
}

/** A convolution takes a float bias: the runtime stores it as int32 itself. */
function floatBias(layer: WeightedLayer, bias: Float32Array, graph: GraphEditor): string {
  const name = graph.freshName(`${layer.bias?.name ?? layer.weight.name}_corrected`);
  graph.setConstant(constantOf(name, [bias.length], bias));
  return name;
}

function quantizedWeight(layer: WeightedLayer, { stored, axis }: RoundedLayer, writer: Writer): string {
  const { graph, weights } = writer;
  const before = weights.get(stored);
  if (before !== undefined) return before;
  const dequantized = dequantizeWeight(graph, { layer, stored, axis });
  writer.origins.set(`${dequantized}_linear`, layer.id);
  weights.set(stored, dequantized);
  return dequantized;
}

/** Stores a weight as int8 with its scales; returns the name of the value that dequantizes it. */
function dequantizeWeight(
  graph: GraphEditor,
  { layer, stored, axis }: { layer: WeightedLayer; stored: QuantizedTensor; axis: number | undefined },
): string {
  const { weight, op } = layer;
  const [values, scale, zero, dequantized] = ['int8', 'scale', 'zero', 'dequantized'].map((what) =>
    graph.freshName(`${weight.name}_${what}`),
  );
  const scaleDims = axis === undefined ? [] : [stored.scales.length];
  const constants: Constant[] = [
    constantOf(values ?? '', weight.dims, stored.values),
    constantOf(scale ?? '', scaleDims, axis === undefined ? stored.scales.slice(0, 1) : stored.scales),
  ];
  const inputs = [values ?? '', scale ?? ''];
  // Dense layers are only fused with an explicit zero point; convolutions do not need one.
  if (op !== 'Conv') {
    constants.push(constantOf(zero ?? '', scaleDims, new Int8Array(axis === undefined ? 1 : stored.scales.length)));
    inputs.push(zero ?? '');
  }
  for (const constant of constants) graph.setConstant(constant);
  graph.add({
    name: `${dequantized}_linear`,
    op: 'DequantizeLinear',
    inputs,
    outputs: [dequantized ?? ''],
    attributes: axis === undefined ? {} : { axis },
  });
  return dequantized ?? '';
}

/** b = scale_x scale_w q: dense layers become an integer kernel only with an int32 bias. */
function integerBias(layer: WeightedLayer, bias: Float32Array, by: { input: Quantizer; stored: QuantizedTensor; writer: Writer }): string {
  const { graph, origins } = by.writer;
  const base = layer.bias?.name ?? `${layer.weight.name}_bias`;
  const [values = '', scale = '', dequantized = ''] = ['int32', 'bias_scale', 'dequantized'].map((what) =>
    graph.freshName(`${base}_${what}`),
  );
  const scales = by.stored.scales.map((weightScale) => weightScale * by.input.scale);
  const stepOf = (c: number): number => scales[scales.length === 1 ? 0 : c] ?? 1;
  const q = Int32Array.from(bias, (b, c) => Math.round(b / stepOf(c)));
  graph.setConstant(constantOf(values, [bias.length], q));
  const perChannel = scales.length > 1;
  graph.setConstant(constantOf(scale, perChannel ? [scales.length] : [], scales));
  const name = `${dequantized}_linear`;
  graph.add({ name, op: 'DequantizeLinear', inputs: [values, scale], outputs: [dequantized], attributes: perChannel ? { axis: 0 } : {} });
  origins.set(name, layer.id);
  return dequantized;
}

function quantizeActivation({ value, made, absorbs }: QuantizedValue, plan: QuantizerPlan, writer: Writer): void {
  const { graph, origins } = writer;
  const source = absorbs?.from ?? value;
  const maker = graph.nodeMaking(source);
  const layer = maker && graph.idOf(maker);
  const readers = graph.usersOf(value);
  if (absorbs) graph.remove(absorbs.node);
  const { nodes, dequantized } = addQuantizer(value, source, writer);
  if (made === 'integer') graph.replaceUses(value, dequantized);
  else for (const reader of readers) if (plan.integer.has(reader.outputs[0] ?? '')) graph.replaceInput(reader, value, dequantized);
  if (layer) for (const name of nodes) origins.set(name, layer);
}

/**
 * Between a dequantizer and a quantizer no layer stays float: the runtime would round its weights itself, coarsely. A Max with the lowest
 * number, which changes nothing, keeps them apart.
 */
function guardFloatLayer({ outputs: [y = ''] }: Node, { graph, origins }: Writer): void {
  const node = graph.nodeMaking(y);
  const [x = ''] = node?.inputs ?? [];
  if (!node || graph.nodeMaking(x)?.op !== 'DequantizeLinear') return;
  const [lowest, guarded] = [graph.freshName('lowest'), graph.freshName(`${x}_float`)];
  graph.setConstant(constantOf(lowest, [], Float32Array.of(-3.4e38)));
  const guard = graph.add({ name: guarded, op: 'Max', inputs: [x, lowest], outputs: [guarded] });
  graph.replaceInput(node, x, guarded);
  origins.set(guard.name, graph.idOf(node));
}

/** QuantizeLinear and DequantizeLinear behind a source, named after the value they stand for. */
function addQuantizer(value: string, source: string, writer: Writer): { readonly nodes: readonly string[]; readonly dequantized: string } {
  const { graph } = writer;
  const { scale, zeroPoint } = quantizerOfValue(value, writer);
  const named = (what: string): string => graph.freshName(`${value}_${what}`);
  const parameters = { scale: named('scale'), zero: zeroOf(zeroPoint, writer) };
  graph.setConstant(constantOf(parameters.scale, [], Float32Array.of(scale)));
  const names = { quantize: named('quantize'), dequantize: named('dequantize') };
  const [quantized, dequantized] = [named('quantized'), named('dequantized')];
  const behind = [parameters.scale, parameters.zero];
  graph.add({ name: names.quantize, op: 'QuantizeLinear', inputs: [source, ...behind], outputs: [quantized] });
  graph.add({ name: names.dequantize, op: 'DequantizeLinear', inputs: [quantized, ...behind], outputs: [dequantized] });
  return { nodes: [names.quantize, names.dequantize], dequantized };
}

/** Activations with the same zero point share it: in a small net of many layers such constants are a hundredth of the file. */
function zeroOf(zeroPoint: number, { graph, zeros }: Writer): string {
  const before = zeros.get(zeroPoint);
  if (before !== undefined) return before;
  const name = graph.freshName(`zero_${zeroPoint}`);
  graph.setConstant(constantOf(name, [], Uint8Array.of(zeroPoint)));
  zeros.set(zeroPoint, name);
  return name;
}

function quantizerOfValue(value: string, { settings }: Writer): Quantizer {
  const quantizer = settings.quantizers.get(value);
  if (!quantizer) throw new FleetError('bug', `Cannot quantize "${value}": it has no quantizer`);
  return quantizer;
}
