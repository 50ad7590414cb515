import type { Model } from '@fleetfit/onnx';
import { intAttribute } from '@fleetfit/onnx';
import type { ChannelGroup, ChannelGroups } from './channel-groups.ts';
import { costOfModel } from './cost-of-model.ts';

/** How many channels of each group remain, by name of the group. Groups that are not named stay whole. */
export type KeptChannelsPlan = ReadonlyMap<string, number>;

/** What removing channels saves: linear in the channels that each layer makes and reads. */
export interface ChannelSavings {
  /** MACs of the layers that the groups touch, at a plan. */
  macs(plan: KeptChannelsPlan): number;
  /** Channels of the groups that remain. */
  channels(plan: KeptChannelsPlan): number;
}

interface NodeShare {
  readonly macs: number;
  /** By group: the share of the channels that the node makes and that it reads. */
  readonly makes: ReadonlyMap<string, number>;
  readonly reads: ReadonlyMap<string, number>;
}

// Asked for each group of one model.
const counted = new WeakMap<Model, ReadonlyMap<string, number>>();

function macsByNode(model: Model): ReadonlyMap<string, number> {
  const before = counted.get(model);
  if (before) return before;
  const costs = new Map(costOfModel(model).nodes.map((node) => [node.id, node.macs ?? 0]));
  counted.set(model, costs);
  return costs;
}

/** Counts MACs of plans without making the models: every layer's share of each group is found once. */
export function channelSavings(model: Model, { walk }: ChannelGroups, groups: readonly ChannelGroup[]): ChannelSavings {
  const costs = macsByNode(model);
  const groupOf = new Map(groups.flatMap((group) => group.units.map(({ set }) => [set, group.name] as const)));
  const shares = new Map<string, { macs: number; makes: Map<string, number>; reads: Map<string, number> }>();
  for (const { node, does, ids, constant } of walk.touches) {
    const macs = costs.get(walk.graph.idOf(node)) ?? 0;
    if (macs === 0 || constant !== node.inputs[1]) continue;
    const id = walk.graph.idOf(node);
    const share = shares.get(id) ?? { macs, makes: new Map<string, number>(), reads: new Map<string, number>() };
    shares.set(id, share);
    const side = does === 'reads' ? share.reads : share.makes;
    for (const channel of ids) {
      const group = groupOf.get(walk.atoms.setOf(channel));
      if (group !== undefined) side.set(group, (side.get(group) ?? 0) + 1 / ids.length);
    }
  }
  const touched: NodeShare[] = [...shares.values()].filter(({ makes, reads }) => makes.size + reads.size > 0);
  const size = new Map(groups.map(({ name, channels }) => [name, channels]));
  const remaining = (side: ReadonlyMap<string, number>, plan: KeptChannelsPlan): number => {
    let gone = 0;
    for (const [group, share] of side) {
      const kept = plan.get(group);
      if (kept !== undefined) gone += share * (1 - kept / (size.get(group) ?? 1));
    }
    return 1 - gone;
  };
  return {
    macs: (plan) => touched.reduce((sum, { macs, makes, reads }) => sum + macs * remaining(makes, plan) * remaining(reads, plan), 0),
    channels: (plan) => groups.reduce((sum, { name, channels }) => sum + (plan.get(name) ?? channels), 0),
  };
}

/** Numbers of channels that a group may keep: multiples of `round` that its units allow, largest first, the whole group left out. */
export function keptLevels(
  { channels, units }: ChannelGroup,
  { round, least }: { readonly round: number; readonly least: number },
): number[] {
  const step = channels / Math.max(1, units.length);
  return Array.from({ length: Math.max(0, units.length - 1) }, (_, i) => (units.length - 1 - i) * step).filter(
    (kept) => kept % round === 0 && kept >= least * channels,
  );
}

export interface PlanOptions {
  readonly savings: ChannelSavings;
  /** Share to remove, 0..1. */
  readonly remove: number;
  readonly of: 'macs' | 'channels';
  /** By group: what it costs to keep so many channels; larger is worse, in one unit for all groups. */
  readonly lossAt: (group: ChannelGroup, kept: number) => number;
  readonly levels: ReadonlyMap<string, readonly number[]>;
}

/** Steps that are looked ahead at once: past a bump, a cheap stretch may follow. */
const AHEAD = 3;

/**
 * Takes channels where the loss per unit saved is least, step by step, until enough is saved or nothing is left to take.
 * The sum of losses of single groups ranks plans well, though it is 1.4 to 1.6 times too low.
 */
export function greedyPlan(groups: readonly ChannelGroup[], { savings, remove, of, lossAt, levels }: PlanOptions): KeptChannelsPlan {
  const plan = new Map<string, number>();
  const amount = savings[of];
  const goal = amount(plan) * (1 - remove);
  for (let now = amount(plan); now > goal; ) {
    const best = bestStep(groups, { plan, now, amount, lossAt, levels });
    if (!best) break;
    plan.set(best.group.name, best.kept);
    now = amount(plan);
  }
  return plan;
}

interface Stand extends Pick<PlanOptions, 'lossAt' | 'levels'> {
  readonly plan: ReadonlyMap<string, number>;
  readonly now: number;
  readonly amount: (plan: KeptChannelsPlan) => number;
}

function bestStep(groups: readonly ChannelGroup[], { plan, now, amount, lossAt, levels }: Stand) {
  let best: { readonly group: ChannelGroup; readonly kept: number; readonly price: number } | undefined;
  for (const group of groups) {
    const kept = plan.get(group.name) ?? group.channels;
    const next = (levels.get(group.name) ?? []).filter((level) => level < kept).slice(0, AHEAD);
    for (const level of next) {
      const saved = now - amount(new Map([...plan, [group.name, level]]));
      const price = (lossAt(group, level) - lossAt(group, kept)) / Math.max(saved, 1e-9);
      if (!best || price < best.price) best = { group, kept: level, price };
    }
  }
  return best;
}

/** The same share of every group, rounded; the share is found by halving. */
export function uniformPlan(
  groups: readonly ChannelGroup[],
  { savings, remove, of, levels }: Omit<PlanOptions, 'lossAt'>,
): KeptChannelsPlan {
  const planAt = (share: number): KeptChannelsPlan =>
    new Map(
      groups.flatMap((group) => {
        const choices = [group.channels, ...(levels.get(group.name) ?? [])];
        const nearest = choices.reduce((best, kept) =>
          Math.abs(kept - share * group.channels) < Math.abs(best - share * group.channels) ? kept : best,
        );
        return nearest === group.channels ? [] : [[group.name, nearest] as const];
      }),
    );
  const amount = savings[of];
  const goal = amount(new Map()) * (1 - remove);
  let [low, high] = [0, 1];
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (amount(planAt(middle)) > goal) high = middle;
    else low = middle;
  }
  return planAt(low);
}

/** Whether a depthwise convolution stands between the layers of a group: the wide middle of an inverted bottleneck. */
export function isExpanded(group: ChannelGroup, { walk: { graph } }: ChannelGroups): boolean {
  return group.followers.some((id) =>
    graph.nodes.some((node) => node.op === 'Conv' && graph.idOf(node) === id && intAttribute(node, 'group', 1) > 1),
  );
}
