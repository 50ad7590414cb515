/**
 * Before: x -> Conv(W, b) -> Relu -> y
 * After:  x -> Q -> DQ -> Conv(DQ(W8), b) -> Q -> DQ -> y, which onnxruntime fuses into one QLinearConv
 *
 * Activations: u8, x = s_x (q - z_x), s_x = (high - low) / 255, z_x = round(-low / s_x), over ranges seen on calibration images.
 * Weights: s8, w = s_w q, s_w = max |w| / 127 (or / 63) or less (scale=mse), for each output channel or the whole tensor. No zero point;
 * rounded to nearest or so that the layer's outputs move least (round-adaptively.ts).
 * b' = b + (W - s_w q) E[x]: the mean of what rounding the weights takes away (correct-bias.ts), with correct=bias.
 * Bias: float for Conv (the runtime stores round(b / (s_x s_w)) in int32); int32 for Gemm, which is fused only so.
 *
 * Conditions
 * 1. Opset 13, or older and raisable (raise-opset); batch norms are folded first where they can be.
 * 2. There are calibration images.
 * 3. A layer's weight and bias are float32 constants; convolutions that make answers stay float (plan-quantizers.ts).
 * 4. Relu, and Clip from 0, are deleted: the range behind them starts at 0 and ends at the upper limit at most, so rounding clips the same.
 */
import { FleetError, type Refusal, refuse } from '@fleetfit/core';
import {
  type Arguments,
  type Change,
  type GraphView,
  type Model,
  type Pass,
  type PassContext,
  type PassResult,
  viewOf,
} from '@fleetfit/onnx';
import type { Argument, Knob } from '@fleetfit/space';
import { type Quantizer, quantizerOf, type Range, type RangeMethod, rangeOf } from '../activation-range.ts';
import { type ActivationStatistics, answerRanges, type CalibrationContext, calibrate, layerCovariances } from '../calibrate.ts';
import type { ChosenRange, RangedValue } from '../choose-ranges.ts';
import { insertQuantizers } from '../insert-quantizers.ts';
import { type PlanOptions, planQuantizers, type QuantizerPlan } from '../plan-quantizers.ts';
import { argumentKnob, precisionKnob } from '../precision-knobs.ts';
import { preparedForIntegers, whyNotPrepared } from '../prepare-graph.ts';
import { roundLayers } from '../round-layers.ts';
import { equalized } from './equalize.ts';

/** Static 8-bit weights and activations. */
export const quantize: Pass = {
  word: 'quantize',
  about: '8-bit weights and activations, with ranges from calibration images',
  parameters: [
    { key: 'bits', about: 'bits of the weights; 7 keeps CPUs without VNNI from overflowing', values: [8, 7], default: 8 },
    { key: 'per', about: 'one weight scale per channel or per tensor', values: ['channel', 'tensor'], default: 'channel' },
    {
      key: 'range',
      about: 'how the range of an activation is chosen',
      values: ['mse', 'min-max', 'percentile', 'answers'],
      default: 'mse',
    },
    { key: 'percentile', about: 'for range=percentile: per cent of the values kept at either end', values: 'number', default: 99.99 },
    { key: 'stem', about: 'the convolution that reads the image: as integers or as floats', values: ['int8', 'float'], default: 'int8' },
    {
      key: 'rounding',
      about: 'of weights: to nearest, or so that the outputs of the layer move least',
      values: ['nearest', 'adaptive'],
      default: 'nearest',
    },
    {
      key: 'scale',
      about: 'of weights: the largest is the last step, or the squared error is least',
      values: ['mse', 'max'],
      default: 'mse',
    },
    {
      key: 'equalize',
      about: 'strength with which channels become equally large first, 0..1; 0: not at all',
      values: 'number',
      default: 0.5,
    },
    { key: 'skip', about: 'layers that stay float: their ids, separated by spaces', values: 'text', default: '' },
    {
      key: 'floor',
      about: 'activations that alone leave the answers a signal-to-noise ratio below this (dB) stay float; 0: none',
      values: 'number',
      default: 0,
    },
    { key: 'correct', about: 'bias: the biases take back what rounding the weights shifts', values: ['bias', 'none'], default: 'bias' },
  ],
  sentence,
  knobs,
  requires,
  apply: quantizeModel,
};

function sentence({ bits, per, range, percentile, stem, rounding }: Arguments): string {
  const weights = bits === 7 ? '7-bit weights and 8-bit activations' : '8-bit weights and activations';
  const ranges = {
    'min-max': 'min-max ranges',
    mse: 'least-error ranges',
    percentile: `ranges of ${percentile} %`,
    answers: 'ranges that change the answers least',
  }[String(range)];
  const rounded = rounding === 'adaptive' ? ', rounded for the outputs' : '';
  return `${weights}, weights per ${per}${rounded}, ${ranges}${stem === 'float' ? ', first layer in 32-bit float' : ''}`;
}

