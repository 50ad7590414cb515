import { floatsOf } from '@fleetfit/onnx';
import type { ChannelGroup, ChannelGroups } from './channel-groups.ts';
import { featuresOfUnits, type ReadingLayer, weightMatrices } from './channel-readers.ts';
import type { LayerCovariance } from './gather-covariances.ts';

/** Sum of squared weights that make each unit of a group: the plain criterion, which knows nothing of what the image does. */
export function magnitudes(group: ChannelGroup, { walk }: ChannelGroups): number[] {
  return perUnit(group, walk, (touch) => touch.does === 'makes' && touch.constant === touch.node.inputs[1]);
}

/** Squared scales of the batch norms behind each unit (Liu et al., arXiv 1708.06519); undefined where there are none. */
export function normScales(group: ChannelGroup, { walk }: ChannelGroups): number[] | undefined {
  const scores = perUnit(group, walk, (touch) => touch.node.op === 'BatchNormalization' && touch.constant === touch.node.inputs[1]);
  return scores.some((score) => score > 0) ? scores : undefined;
}

type Touches = ChannelGroups['walk']['touches'];

function perUnit(
  { units }: ChannelGroup,
  { graph, touches, atoms }: ChannelGroups['walk'],
  counts: (touch: Touches[number]) => boolean,
): number[] {
  const unitOf = new Map(units.map(({ set }, unit) => [set, unit]));
  const scores = units.map(() => 0);
  for (const touch of touches) {
    const constant = counts(touch) ? graph.constant(touch.constant) : undefined;
    if (!constant) continue;
    const inner = constant.dims.slice(touch.axis + 1).reduce((product, dim) => product * dim, 1);
    const size = constant.dims[touch.axis] ?? 1;
    floatsOf(constant).forEach((value, i) => {
      const unit = unitOf.get(atoms.setOf(touch.ids[Math.floor(i / inner) % size] ?? -1));
      if (unit !== undefined) scores[unit] = (scores[unit] ?? 0) + value * value;
    });
  }
  return scores;
}

/** E[h_j^2] |W_j|^2, summed over what reads a unit: how much of the output it carries by itself. */
export function activationScores(
  group: ChannelGroup,
  groups: ChannelGroups,
  { layers, moments }: { readonly layers: ReadonlyMap<string, ReadingLayer>; readonly moments: ReadonlyMap<string, LayerCovariance> },
): number[] {
  const scores = group.units.map(() => 0);
  for (const id of group.readers) {
    const layer = layers.get(id);
    const its = moments.get(id);
    if (!layer || !its) continue;
    const features = featuresOfUnits(groups, group, layer);
    weightMatrices(layer).forEach((w, g) => {
      const wide = w.length / its.size;
      features.forEach((own, unit) => {
        for (const i of own) {
          const power = its.moments[(g * its.size + i) * its.size + i] ?? 0;
          let squares = 0;
          for (let o = i * wide; o < (i + 1) * wide; o++) squares += (w[o] ?? 0) ** 2;
          scores[unit] = (scores[unit] ?? 0) + power * squares;
        }
      });
    });
  }
  return scores;
}
