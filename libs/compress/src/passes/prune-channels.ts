/**
 * Before: x -> Conv(W1) -> Relu -> depthwise Conv -> Relu -> h -> Conv(W2) -> y
 * After:  the same with fewer channels between the two, W2 and its bias fitted so that y changes least
 *
 * Channels that depend on each other (channel-groups.ts) go together. Which go, and how the layers that read them are fitted:
 *
 *     S = cov(h),  A = (S + lambda I)^-1,  loss of channel j: |W_j|^2 / A_jj,  W' = A (cov(h, y) + lambda W),  b' = E[y] - W' E[h]
 *
 * on calibration images (eliminate-units.ts). How many go from which layer: where the answers change least on images that were held
 * out, per MAC or per channel saved, in counts that the runtime likes (multiples of 16; others made mobilenetv2 1.6 times slower).
 *
 * fit=original: everything is fitted on what the unpruned model reads, so that a layer's result depends on its own count alone.
 * fit=chained: layer after layer on what the pruned net reads, with y part the original's output (mu), so that errors do not pile up.
 *
 * Conditions
 * 1. Some channels can be removed: a layer makes them, a layer reads them, and no operator in between mixes them.
 * 2. Opset 13, or older and raisable; calibration images, but for criterion=magnitude and criterion=bn-scale without refit.
 * 3. criterion=bn-scale: batch norms that are not folded yet.
 */
import { isRefusal, type Refusal, refuse } from '@fleetfit/core';
import { type Arguments, type Change, type Model, type Pass, type PassContext, type PassResult } from '@fleetfit/onnx';
import { chainedStatistics } from '../chain-targets.ts';
import { type ChannelGroup, type ChannelGroups, channelGroups } from '../channel-groups.ts';
import { featuresOfUnits } from '../channel-readers.ts';
import { momentsWithout } from '../gather-covariances.ts';
import { eliminateGroup, type GroupElimination, type GroupStatistics, pruneGroup } from '../prune-group.ts';
import { channelSavings, greedyPlan, isExpanded, type KeptChannelsPlan, keptLevels, uniformPlan } from '../prune-plan.ts';
import { distanceAt, type FittingContext, momentsOf, type PrunableModel, prunableModel, pruningCurve } from '../pruning-curves.ts';
import { removeChannels } from '../remove-channels.ts';
import { activationScores, magnitudes, normScales } from '../unit-scores.ts';
import { raisedModel, whyNotRaised } from './raise-opset.ts';

const ALL = 'all';

/** Fewer channels. */
export const pruneChannels: Pass = {
  word: 'prune-channels',
  about: 'Fewer channels, chosen and compensated on calibration images',
  parameters: [
    { key: 'layer', about: `the layer whose output channels are pruned, by id, or ${ALL}`, values: 'text', default: ALL },
    { key: 'keep', about: 'for one layer: how many channels remain', values: 'integer', default: 0 },
    { key: 'remove', about: 'for all layers: the share to remove, 0 to 1', values: 'number', default: 0.2 },
    {
      key: 'of',
      about: 'what the share counts: multiply-accumulates of the layers concerned, or their channels',
      values: ['macs', 'channels'],
      default: 'macs',
    },
    {
      key: 'scope',
      about:
        'which channels: made by one layer (hidden), those with a depthwise convolution behind (expanded), streams that branches add to as well (all)',
      values: ['hidden', 'expanded', 'all'],
      default: 'hidden',
    },
    { key: 'criterion', about: 'how channels are chosen', values: ['hessian', 'activation', 'magnitude', 'bn-scale'], default: 'hessian' },
    {
      key: 'spread',
      about: 'how the share is spread over layers: by held-out images, by the error of the fit, or evenly',
      values: ['sensitivity', 'error', 'uniform'],
      default: 'sensitivity',
    },
    { key: 'refit', about: 'whether layers that read pruned channels are fitted again', values: ['yes', 'no'], default: 'yes' },
    {
      key: 'fit',
      about: 'what layers are fitted on: the original (cheap, shared by candidates) or the pruned net so far',
      values: ['original', 'chained'],
      default: 'original',
    },
    { key: 'mu', about: 'for fit=chained: how much of the original output is the target', values: 'number', default: 0.25 },
    { key: 'round', about: 'channel counts are multiples of this', values: 'integer', default: 16 },
    { key: 'least', about: 'the smallest share of its channels that a layer keeps', values: 'number', default: 0.4 },
    { key: 'ridge', about: 'how much the old weights hold, as a share of the mean variance', values: 'number', default: 0.01 },
  ],
  sentence,
  knobs: () => [],
  requires,
  apply: pruneModel,
};