function knobs(): readonly Knob[] {
  const of = { word: 'quantize', level: 'int8-static' };
  return [
    precisionKnob({ name: of.level, label: '8-bit weights and activations', steps: [{ word: of.word, args: {} }] }),
    argumentKnob(of, {
      key: 'bits',
      label: 'Bits of the weights',
      levels: new Map<Argument, string>([
        [8, '8 bits'],
        [7, '7 bits, for CPUs without VNNI'],
      ]),
    }),
    argumentKnob(of, {
      key: 'range',
      label: 'Activation ranges',
      levels: new Map<Argument, string>([
        ['mse', 'least error'],
        ['min-max', 'min-max'],
        ['answers', 'least change of the answers'],
      ]),
    }),
    argumentKnob(of, {
      key: 'rounding',
      label: 'Rounding of weights',
      levels: new Map<Argument, string>([
        ['nearest', 'nearest'],
        ['adaptive', 'for the outputs of the layer'],
      ]),
    }),
    argumentKnob(of, {
      key: 'stem',
      label: 'First layer',
      levels: new Map<Argument, string>([
        ['int8', '8 bits'],
        ['float', '32-bit float'],
      ]),
    }),
  ];
}

function requires(model: Model, args: Arguments): Refusal | undefined {
  if (args.range === 'percentile' && !(Number(args.percentile) > 50 && Number(args.percentile) <= 100))
    return refuse(`a percentile of ${args.percentile} is not in 50..100`);
  if (!(Number(args.equalize) >= 0 && Number(args.equalize) <= 1)) return refuse(`equalize=${args.equalize} is not in 0..1`);
  const unprepared = whyNotPrepared(model);
  if (unprepared) return unprepared;
  const plan = planQuantizers(viewOf(preparedForIntegers(model).model), planOptions(args));
  return plan.layers.size > 0 ? undefined : refuse('the model has no convolution or dense layer with constant float32 weights');
}

const planOptions = ({ stem, skip }: Arguments): PlanOptions => ({
  stem: stem === 'float' ? 'float' : 'int8',
  skip: new Set(String(skip ?? '').split(' ')),
});

async function quantizeModel(model: Model, args: Arguments, context: PassContext): Promise<PassResult | Refusal> {
  const { calibration } = context;
  if (!calibration || calibration.count === 0) return refuse('there are no calibration images to find the ranges of activations with');
  const by = { ...context, calibration };
  const plain = preparedForIntegers(model);
  const equal =
    args.equalize === 0 ? undefined : await equalized(plain.model, Number(args.equalize), { ...by, progress: partOf(context, 0, 0.1) });
  const prepared = equal ? { model: equal.model, changes: [...plain.changes, ...equal.changes] } : plain;
  const full = planQuantizers(viewOf(prepared.model), planOptions(args));
  const unknown = skippedInVain(full, args);
  if (unknown !== undefined) return refuse(`there is no layer "${unknown}" to skip`);
  const { plan, ranges } = await settledPlan(full, {
    model: prepared.model,
    args,
    context: { ...by, progress: partOf(context, 0.1, 0.5) },
  });
  if (plan.layers.size === 0) return refuse(`no layer is left: every activation is below floor=${args.floor} dB`);
  const quantizers = quantizersOf(plan, ranges);
  const read = [...plan.layers.values()].map((layer) => layer.input);
  const statistics =
    args.correct === 'bias' ? await calibrate(prepared.model, [...new Set(read)], by) : new Map<string, ActivationStatistics>();
  const adapts = args.rounding === 'adaptive';
  const ids = [...plan.layers.values()].map((layer) => layer.id);
  const covariances = adapts ? await layerCovariances(prepared.model, ids, { ...by, progress: partOf(context, 0.5, 0.7) }) : new Map();
  const rounding = partOf(context, 0.7, 1);
  let done = 0;
  const layers = await roundLayers(
    plan.layers.values(),
    {
      bits: args.bits === 7 ? 7 : 8,
      per: args.per === 'tensor' ? 'tensor' : 'channel',
      scale: args.scale === 'max' ? 'max' : 'mse',
      covariances,
      corrects: args.correct === 'bias',
      means: new Map([...statistics].map(([value, { means }]) => [value, means])),
      quantizers,
    },
    { signal: context.signal, progress: (layer) => rounding(done++ / ids.length, `rounding the weights of ${layer}`) },
  );
  const quantized = insertQuantizers(prepared.model, plan, { quantizers, layers });
  return { ...quantized, changes: [...prepared.changes, ...changesOf(plan)] };
}

