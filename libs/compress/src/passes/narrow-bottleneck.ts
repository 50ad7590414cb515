/**
 * Before: h -> Conv(W1, b1) -> y, n channels -> Conv 1x1 (W2, b2) -> z
 * After:  the same with r channels between the two: no layer more, and both are smaller
 *
 * Nothing stands between the two, so y may be turned and cut: y is nearly m + U t. With S = cov(y), the best U for what the second
 * layer makes of it is that of the rank-r product  W2 = first second  under S (low-rank.ts):
 *
 *     W1' = W1 first,  b1' = first' b1,  W2' = second,  b2' = b2 + W2' m - second' first' m
 *
 * Conditions
 * 1. y is made by a Conv or Gemm of one group and read by one Conv of single pixels without padding, or one Gemm, and nobody else.
 * 2. Opset 13, or older and raisable; calibration images.
 * 3. r is less than n; it is a multiple of `round` where a share is given.
 */
import { isRefusal, type Refusal, refuse } from '@fleetfit/core';
import { type Matrix, multiply, transpose } from '@fleetfit/numerics';
import {
  type Arguments,
  type Change,
  constantOf,
  editModel,
  type GraphEditor,
  intAttribute,
  type Model,
  type Pass,
  type PassContext,
  type PassResult,
} from '@fleetfit/onnx';
import { biasOf, meanOutput, type ReadingLayer, weightMatrices } from '../channel-readers.ts';
import { walkChannels } from '../channel-walk.ts';
import { centred, type LayerCovariance } from '../gather-covariances.ts';
import { type LinearPair, linearPairs } from '../linear-pairs.ts';
import { lowRank } from '../low-rank.ts';
import { positiveDefinite } from '../positive-definite.ts';
import { momentsOf } from '../pruning-curves.ts';
import { raisedModel, whyNotRaised } from './raise-opset.ts';

const ALL = 'all';

/** Fewer channels between two layers that follow each other directly. */
export const narrowBottleneck: Pass = {
  word: 'narrow-bottleneck',
  about: 'Fewer channels between layers that follow each other without an activation, in the directions that count',
  parameters: [
    { key: 'layer', about: `the first layer of the pair, by id, or ${ALL}`, values: 'text', default: ALL },
    { key: 'keep', about: 'for one pair: how many channels remain', values: 'integer', default: 0 },
    { key: 'share', about: 'for all pairs: the share of channels that remains, 0 to 1', values: 'number', default: 0.6 },
    { key: 'width', about: 'for all pairs: those with fewer channels stay as they are', values: 'integer', default: 64 },
    { key: 'round', about: 'for all pairs: channel counts are multiples of this', values: 'integer', default: 16 },
    { key: 'ridge', about: 'added to the variance of the channels, as a share of its mean', values: 'number', default: 0.001 },
  ],
  sentence: ({ layer, keep, share }) =>
    layer === ALL ? `Bottlenecks at ${Math.round(Number(share) * 100)} % of their channels` : `${layer} narrowed to ${keep} channels`,
  knobs: () => [],
  requires: (model, args) => {
    const unraised = whyNotRaised(model);
    if (unraised) return unraised;
    const chosen = chosenPairs(raisedModel(model).model, args);
    return isRefusal(chosen) ? chosen : undefined;
  },
  apply: narrowModel,
};

interface Chosen {
  readonly pair: LinearPair;
  readonly keep: number;
}

function chosenPairs(model: Model, { layer, keep, share, round, width }: Arguments): readonly Chosen[] | Refusal {
  const pairs = linearPairs(walkChannels(model));
  if (layer !== ALL) {
    const pair = pairs.find(({ first }) => first.id === layer);
    if (!pair) return refuse(`"${layer}" is no layer that one layer of single pixels reads directly, and nobody else`);
    const { outputs } = pair.first;
    if (Number(keep) < 1 || Number(keep) >= outputs)
      return refuse(`${layer} has ${outputs} channels: keep=${keep} is not in 1..${outputs - 1}`);
    return [{ pair, keep: Number(keep) }];
  }
  if (!(Number(share) > 0 && Number(share) < 1)) return refuse(`share=${share} is not between 0 and 1`);
  // A layer stands in one pair only, or its weights would change twice.
  const used = new Set<string>();
  const chosen = pairs.flatMap((pair) => {
    const { first, second } = pair;
    const remaining = Math.floor((Number(share) * first.outputs) / Number(round)) * Number(round);
    if (first.outputs < Number(width) || remaining < 1 || remaining >= first.outputs || used.has(first.id) || used.has(second.id))
      return [];
    used.add(first.id).add(second.id);
    return [{ pair, keep: remaining }];
  });
  return chosen.length > 0
    ? chosen
    : refuse(`no two layers follow each other without an activation and with at least ${width} channels between them`);
}

