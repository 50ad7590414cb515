/**
 * Before: x -> Conv(W1, b1) -> Relu -> Conv(W2)
 * After:  x -> Conv(S W1, S b1) -> Relu -> Conv(W2 / S)
 *
 * S = diag(s_c), s_c = (T / t_c)^strength,  t_c: how large channel c usually gets, T: the largest t of the tensor
 *
 * The same function. But 8 bits are shared by all channels of an activation: small channels get as many steps as large ones when all are
 * as large, and weights, which have a scale for each output channel, take up the difference. (Nagel et al. 2019, arXiv 1906.04721,
 * balance weights with weights; here activations, as Xiao et al. 2023, arXiv 2211.10438, do for dense layers.)
 * Channels that meet in an Add scale together (scale-groups.ts).
 *
 * Conditions
 * 1. There are calibration images.
 * 2. A Clip from 0 to h stays where it is: s_c is at most h / (what the channel usually reaches), so it clips no more than the quantizer
 *    of that channel would.
 * 3. Channels that other nodes read (Sigmoid, Mul, answers) stay as they are, and so do layers that share weights.
 */
import { type Refusal, refuse } from '@fleetfit/core';
import {
  type Arguments,
  type Change,
  constantOf,
  editModel,
  floatsOf,
  type GraphEditor,
  intAttribute,
  type Model,
  type Pass,
  type PassContext,
  type PassResult,
  viewOf,
} from '@fleetfit/onnx';
import { type ActivationStatistics, type CalibrationContext, calibrate } from '../calibrate.ts';
import { planQuantizers } from '../plan-quantizers.ts';
import { preparedForIntegers, whyNotPrepared } from '../prepare-graph.ts';
import { type ScaledLayer, type ScaleGroups, scaleGroups } from '../scale-groups.ts';

/** Channels of an activation made equally large. */
export const equalize: Pass = {
  word: 'equalize',
  about: 'channels of an activation become equally large, so that 8 bits serve each of them; the weights take up the difference',
  parameters: [{ key: 'strength', about: '0: nothing, 1: all channels equally large', values: 'number', default: 0.5 }],
  sentence: ({ strength }) => `Channels made equally large before they are quantized (strength ${strength})`,
  knobs: () => [],
  requires: (model, { strength }) => {
    if (!(Number(strength) > 0 && Number(strength) <= 1)) return refuse(`a strength of ${strength} is not in 0..1`);
    return whyNotPrepared(model);
  },
  apply: equalizeModel,
};

/** No channel grows more than this: one that was never above zero would grow without end. */
const MOST = 64;

async function equalizeModel(model: Model, { strength }: Arguments, context: PassContext): Promise<PassResult | Refusal> {
  const { calibration } = context;
  if (!calibration || calibration.count === 0) return refuse('there are no calibration images to see how large channels get');
  const prepared = preparedForIntegers(model);
  const equal = await equalized(prepared.model, Number(strength), { ...context, calibration });
  if (equal.changes.length === 0) return { model, changes: [], origins: new Map() };
  return { ...equal, changes: [...prepared.changes, ...equal.changes] };
}

/** Equalizes a model that is prepared for integers. */
export async function equalized(model: Model, strength: number, context: CalibrationContext): Promise<PassResult> {
  const groups = scaleGroups(model);
  const plan = planQuantizers(viewOf(model), { stem: 'int8' });
  const quantized = [...new Set([...plan.values.values()].map((value) => value.rangeOf))];
  const free = quantized.filter((value) => groups.ofValue.get(value)?.some((group) => !groups.fixed.has(group)));
  if (free.length === 0) return { model, changes: [], origins: new Map() };
  const statistics = await calibrate(model, free, context);
  const scales = scalesOf(free, { groups, statistics, strength });
  const changes: Change[] = [];
  const scaled = editModel(model, (graph) => {
    for (const each of groups.layers.values()) if (scaleLayer(each, scales, graph)) changes.push(changeOf(each, scales));
  });
  return changes.length === 0 ? { model, changes, origins: new Map() } : { model: scaled, changes, origins: new Map() };
}

function changeOf({ layer, makes }: ScaledLayer, scales: ReadonlyMap<number, number>): Change {
  const most = Math.max(...makes.map((group) => scales.get(group) ?? 1));
  return { kind: 'changed', layer: layer.id, what: `its output channels grow up to ${most.toPrecision(3)} times` };
}

interface Seen {
  readonly groups: ScaleGroups;
  readonly statistics: ReadonlyMap<string, ActivationStatistics>;
  readonly strength: number;
}

/** The factor of every group that may scale. */
function scalesOf(values: readonly string[], { groups, statistics, strength }: Seen): ReadonlyMap<number, number> {
  const sizes = new Map<number, number>();
  for (const value of values) {
    const its = statistics.get(value);
    groups.ofValue.get(value)?.forEach((group, channel) => {
      const size = its ? sizeOf(its, channel) : 0;
      sizes.set(group, Math.max(size, sizes.get(group) ?? 0));
    });
  }
  const scales = new Map<number, number>();
  for (const value of values) {
    const its = [...new Set(groups.ofValue.get(value) ?? [])];
    const largest = Math.max(...its.map((group) => sizes.get(group) ?? 0));
    for (const group of its) {
      if (groups.fixed.has(group) || scales.has(group)) continue;
      const size = sizes.get(group) ?? 0;
      const target = Math.min(largest, groups.limits.get(group) ?? largest);
      if (size > 0) scales.set(group, Math.min(MOST, Math.max(1, target / size)) ** strength);
    }
  }
  return scales;
}

/** Half way between the usual extreme of an image and the largest of all. */
function sizeOf({ usualLows, usualHighs, lows, highs }: ActivationStatistics, channel: number): number {
  const usual = Math.max(usualHighs[channel] ?? 0, -(usualLows[channel] ?? 0));
  const all = Math.max(highs[channel] ?? 0, -(lows[channel] ?? 0));
  return (usual + all) / 2;
}

/** W[o, c] * s_o / s_c, b[o] * s_o. Returns whether anything changed. */
function scaleLayer({ layer, reads, makes }: ScaledLayer, scales: ReadonlyMap<number, number>, graph: GraphEditor): boolean {
  const { weight, bias, axis, op, node } = layer;
  const out = makes.map((group) => scales.get(group) ?? 1);
  const into = reads.map((group) => scales.get(group) ?? 1);
  if (out.every((s) => s === 1) && into.every((s) => s === 1)) return false;
  const weights = floatsOf(weight);
  const [rows = 1, columns = 1, ...taps] = weight.dims;
  const inner = taps.reduce((product, tap) => product * tap, 1);
  const perGroup = op === 'Conv' ? rows / intAttribute(node, 'group', 1) : rows;
  const scaled = weights.map((w, i) => {
    const [row, column] = [Math.floor(i / (columns * inner)), Math.floor(i / inner) % columns];
    const o = axis === 0 ? row : column;
    const c = axis === 0 ? Math.floor(row / perGroup) * columns * Number(op === 'Conv') + column : row;
    return (w * (out[o] ?? 1)) / (into[c] ?? 1);
  });
  graph.setConstant(constantOf(weight.name, weight.dims, scaled));
  if (bias)
    graph.setConstant(
      constantOf(
        bias.name,
        bias.dims,
        floatsOf(bias).map((b, o) => b * (out[o] ?? 1)),
      ),
    );
  return true;
}