/** Progress of one part of the work as a share of the whole. */
const partOf =
  ({ progress }: PassContext, from: number, to: number): PassContext['progress'] =>
  (done, what) =>
    progress(from + done * (to - from), what);

function methodOf({ range, percentile }: Arguments): RangeMethod {
  if (range === 'percentile') return { kind: 'percentile', percent: Number(percentile) };
  return range === 'min-max' ? { kind: 'min-max' } : { kind: 'mse' };
}

interface Watched {
  readonly model: Model;
  readonly args: Arguments;
  readonly context: CalibrationContext;
}

/** What stays float moves quantizers to values that had none, which may be too loud again: until nothing new is. */
async function settledPlan(
  full: QuantizerPlan,
  watched: Watched,
): Promise<{ readonly plan: QuantizerPlan; readonly ranges: Ranged['ranges'] }> {
  const loud = new Map<string, string>();
  for (let plan = full; ; plan = planQuantizers(viewOf(watched.model), { ...planOptions(watched.args), loud })) {
    const before = loud.size;
    const found = await rangesOf(plan, watched);
    for (const [value, why] of found.loud) loud.set(value, why);
    if (loud.size === before) return { plan, ranges: found.ranges };
  }
}

interface Ranged {
  readonly ranges: ReadonlyMap<string, Range>;
  /** Values that stay float, and why. */
  readonly loud: ReadonlyMap<string, string>;
}

/** The range of every value that has one of its own. */
async function rangesOf(plan: QuantizerPlan, { model, args, context }: Watched): Promise<Ranged> {
  const sources = [...plan.values.values()].map((value) => value.rangeOf);
  // The layers' inputs too, so that the images run once: the bias is corrected with their means.
  const read = args.correct === 'bias' ? [...plan.layers.values()].map((layer) => layer.input) : [];
  const statistics = await calibrate(model, [...new Set([...sources, ...read])], context);
  const ranged = new Map<string, RangedValue>();
  const graph = viewOf(model);
  for (const { rangeOf: source } of plan.values.values()) {
    const its = statistics.get(source);
    // The bins of a histogram may end above the limit of a Clip: never by a step, but then the Clip could not go.
    const limit = plan.values.get(source)?.absorbs?.high ?? Number.POSITIVE_INFINITY;
    if (its) ranged.set(source, { statistics: its, limit, gated: isGated(source, graph) });
  }
  const floor = Number(args.floor);
  const chosen = args.range === 'answers' || floor > 0 ? await answerRanges(model, ranged, context) : new Map<string, ChosenRange>();
  const loud = new Map(
    [...chosen].flatMap(([value, { snr }]) =>
      snr < floor ? [[value, `"${value}" in 8 bits would leave the answers ${snr.toFixed(1)} dB, below floor=${floor}`] as const] : [],
    ),
  );
  const method = methodOf(args);
  const ranges = new Map(
    [...ranged].map(([value, { statistics: its, limit }]) => {
      const { low, high } = (args.range === 'answers' && chosen.get(value)?.range) || rangeOf(its.histogram, method);
      return [value, { low, high: Math.min(high, limit) }];
    }),
  );
  return { ranges, loud };
}

/** x * sigmoid(x), and nothing else is made of x. */
function isGated(value: string, graph: GraphView): boolean {
  const readers = graph.usersOf(value);
  const gate = readers.find((node) => node.op === 'Sigmoid')?.outputs[0] ?? '';
  return gate !== '' && readers.every((node) => node.op === 'Sigmoid' || (node.op === 'Mul' && node.inputs.includes(gate)));
}

function skippedInVain(plan: QuantizerPlan, { skip }: Arguments): string | undefined {
  const refused = new Set(plan.refusals.map(({ layer }) => layer));
  return String(skip)
    .split(' ')
    .find((id) => id !== '' && !refused.has(id));
}

function quantizersOf(plan: QuantizerPlan, ranges: ReadonlyMap<string, Range>): ReadonlyMap<string, Quantizer> {
  return new Map(
    [...plan.values.values()].map(({ value, rangeOf: source }) => {
      const range = ranges.get(source);
      if (!range) throw new FleetError('bug', `Cannot quantize "${value}": the range of "${source}" was not found`);
      return [value, quantizerOf(range)];
    }),
  );
}

function changesOf(plan: QuantizerPlan): Change[] {
  const layers = [...plan.layers.values()].map(
    ({ id, op }): Change => ({ kind: 'changed', layer: id, what: `${op} computes in integers` }),
  );
  return [...layers, ...plan.refusals];
}