async function narrowModel(model: Model, args: Arguments, context: PassContext): Promise<PassResult | Refusal> {
  const raised = raisedModel(model);
  const chosen = chosenPairs(raised.model, args);
  if (isRefusal(chosen)) return chosen;
  const { calibration } = context;
  if (!calibration || calibration.count === 0) return refuse('there are no calibration images to find the directions that count with');
  const layers = new Map(chosen.map(({ pair }) => [pair.second.id, pair.second]));
  const moments = await momentsOf({ model: raised.model, layers }, 'all', { ...context, calibration });
  const narrow = editModel(raised.model, (graph) => {
    for (const { pair, keep } of chosen) {
      const its = moments.get(pair.second.id);
      if (its) narrowPair(graph, pair, { keep, its, ridge: Number(args.ridge) });
    }
  });
  const changes = chosen.map(
    ({ pair, keep }): Change => ({
      kind: 'changed',
      layer: pair.first.id,
      what: `${keep} of ${pair.first.outputs} channels kept before ${pair.second.id}`,
    }),
  );
  return { model: narrow, changes: [...raised.changes, ...changes], origins: new Map() };
}

function narrowPair(
  graph: GraphEditor,
  { first, second }: LinearPair,
  by: { readonly keep: number; readonly its: LayerCovariance; readonly ridge: number },
): void {
  const { keep, its } = by;
  const s = positiveDefinite(centred(its), its.size, by.ridge).matrix;
  const w1: Matrix = { rows: first.features.size, cols: first.outputs, data: weightMatrices(first)[0] ?? new Float64Array(0) };
  const w2: Matrix = { rows: its.size, cols: second.outputs, data: weightMatrices(second)[0] ?? new Float64Array(0) };
  const turn = lowRank(w2, s).factors(keep);
  const b1 = biasOf(first) ?? new Float32Array(first.outputs);
  const b2 = biasOf(second) ?? new Float32Array(second.outputs);
  const bias1 = Float64Array.from({ length: keep }, (_, k) => b1.reduce((sum, b, i) => sum + b * (turn.first.data[i * keep + k] ?? 0), 0));
  const before = meanOutput(second, [w2.data], its.means);
  const after = meanOutput(second, [multiply(turn.first, turn.second).data], its.means);
  const bias2 = Float64Array.from(b2, (b, o) => b + (before[o] ?? 0) - (after[o] ?? 0));
  rewrite(graph, first, { w: multiply(w1, turn.first), bias: bias1 });
  rewrite(graph, second, { w: turn.second, bias: bias2 });
}

/** @param w (size, outputs) */
function rewrite(
  graph: GraphEditor,
  { node, id, weight }: ReadingLayer,
  { w, bias }: { readonly w: Matrix; readonly bias: Float64Array },
): void {
  const names = { weight: graph.freshName(`${weight.name}_narrow`), bias: graph.freshName(`${weight.name}_narrow_bias`) };
  const isTransposed = node.op === 'Conv' || intAttribute(node, 'transB', 0) === 1;
  const taps = node.op === 'Conv' ? weight.dims.slice(2) : [];
  const count = taps.reduce((product, dim) => product * dim, 1);
  const dims = isTransposed ? [w.cols, w.rows / count, ...taps] : [w.rows, w.cols];
  graph.setConstant(constantOf(names.weight, dims, Float32Array.from((isTransposed ? transpose(w) : w).data)));
  graph.setConstant(constantOf(names.bias, [w.cols], Float32Array.from(bias)));
  const { op, outputs, attributes, inputs } = node;
  graph.replace(node, { name: id, op, outputs, attributes, inputs: [inputs[0] ?? '', names.weight, names.bias] });
}
