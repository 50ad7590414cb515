import { byteLengthOf, type GraphView, intAttribute, type Model, type Node } from '@fleetfit/onnx';
import type { Knob, Level } from '@fleetfit/space';
import { type ChannelGroup, type ChannelGroups, channelGroups } from './channel-groups.ts';
import { raisedModel, whyNotRaised } from './passes/raise-opset.ts';
import { channelSavings, keptLevels } from './prune-plan.ts';

interface LayerKnobOptions {
  /** Channel counts are multiples of this. */
  readonly round?: number;
  /** By layer: how much accuracy compressing it is thought to cost ({@link sensitivityOfModel}). */
  readonly sensitivities?: ReadonlyMap<string, number>;
}

/** Shares of the channels that are offered besides all of them, as near as rounding allows. */
const OFFERED = [0.875, 0.75, 0.625, 0.5, 0.375];

/**
 * A knob for every layer whose channels can be pruned by themselves: how many remain, with the exact bytes and multiply-accumulates of
 * all layers that those channels touch, and which layers stand next to it. None where the model cannot be pruned.
 */
export function layerKnobs(model: Model, { round = 16, sensitivities }: LayerKnobOptions = {}): readonly Knob[] {
  if (whyNotRaised(model)) return [];
  const raised = raisedModel(model).model;
  const found = channelGroups(raised);
  const hidden = found.groups.filter((group) => group.kind === 'hidden' && keptLevels(group, { round, least: 0.3 }).length > 0);
  return hidden.map((group): Knob => {
    const sensitivity = sensitivities?.get(group.name);
    return {
      name: `channels-${group.name}`,
      label: `Channels of ${group.name}`,
      order: 'ordinal',
      scale: 'linear',
      layer: group.name,
      role: roleOf(group, found.walk.graph),
      neighbours: hidden.filter((other) => other !== group && areNeighbours(group, other)).map(({ name }) => name),
      levels: levelsOf(group, { model: raised, found, round }),
      ...(sensitivity === undefined ? {} : { sensitivity }),
    };
  });
}

function levelsOf(
  group: ChannelGroup,
  { model, found, round }: { readonly model: Model; readonly found: ChannelGroups; readonly round: number },
): Level[] {
  const choices = keptLevels(group, { round, least: 0.3 });
  const nearest = (share: number): number =>
    choices.reduce(
      (best, kept) => (Math.abs(kept - share * group.channels) < Math.abs(best - share * group.channels) ? kept : best),
      choices[0] ?? 0,
    );
  const offered = [...new Set(OFFERED.map(nearest))].sort((a, b) => b - a);
  const savings = channelSavings(model, found, [group]);
  const level = (kept: number): Level => ({
    name: String(kept),
    label: kept === group.channels ? `all ${kept} channels` : `${kept} channels`,
    value: kept,
    bytes: bytesAt(group, found, kept),
    macs: Math.round(savings.macs(new Map([[group.name, kept]]))),
    adds: { kind: 'steps', steps: kept === group.channels ? [] : [{ word: 'prune-channels', args: { layer: group.name, keep: kept } }] },
  });
  return [group.channels, ...offered].map(level);
}

/** Bytes of every constant that the channels of a group touch. */
function bytesAt(group: ChannelGroup, { walk }: ChannelGroups, kept: number): number {
  const sets = new Set(group.units.map(({ set }) => set));
  const share = kept / group.channels;
  const dims = new Map<string, number[]>();
  for (const { constant, axis, ids } of walk.touches) {
    const own = ids.filter((id) => sets.has(walk.atoms.setOf(id))).length;
    const now = dims.get(constant) ?? [...(walk.graph.constant(constant)?.dims ?? [])];
    if (own === 0) continue;
    now[axis] = (now[axis] ?? 0) - Math.round(own * (1 - share));
    dims.set(constant, now);
  }
  return [...dims].reduce((sum, [constant, its]) => sum + (byteLengthOf(walk.graph.constant(constant)?.typeCode ?? 1, its) ?? 0), 0);
}

/** They make or read channels in a common layer. */
function areNeighbours(a: ChannelGroup, b: ChannelGroup): boolean {
  const own = new Set([...a.makers, ...a.readers]);
  return [...b.makers, ...b.readers].some((id) => own.has(id));
}

const isInGroups = (node: Node | undefined): boolean => node?.op === 'Conv' && intAttribute(node, 'group', 1) > 1;

function roleOf(group: ChannelGroup, graph: GraphView): string {
  const nodeOf = (id: string) => graph.nodes.find((node) => graph.idOf(node) === id);
  const maker = nodeOf(group.name);
  if (maker && graph.isInput(maker.inputs[0] ?? '')) return 'stem';
  const isExpanded = group.followers.some((id) => isInGroups(nodeOf(id)));
  if (isExpanded) return 'expand';
  return group.readers.some((id) => nodeOf(id)?.op !== 'Conv') ? 'head' : 'hidden';
}
