/**
 * Before: h -> Conv or Gemm (W) -> y
 * After:  h -> Conv or Gemm (W1) -> r channels -> Conv or Gemm (W2) -> y
 *
 * pca      W2 W1 is the best of its rank for what the layer sees: min E|Wh - W2 W1 h|^2 (low-rank.ts), b' = E[y] - W2 W1 E[h]
 * svd      the best of its rank for the weights alone
 * spatial  a 3x3 kernel as 3x1 and 1x3;  tucker: a pixel to fewer channels, the kernel, a pixel back
 *
 * With fit=chained, layer after layer, W is first fitted again to what the compressed net gives it (ridge regression towards W).
 * Ranks are multiples of 16: others are slower than what they replace. "Whole" is always a choice: a rank near break-even gains nothing.
 *
 * Conditions
 * 1. The layer is a Conv of one group, a Gemm or a MatMul with constant float32 weights that no other layer reads, and both its sides
 *    are at least `width` wide.
 * 2. A rank that is a multiple of `round` saves at least a twentieth of its parameters: else it is refused.
 * 3. Opset 13, or older and raisable; calibration images, but for method=svd spread evenly.
 */
import { isRefusal, type Refusal, refuse } from '@fleetfit/core';
import { type Arguments, type Change, intAttribute, type Model, type Pass, type PassContext, type PassResult } from '@fleetfit/onnx';
import { chainedStatistics } from '../chain-targets.ts';
import { multiplyingLayers, type ReadingLayer, weightMatrices } from '../channel-readers.ts';
import { walkChannels } from '../channel-walk.ts';
import { eliminateUnits } from '../eliminate-units.ts';
import { type Factored, factored, factorizedModel, methodFor } from '../factorize-layer.ts';
import { centred, type LayerCovariance } from '../gather-covariances.ts';
import { type FittingContext, heldOutDistance, momentsOf } from '../pruning-curves.ts';
import { type RankChoice, ranksByCost, ranksByShare } from '../rank-plan.ts';
import { raisedModel, whyNotRaised } from './raise-opset.ts';

const ALL = 'all';

/** Layers as products of thinner ones. */
export const factorize: Pass = {
  word: 'factorize',
  about: 'Convolutions and dense layers as products of thinner ones',
  parameters: [
    { key: 'layer', about: `the layer, by id, or ${ALL}`, values: 'text', default: ALL },
    { key: 'rank', about: 'for one layer: its rank', values: 'integer', default: 0 },
    { key: 'keep', about: 'for all layers: the share of their parameters that remains, 0 to 1', values: 'number', default: 0.6 },
    { key: 'width', about: 'layers narrower than this on a side stay whole', values: 'integer', default: 64 },
    {
      key: 'kernels',
      about: 'which convolutions: of single pixels and dense layers (1x1), larger windows (kxk), or both',
      values: ['1x1', 'kxk', 'both'],
      default: '1x1',
    },
    {
      key: 'method',
      about: 'form of the product; auto: pca for single pixels and dense layers, spatial for windows',
      values: ['auto', 'pca', 'svd', 'spatial', 'tucker'],
      default: 'auto',
    },
    {
      key: 'spread',
      about: 'how ranks are chosen: by held-out images, by the error of the fit, or the same share of each',
      values: ['sensitivity', 'error', 'uniform'],
      default: 'sensitivity',
    },
    {
      key: 'fit',
      about: 'what layers are fitted on: the original (cheap, shared by candidates) or the compressed net so far',
      values: ['original', 'chained'],
      default: 'original',
    },
    { key: 'mu', about: 'for fit=chained: how much of the original output is the target', values: 'number', default: 0.25 },
    { key: 'round', about: 'ranks are multiples of this', values: 'integer', default: 16 },
    { key: 'ridge', about: 'added to the variance of what layers see, as a share of its mean', values: 'number', default: 0.01 },
  ],
  sentence: ({ layer, rank, keep }) =>
    layer === ALL
      ? `Layers as products of thinner ones, ${Math.round(Number(keep) * 100)} % of their parameters`
      : `${layer} as a product of rank ${rank}`,
  knobs: () => [],
  requires,
  apply: factorizeModel,
};

function requires(model: Model, args: Arguments): Refusal | undefined {
  const unraised = whyNotRaised(model);
  if (unraised) return unraised;
  if (args.layer === ALL && !(Number(args.keep) > 0 && Number(args.keep) < 1)) return refuse(`keep=${args.keep} is not between 0 and 1`);
  if (Number(args.round) < 1) return refuse(`round=${args.round} is not 1 or more`);
  const chosen = chosenLayers(raisedModel(model).model, args);
  return isRefusal(chosen) ? chosen : undefined;
}

interface Chosen {
  readonly walk: ReturnType<typeof walkChannels>;
  readonly layers: ReadonlyMap<string, ReadingLayer>;
}

