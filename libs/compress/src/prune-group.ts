import { constantOf, editModel, type Model, viewOf } from '@fleetfit/onnx';
import type { ChannelGroup, ChannelGroups } from './channel-groups.ts';
import {
  biasOf,
  featuresOfUnits,
  meanOutput,
  nodesById,
  problemsOf,
  type ReadingLayer,
  takesBias,
  weightMatrices,
  weightOf,
} from './channel-readers.ts';
import { eliminateUnits } from './eliminate-units.ts';
import type { LayerCovariance } from './gather-covariances.ts';
import { removeChannels, sliceConstant } from './remove-channels.ts';

/** What is known of the layers that read a group. */
export interface GroupStatistics {
  /** By id of the layer; layers without any are only cut. */
  readonly moments: ReadonlyMap<string, LayerCovariance>;
  /** By id of the layer: what it should give instead of what it gives. */
  readonly targets?: ReadonlyMap<string, Target>;
}

/** Another target than the old output of a layer. */
export interface Target {
  /** By group: (features, outputs), cov(h, y). */
  readonly crosses: readonly Float64Array[];
  /** E[y] of every output channel. */
  readonly means: Float64Array;
}

/** How one group is pruned, at every number of removed units that was asked for. */
export interface GroupElimination {
  readonly group: ChannelGroup;
  /** Units by index, in the order of their removal. */
  readonly order: readonly number[];
  readonly losses: Float64Array;
  /** By number of removed units, then by layer: fitted weights, one matrix a group of the convolution. */
  readonly fitted: ReadonlyMap<number, ReadonlyMap<string, readonly Float64Array[]>>;
}

export interface EliminateOptions {
  readonly ridge: number;
  readonly most: number;
  readonly at: readonly number[];
  /** Absent: whichever unit costs least next. */
  readonly order?: readonly number[];
}

/** Eliminates units of a group, fitting every layer that reads them. */
export function eliminateGroup(
  by: { readonly groups: ChannelGroups; readonly layers: ReadonlyMap<string, ReadingLayer> },
  group: ChannelGroup,
  { statistics, ...options }: EliminateOptions & { readonly statistics: GroupStatistics },
): GroupElimination {
  const readers = group.readers.flatMap((id) => {
    const layer = by.layers.get(id);
    const moments = statistics.moments.get(id);
    if (!layer || !moments) return [];
    const crosses = statistics.targets?.get(id)?.crosses;
    return [
      {
        id,
        problems: problemsOf(layer, moments, { featuresOf: featuresOfUnits(by.groups, group, layer), ...(crosses ? { crosses } : {}) }),
      },
    ];
  });
  const all = readers.flatMap(({ problems }) => problems);
  const { order, losses, weights } = eliminateUnits(all, group.units.length, options);
  const fitted = new Map(
    [...weights].map(([count, matrices]) => {
      let from = 0;
      const byLayer = readers.map(({ id, problems }): [string, readonly Float64Array[]] => {
        from += problems.length;
        return [id, matrices.slice(from - problems.length, from)];
      });
      return [count, new Map(byLayer)] as const;
    }),
  );
  return { group, order, losses, fitted };
}

/** Removes the first `count` units of an elimination from the model that it was made for, and writes the fitted weights. */
export function pruneGroup(
  model: Model,
  by: { readonly groups: ChannelGroups; readonly layers: ReadonlyMap<string, ReadingLayer> },
  {
    elimination,
    count,
    statistics,
  }: { readonly elimination: GroupElimination; readonly count: number; readonly statistics: GroupStatistics },
): Model {
  const { groups, layers } = by;
  const removed = new Set(elimination.order.slice(0, count).map((unit) => elimination.group.units[unit]?.set ?? -1));
  const pruned = removeChannels(model, groups, removed);
  const fitted = elimination.fitted.get(count) ?? new Map<string, readonly Float64Array[]>();
  return editModel(pruned, (graph) => {
    const nodes = nodesById(viewOf(pruned));
    for (const [id, matrices] of fitted) {
      const layer = layers.get(id);
      const node = nodes.get(id);
      const moments = statistics.moments.get(id);
      if (!layer || !node || !moments) continue;
      const whole = weightOf(layer, matrices);
      const touch = groups.walk.touches.find((each) => each.node === layer.node && each.does === 'reads');
      const places = (touch?.ids ?? []).flatMap((set, place) => (removed.has(groups.walk.atoms.setOf(set)) ? [] : [place]));
      graph.setConstant(touch ? sliceConstant(whole, touch.axis, places) : whole);
      if (!takesBias(layer)) continue;
      const bias = shiftedBias(layer, matrices, { moments, target: statistics.targets?.get(id) });
      const name = graph.freshName(`${layer.weight.name}_refitted_bias`);
      graph.setConstant(constantOf(name, [bias.length], bias));
      const { op, outputs, attributes, inputs } = node;
      graph.replace(node, { name: node.name, op, outputs, attributes, inputs: [inputs[0] ?? '', inputs[1] ?? '', name] });
    }
  });
}

/** b' = E[y] - W' E[h], with E[y] = W0' E[h] + b0 where there is no other target. */
function shiftedBias(
  layer: ReadingLayer,
  matrices: readonly Float64Array[],
  { moments, target }: { readonly moments: LayerCovariance; readonly target: Target | undefined },
): Float32Array {
  const before = meanOutput(layer, weightMatrices(layer), moments.means);
  const after = meanOutput(layer, matrices, moments.means);
  const b = biasOf(layer);
  return Float32Array.from(after, (mean, o) => (target ? (target.means[o] ?? 0) : (before[o] ?? 0) + (b?.[o] ?? 0)) - mean);
}