function sentence({ layer, keep, remove, of, fit }: Arguments): string {
  if (layer !== ALL) return `${layer} pruned to ${keep} channels`;
  const what = of === 'macs' ? 'multiplications' : 'channels';
  return `${percent(Number(remove))} of ${what} pruned${fit === 'chained' ? ', layer after layer' : ''}`;
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

function requires(model: Model, args: Arguments): Refusal | undefined {
  const unraised = whyNotRaised(model);
  if (unraised) return unraised;
  const wrong = wrongArgument(args);
  if (wrong) return wrong;
  const groups = channelGroups(raisedModel(model).model);
  const chosen = chosenGroups(groups, args);
  if (isRefusal(chosen)) return chosen;
  if (args.criterion === 'bn-scale' && !chosen.some((group) => normScales(group, groups)))
    return refuse('criterion=bn-scale reads batch norms, and none stands behind a layer that can be pruned (fold-batch-norm comes after)');
  return undefined;
}

function wrongArgument({ layer, keep, remove, round, least }: Arguments): Refusal | undefined {
  if (layer !== ALL) return Number(keep) > 0 ? undefined : refuse(`keep=${keep} leaves ${layer} nothing: say how many channels remain`);
  if (!(Number(remove) > 0 && Number(remove) < 1)) return refuse(`remove=${remove} is not between 0 and 1`);
  if (!(Number(round) >= 1)) return refuse(`round=${round} is not 1 or more`);
  return Number(least) >= 0 && Number(least) < 1 ? undefined : refuse(`least=${least} is not in 0..1`);
}

function chosenGroups({ groups, kept, walk }: ChannelGroups, args: Arguments): readonly ChannelGroup[] | Refusal {
  const { layer, scope, keep } = args;
  if (layer !== ALL) {
    const group = groups.find(({ makers }) => makers.includes(String(layer)));
    const why = kept.find((each) => each.layer === layer)?.why;
    if (!group)
      return refuse(why ? `${layer} keeps its channels, because ${why}` : `there is no layer "${layer}" whose channels could be pruned`);
    const step = group.channels / group.units.length;
    if (Number(keep) >= group.channels || Number(keep) % step !== 0)
      return refuse(`${layer} has ${group.channels} channels that go in steps of ${step}: keep=${keep} is not possible`);
    return [group];
  }
  const inScope = groups.filter(
    (group) => scope === 'all' || (group.kind === 'hidden' && (scope === 'hidden' || isExpanded(group, { groups, kept, walk }))),
  );
  const prunable = inScope.filter((group) => keptLevels(group, levelOptions(args)).length > 0);
  if (prunable.length > 0) return prunable;
  const why =
    inScope.length > 0
      ? `no layer has enough channels to keep a multiple of ${args.round}`
      : kept[0] && `for example ${kept[0].layer} keeps its channels, because ${kept[0].why}`;
  return refuse(`no channels of this model can be pruned (scope=${scope})${why ? `: ${why}` : ''}`);
}

const levelOptions = ({ round, least }: Arguments) => ({ round: Number(round), least: Number(least) });

async function pruneModel(model: Model, args: Arguments, context: PassContext): Promise<PassResult | Refusal> {
  const raised = raisedModel(model);
  const prunable = prunableModel(raised.model);
  const groups = chosenGroups(prunable.groups, args);
  if (isRefusal(groups)) return groups;
  const { calibration } = context;
  const needsImages =
    args.refit === 'yes' ||
    args.criterion === 'hessian' ||
    args.criterion === 'activation' ||
    (args.layer === ALL && args.spread !== 'uniform');
  if (needsImages && (!calibration || calibration.count === 0))
    return refuse('there are no calibration images to choose and fit channels with');
  const fitting = calibration && { ...context, calibration };
  const plan = await planFor(prunable, groups, { args, fitting });
  if (plan.size === 0)
    return refuse(`no layer would lose a channel: remove=${args.remove} is less than one step of ${args.round} channels`);
  const pruned = await prunedBy(prunable, plan, { args, fitting });
  const changes = groups.flatMap((group): Change[] => {
    const kept = plan.get(group.name);
    return kept === undefined ? [] : [{ kind: 'changed', layer: group.name, what: `${kept} of ${group.channels} channels kept` }];
  });
  const origins = new Map<string, string>();
  return { model: pruned, changes: [...raised.changes, ...changes, ...keptWhole(groups, plan)], origins };
}

const keptWhole = (groups: readonly ChannelGroup[], plan: KeptChannelsPlan): Change[] =>
  groups
    .filter(({ name }) => !plan.has(name))
    .map(({ name, channels }) => ({ kind: 'refused', layer: name, why: `all ${channels} channels are kept: others cost less` }));

interface Fitting {
  readonly args: Arguments;
  readonly fitting: FittingContext | undefined;
}

async function planFor(prunable: PrunableModel, groups: readonly ChannelGroup[], { args, fitting }: Fitting): Promise<KeptChannelsPlan> {
  if (args.layer !== ALL) return new Map(groups.map(({ name }) => [name, Number(args.keep)]));
  const levels = new Map(groups.map((group) => [group.name, keptLevels(group, levelOptions(args))]));
  const savings = channelSavings(prunable.model, prunable.groups, groups);
  const options = { savings, remove: Number(args.remove), of: args.of === 'channels' ? 'channels' : 'macs', levels } as const;
  if (args.spread === 'uniform' || !fitting) return uniformPlan(groups, options);
  const curves = new Map<string, (kept: number) => number>();
  for (const [i, group] of groups.entries()) {
    fitting.progress(0.3 + (0.4 * i) / groups.length, `what pruning ${group.name} costs, ${i + 1} of ${groups.length}`);
    curves.set(group.name, await costOf(prunable, group, { args, fitting }));
  }
  return greedyPlan(groups, { ...options, lossAt: (group, kept) => curves.get(group.name)?.(kept) ?? 0 });
}

async function costOf(prunable: PrunableModel, group: ChannelGroup, { args, fitting }: Fitting): Promise<(kept: number) => number> {
  if (!fitting) return () => 0;
  const ridge = Number(args.ridge);
  if (args.spread === 'sensitivity') {
    const curve = await pruningCurve(prunable, group, { context: fitting, ridge, ...levelOptions(args) });
    return (kept) => distanceAt(curve, kept);
  }
  const statistics = { moments: await momentsOf(prunable, 'all', fitting) };
  const { losses } = eliminateGroup(prunable, group, { statistics, ridge, most: group.units.length - 1, at: [] });
  return (kept) => losses[Math.round(group.units.length * (1 - kept / group.channels))] ?? 0;
}

async function prunedBy(start: PrunableModel, plan: KeptChannelsPlan, { args, fitting }: Fitting): Promise<Model> {
  let current = start;
  const names = start.groups.groups.map(({ name }) => name).filter((name) => plan.has(name));
  const fitsChained = args.fit === 'chained' && args.refit === 'yes' && fitting !== undefined;
  const needsMoments =
    fitting !== undefined && !fitsChained && (args.refit === 'yes' || args.criterion === 'hessian' || args.criterion === 'activation');
  let moments: GroupStatistics['moments'] = needsMoments ? await momentsOf(start, 'all', fitting) : new Map();
  if (args.refit === 'no') return cutBy(start, plan, { args, moments });
  for (const [i, name] of names.entries()) {
    fitting?.progress(0.7 + (0.3 * i) / names.length, `pruning ${name}`);
    const group = current.groups.groups.find((each) => each.name === name);
    if (!group) continue;
    const statistics: GroupStatistics = fitsChained
      ? await chainedStatistics(
          { ...current, walk: current.groups.walk },
          { original: start.model, readers: group.readers, mu: Number(args.mu) },
          { ...fitting, progress: () => {} },
        )
      : { moments };
    const count = Math.round(group.units.length * (1 - (plan.get(name) ?? group.channels) / group.channels));
    const order = orderOf(group, current, { args, statistics });
    const elimination = eliminateGroup(current, group, {
      statistics,
      ridge: Number(args.ridge),
      most: count,
      at: [count],
      ...(order ? { order } : {}),
    });
    const pruned = pruneGroup(current.model, current, { elimination, count, statistics });
    moments = momentsLeft(moments, { group, elimination, count, current });
    current = prunableModel(pruned);
  }
  return current.model;
}

/** All groups at once: nothing is fitted between them. */
function cutBy(
  start: PrunableModel,
  plan: KeptChannelsPlan,
  { args, moments }: { readonly args: Arguments; readonly moments: GroupStatistics['moments'] },
): Model {
  const removed = new Set<number>();
  for (const group of start.groups.groups) {
    const kept = plan.get(group.name);
    if (kept === undefined) continue;
    const statistics = { moments };
    const count = Math.round(group.units.length * (1 - kept / group.channels));
    const order =
      orderOf(group, start, { args, statistics }) ??
      eliminateGroup(start, group, { statistics, ridge: Number(args.ridge), most: count, at: [] }).order;
    for (const unit of order.slice(0, count)) removed.add(group.units[unit]?.set ?? -1);
  }
  return removeChannels(start.model, start.groups, removed);
}

/** A layer that reads several groups has fewer columns once one of them is pruned: its moments lose the same. */
function momentsLeft(
  moments: GroupStatistics['moments'],
  by: { readonly group: ChannelGroup; readonly elimination: GroupElimination; readonly count: number; readonly current: PrunableModel },
): GroupStatistics['moments'] {
  const left = new Map(moments);
  for (const id of by.group.readers) {
    const layer = by.current.layers.get(id);
    const its = moments.get(id);
    if (!layer || !its) continue;
    const features = featuresOfUnits(by.current.groups, by.group, layer);
    const gone = new Set(by.elimination.order.slice(0, by.count).flatMap((unit) => features[unit] ?? []));
    left.set(id, momentsWithout(its, gone));
  }
  return left;
}

/** The order in which units go, by criteria that need no elimination; undefined: whichever costs least next. */
function orderOf(
  group: ChannelGroup,
  { groups, layers }: PrunableModel,
  { args, statistics }: { readonly args: Arguments; readonly statistics: GroupStatistics },
): readonly number[] | undefined {
  if (args.criterion === 'hessian') return undefined;
  const scores =
    args.criterion === 'magnitude'
      ? magnitudes(group, groups)
      : args.criterion === 'bn-scale'
        ? (normScales(group, groups) ?? magnitudes(group, groups))
        : activationScores(group, groups, { layers, moments: statistics.moments });
  return group.units.map((_, unit) => unit).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0) || a - b);
}