function chosenLayers(model: Model, args: Arguments): Chosen | Refusal {
  const walk = walkChannels(model);
  const weighted = walk.graph.nodes.filter(({ op }) => op === 'Conv' || op === 'Gemm' || op === 'MatMul');
  const all = multiplyingLayers(walk, new Set(weighted.map((node) => walk.graph.idOf(node))));
  if (args.layer !== ALL) {
    const layer = all.get(String(args.layer));
    if (!layer) return refuse(`there is no layer "${args.layer}" with constant float32 weights of its own`);
    const why = whyWhole(layer) ?? whyNotRank(layer, Number(args.rank), args);
    return why ? refuse(`${layer.id} stays whole: ${why}`) : { walk, layers: new Map([[layer.id, layer]]) };
  }
  const layers = new Map([...all].filter(([, layer]) => !whyWhole(layer) && isChosen(layer, args) && ranksFor(layer, args).length > 0));
  if (layers.size > 0) return { walk, layers };
  return refuse(
    `no layer is at least ${args.width} wide on both sides and would be smaller at a rank that is a multiple of ${args.round} (kernels=${args.kernels})`,
  );
}

function whyWhole({ node, apart, features }: ReadingLayer): string | undefined {
  if (intAttribute(node, 'group', 1) > 1) return 'it is a convolution in groups';
  if (apart > 1) return `a column of it has ${features.size * apart} numbers, too many to fit at once`;
  return undefined;
}

function isChosen({ weight, node, outputs, features }: ReadingLayer, { width, kernels }: Arguments): boolean {
  const taps = node.op === 'Conv' ? weight.dims.slice(2).reduce((product, dim) => product * dim, 1) : 1;
  const wide = Math.min(outputs, features.size / taps) >= Number(width);
  return wide && (kernels === 'both' || (kernels === '1x1') === (taps === 1));
}

/** Ranks that save at least a twentieth, largest first. */
function ranksFor(layer: ReadingLayer, { round, method }: Arguments): number[] {
  const step = Number(round);
  const { parameters, most } = sizesOf(layer, String(method));
  const whole = layer.features.size * layer.outputs;
  return Array.from({ length: Math.floor(most / step) }, (_, i) => (i + 1) * step)
    .filter((rank) => parameters(rank) <= 0.95 * whole)
    .reverse();
}

function sizesOf(layer: ReadingLayer, method: string): { readonly most: number; parameters(rank: number): number } {
  const form = methodFor(layer, method);
  const { outputs, features, weight } = layer;
  const [o = 1, c = 1, h = 1, w = 1] = weight.dims;
  if (form === 'spatial') return { most: Math.min(c * h, o * w), parameters: (rank) => rank * (c * h + o * w) };
  if (form !== 'tucker') return { most: Math.min(features.size, outputs), parameters: (rank) => rank * (features.size + outputs) };
  const most = Math.min(c, o);
  return { most, parameters: (rank) => (c * c * rank + o * o * rank) / most + ((rank * c) / most) * ((rank * o) / most) * h * w };
}

function whyNotRank(layer: ReadingLayer, rank: number, { method }: Arguments): string | undefined {
  const { most, parameters } = sizesOf(layer, String(method));
  if (rank < 1 || rank > most) return `rank=${rank} is not in 1..${most}`;
  const whole = layer.features.size * layer.outputs;
  return parameters(rank) < whole ? undefined : `at rank ${rank} it would have ${parameters(rank)} parameters instead of ${whole}`;
}

async function factorizeModel(model: Model, args: Arguments, context: PassContext): Promise<PassResult | Refusal> {
  const raised = raisedModel(model);
  const chosen = chosenLayers(raised.model, args);
  if (isRefusal(chosen)) return chosen;
  const { calibration } = context;
  const needsImages =
    (args.layer === ALL && args.spread === 'sensitivity') ||
    args.fit === 'chained' ||
    [...chosen.layers.values()].some((layer) => methodFor(layer, String(args.method)) === 'pca');
  if (needsImages && (!calibration || calibration.count === 0)) return refuse('there are no calibration images to fit the products on');
  const fitting = calibration && { ...context, calibration };
  const start: Start = { model: raised.model, ...chosen };
  const ranks =
    args.layer === ALL ? await ranksOf(start, args, fitting) : new Map([...chosen.layers.keys()].map((id) => [id, Number(args.rank)]));
  if (ranks.size === 0) return refuse(`no layer would change: keep=${args.keep} is more than the first rank below break-even leaves`);
  const { model: thin, origins } = await factorizedBy(start, ranks, { args, fitting });
  const changes = [...chosen.layers.values()].map((layer): Change => {
    const rank = ranks.get(layer.id);
    if (rank === undefined) return { kind: 'refused', layer: layer.id, why: 'it stays whole: others cost less' };
    return { kind: 'changed', layer: layer.id, what: `a product of rank ${rank} (${methodFor(layer, String(args.method))})` };
  });
  return { model: thin, changes: [...raised.changes, ...changes], origins };
}

