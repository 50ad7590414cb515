import type { Model } from '@fleetfit/onnx';
import type { ChannelWalk, Touch } from './channel-rule.ts';
import { walkChannels } from './channel-walk.ts';

/** Channels that can only go together: one place of a layer, and whatever hangs on it through additions, shuffles, groups. */
interface ChannelUnit {
  /** The set of channels, as the walk names it. */
  readonly set: number;
  /** How many channels of each layer that makes them go with it, by node id. */
  readonly channels: number;
}

/** Layers whose output channels depend on each other, place by place. */
export interface ChannelGroup {
  /** Id of the first layer that makes these channels. */
  readonly name: string;
  /** Ids of all layers that make them: more than one where an Add joins branches. */
  readonly makers: readonly string[];
  /** Ids of the layers that multiply them. */
  readonly readers: readonly string[];
  /** Ids of what stands between: depthwise convolutions, batch norms. */
  readonly followers: readonly string[];
  readonly units: readonly ChannelUnit[];
  /** Channels of the first maker that can go. */
  readonly channels: number;
  /** `hidden`: made by one layer, between layers; `joined`: a stream that several layers add to. */
  readonly kind: 'hidden' | 'joined';
}

/** Channels that must stay, and why. */
export interface KeptChannels {
  readonly layer: string;
  readonly channels: number;
  readonly why: string;
}

export interface ChannelGroups {
  readonly walk: ChannelWalk;
  readonly groups: readonly ChannelGroup[];
  readonly kept: readonly KeptChannels[];
}

/** Finds which channels of a model can be removed, which must go together, and which must stay and why. */
export function channelGroups(model: Model): ChannelGroups {
  const walk = walkChannels(model);
  const { atoms, graph, touches } = walk;
  const bySet = new Map<number, Map<Touch, number>>();
  for (const touch of touches) {
    for (const id of touch.ids) {
      const set = atoms.setOf(id);
      const counts = bySet.get(set) ?? new Map<Touch, number>();
      counts.set(touch, (counts.get(touch) ?? 0) + 1);
      bySet.set(set, counts);
    }
  }
  const order = new Map(touches.map((touch, i) => [touch, i]));
  const bySignature = new Map<string, number[]>();
  const kept = new Map<string, KeptChannels>();
  for (const [set, counts] of bySet) {
    const why = atoms.frozen(set) ?? whyNotRemovable([...counts.keys()]);
    if (why !== undefined) addKept(kept, { counts, why, walk });
    else {
      const signature = [...counts].map(([touch, count]) => `${order.get(touch)}x${count}`).join();
      const sets = bySignature.get(signature);
      if (sets) sets.push(set);
      else bySignature.set(signature, [set]);
    }
  }
  const groups = [...bySignature.values()].map((sets) => groupOf(sets, bySet.get(sets[0] ?? -1) ?? new Map(), graph));
  const place = new Map(graph.nodes.map((node, i) => [graph.idOf(node), i]));
  groups.sort((a, b) => (place.get(a.name) ?? 0) - (place.get(b.name) ?? 0));
  return { walk, groups, kept: [...kept.values()] };
}

/** Channels that nobody makes belong to the image; those that nobody reads leave nothing to repair. */
function whyNotRemovable(touches: readonly Touch[]): string | undefined {
  if (!touches.some(({ does }) => does === 'makes')) return 'no layer makes them';
  return touches.some(({ does }) => does === 'reads') ? undefined : 'no layer reads them';
}

function addKept(
  kept: Map<string, KeptChannels>,
  of: { readonly counts: ReadonlyMap<Touch, number>; readonly why: string; readonly walk: ChannelWalk },
): void {
  for (const [{ node, does, constant }, count] of of.counts) {
    if (does !== 'makes' || constant !== node.inputs[1]) continue;
    const layer = of.walk.graph.idOf(node);
    const key = `${layer} ${of.why}`;
    kept.set(key, { layer, channels: (kept.get(key)?.channels ?? 0) + count, why: of.why });
  }
}

function groupOf(sets: readonly number[], counts: ReadonlyMap<Touch, number>, graph: ChannelWalk['graph']): ChannelGroup {
  const idsOf = (does: Touch['does']): string[] => [
    ...new Set([...counts.keys()].filter((touch) => touch.does === does).map(({ node }) => graph.idOf(node))),
  ];
  const makers = idsOf('makes');
  const first = [...counts].find(([{ does, constant, node }]) => does === 'makes' && constant === node.inputs[1]);
  const channels = first?.[1] ?? 1;
  return {
    name: makers[0] ?? '',
    makers,
    readers: idsOf('reads'),
    followers: idsOf('follows'),
    units: sets.map((set) => ({ set, channels })),
    channels: sets.length * channels,
    kind: makers.length > 1 ? 'joined' : 'hidden',
  };
}

/** The groups as text for people, one line each, and what must stay. */
export function formatChannelGroups({ groups, kept }: ChannelGroups): string {
  const line = ({ name, channels, units, makers, readers, followers, kind }: ChannelGroup): string => {
    const together = units.length === channels ? '' : ` in ${units.length} steps of ${channels / Math.max(1, units.length)}`;
    const joined = kind === 'joined' ? `, together with ${makers.slice(1).join(', ')}` : '';
    const between = followers.length === 0 ? '' : `, through ${followers.join(', ')}`;
    return `${name}: ${channels} channels${together}${joined}${between}, read by ${readers.join(', ')}`;
  };
  const stays = kept.map(({ layer, channels, why }) => `${layer}: ${channels} channels stay, because ${why}`);
  return [...groups.map(line), ...stays].join('\n');
}