interface Start extends Chosen {
  readonly model: Model;
}

interface Fitting {
  readonly args: Arguments;
  readonly fitting: FittingContext | undefined;
}

const sees = (layer: ReadingLayer, args: Arguments): boolean => methodFor(layer, String(args.method)) !== 'svd';

/** Ranks whose cost is measured, as shares of the largest that pays. */
const MEASURED = [1, 0.6, 0.3];

async function ranksOf(start: Start, args: Arguments, fitting: FittingContext | undefined): Promise<ReadonlyMap<string, number>> {
  const moments = fitting
    ? await momentsOf(start, args.spread === 'sensitivity' ? 'fitted' : 'all', fitting)
    : new Map<string, LayerCovariance>();
  const choices: RankChoice[] = [];
  for (const [i, layer] of [...start.layers.values()].entries()) {
    fitting?.progress(0.3 + (0.4 * i) / start.layers.size, `what factoring ${layer.id} costs, ${i + 1} of ${start.layers.size}`);
    const ranks = ranksFor(layer, args);
    const its = factored(layer, methodFor(layer, String(args.method)), {
      moments: sees(layer, args) ? moments.get(layer.id) : undefined,
      ridge: Number(args.ridge),
    });
    const whole = layer.features.size * layer.outputs;
    const measured = args.spread === 'sensitivity' && fitting ? await measuredCosts(start, { its, ranks }, fitting) : [];
    choices.push({ id: layer.id, whole, ranks, parameters: its.parameters, errors: its.errors, measured });
  }
  return args.spread === 'uniform' ? ranksByShare(choices, Number(args.keep)) : ranksByCost(choices, Number(args.keep));
}

async function measuredCosts(
  start: Start,
  { its, ranks }: { readonly its: Factored; readonly ranks: readonly number[] },
  fitting: FittingContext,
): Promise<RankChoice['measured']> {
  const [top = 1] = ranks;
  const wanted = [
    ...new Set(
      MEASURED.map((share) =>
        ranks.reduce((best, rank) => (Math.abs(rank - share * top) < Math.abs(best - share * top) ? rank : best), top),
      ),
    ),
  ];
  const measured: { rank: number; distance: number }[] = [];
  for (const rank of wanted)
    measured.push({ rank, distance: await heldOutDistance(start.model, factorizedModel(start.model, its, rank).model, fitting) });
  return measured;
}

async function factorizedBy(
  start: Start,
  ranks: ReadonlyMap<string, number>,
  { args, fitting }: Fitting,
): Promise<Pick<PassResult, 'model' | 'origins'>> {
  let { model } = start;
  const origins = new Map<string, string>();
  const moments = fitting && args.fit === 'original' ? await momentsOf(start, 'all', fitting) : undefined;
  const planned = [...start.layers.values()].filter(({ id }) => ranks.has(id));
  for (const [i, layer] of planned.entries()) {
    fitting?.progress(0.7 + (0.3 * i) / planned.length, `factoring ${layer.id}`);
    const method = methodFor(layer, String(args.method));
    const rank = ranks.get(layer.id) ?? 1;
    const ridge = Number(args.ridge);
    const fit =
      fitting && args.fit === 'chained'
        ? await chainedFit(model, layer, { start, args, fitting })
        : { moments: sees(layer, args) ? moments?.get(layer.id) : undefined };
    const done = factorizedModel(model, factored(layer, method, { ridge, ...fit }), rank);
    model = done.model;
    for (const part of done.parts) origins.set(part, layer.id);
  }
  return { model, origins };
}

/** W fitted again to what the compressed net gives: nothing is eliminated, so only the regression is left. */
async function chainedFit(
  model: Model,
  { id }: ReadingLayer,
  { start, args, fitting }: { readonly start: Start; readonly args: Arguments; readonly fitting: FittingContext },
) {
  const walk = walkChannels(model);
  const layers = multiplyingLayers(walk, new Set([id]));
  const layer = layers.get(id);
  const statistics = await chainedStatistics(
    { model, walk, layers },
    { original: start.model, readers: [id], mu: Number(args.mu) },
    { ...fitting, progress: () => {} },
  );
  const its = statistics.moments.get(id);
  const target = statistics.targets?.get(id);
  if (!layer || !its || !target) return { moments: its };
  const problem = {
    size: its.size,
    outputs: layer.outputs,
    covariance: centred(its),
    weights: weightMatrices(layer)[0] ?? new Float64Array(0),
    featuresOf: [],
    counts: 1,
  };
  const cross = target.crosses[0] ?? new Float64Array(0);
  const solved = eliminateUnits([{ ...problem, cross }], 0, { most: 0, ridge: Number(args.ridge), at: [0] });
  const weights = solved.weights.get(0)?.[0];
  return { moments: its, means: target.means, ...(weights ? { weights } : {}) };
}
