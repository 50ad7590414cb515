import { isRefusal } from '@fleetfit/core';
import { type Constant, constantOf, floatsOf, type GraphView, intAttribute, type Node } from '@fleetfit/onnx';
import type { ChannelGroup, ChannelGroups } from './channel-groups.ts';
import type { ChannelWalk } from './channel-rule.ts';
import type { Reader } from './eliminate-units.ts';
import { centred, type LayerCovariance } from './gather-covariances.ts';
import { type Features, featuresOf } from './layer-features.ts';

/** A layer that multiplies channels, and how its weight is read as a matrix. */
export interface ReadingLayer {
  readonly id: string;
  readonly node: Node;
  readonly weight: Constant;
  readonly bias: Constant | undefined;
  /** What its moments are gathered of. Windows that are too large count each pixel once, not each tap. */
  readonly features: Features;
  /** Numbers of a column that belong to one channel: taps of the kernel, 1 where taps are fitted apart. */
  readonly taps: number;
  /** Taps that count as outputs of their own. */
  readonly apart: number;
  /** Output channels of one group. */
  readonly outputs: number;
}

/** Columns that are fitted at once at most: a covariance of 1200 takes a second to invert. */
const LARGEST_COLUMN = 1200;

/** Every layer that reads channels of these groups and whose inputs can be gathered; others have weights of another form. */
export const readingLayers = ({ walk }: ChannelGroups, groups: readonly ChannelGroup[]): ReadonlyMap<string, ReadingLayer> =>
  multiplyingLayers(walk, new Set(groups.flatMap((group) => group.readers)));

/** The layers with these ids as matrices. Layers whose inputs cannot be gathered or whose weights are shared are left out. */
export function multiplyingLayers(
  walk: Pick<ChannelWalk, 'graph' | 'shapes'>,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, ReadingLayer> {
  const { graph, shapes } = walk;
  const layers = new Map<string, ReadingLayer>();
  for (const node of graph.nodes) {
    const id = graph.idOf(node);
    const weight = graph.constant(node.inputs[1] ?? '');
    const features = featuresOf(node, graph, shapes);
    if (!wanted.has(id) || isRefusal(features) || !weight || graph.usersOf(weight.name).length > 1) continue;
    const taps = node.op === 'Conv' ? weight.dims.slice(2).reduce((product, dim) => product * dim, 1) : 1;
    const bias = graph.constant(node.inputs[2] ?? '');
    const layer = { id, node, weight, bias, outputs: outputsOf(node, weight) };
    if (features.size > LARGEST_COLUMN && taps > 1)
      layers.set(id, { ...layer, features: singlePixels(features, taps, shapes), taps: 1, apart: taps });
    else layers.set(id, { ...layer, features: beforePooling(features, walk) ?? features, taps, apart: 1 });
  }
  return layers;
}

function singlePixels(features: Features, taps: number, shapes: ChannelWalk['shapes']): Features {
  const positions = shapes
    .of(features.value)
    ?.slice(2)
    .reduce((product, dim) => product * dim, 1);
  return { ...features, size: features.size / taps, window: undefined, positions };
}

/**
 * A dense layer behind a global pooling sees one column an image, far fewer than it has inputs. Pixels before the pooling have the same
 * mean, and there are many of them.
 */
function beforePooling(features: Features, { graph, shapes }: Pick<ChannelWalk, 'graph' | 'shapes'>): Features | undefined {
  if (features.axis !== 'last') return undefined;
  let { value } = features;
  for (let maker = graph.nodeMaking(value); maker; maker = graph.nodeMaking(value)) {
    value = maker.inputs[0] ?? '';
    const shape = shapes.of(value);
    if (maker.op === 'GlobalAveragePool' || (maker.op === 'ReduceMean' && shape?.length === 4)) {
      if (shape?.[1] !== features.size) return undefined;
      return { ...features, value, axis: 'second', positions: shape.slice(2).reduce((product, dim) => product * dim, 1) };
    }
    if (!['Flatten', 'Reshape', 'Squeeze', 'Dropout', 'Identity'].includes(maker.op)) return undefined;
  }
  return undefined;
}

function outputsOf(node: Node, weight: Constant): number {
  if (node.op === 'Conv') return (weight.dims[0] ?? 0) / intAttribute(node, 'group', 1);
  return weight.dims[isTransposed(node) ? 0 : 1] ?? 0;
}

const isTransposed = (node: Node): boolean => node.op === 'Conv' || (node.op === 'Gemm' && intAttribute(node, 'transB', 0) === 1);

/** The weight as W (features, outputs), one matrix for each group: y = W' h. */
export function weightMatrices({ node, weight, features, outputs, apart }: ReadingLayer): Float64Array[] {
  const values = floatsOf(weight);
  const { groups, size } = features;
  return Array.from({ length: groups }, (_, group) => {
    const matrix = new Float64Array(size * outputs * apart);
    forEachWeight({ node, size, outputs, apart }, group, (from, to) => void (matrix[to] = values[from] ?? 0));
    return matrix;
  });
}

/** The weight back from its matrices. */
export function weightOf({ node, weight, features, outputs, apart }: ReadingLayer, matrices: readonly Float64Array[]): Constant {
  const values = new Float32Array(floatsOf(weight).length);
  matrices.forEach((matrix, group) =>
    forEachWeight({ node, size: features.size, outputs, apart }, group, (to, from) => void (values[to] = matrix[from] ?? 0)),
  );
  return constantOf(weight.name, weight.dims, values);
}

interface Layout {
  readonly node: Node;
  readonly size: number;
  readonly outputs: number;
  readonly apart: number;
}

/** Calls with the place of each number in the weight and in the matrix of its group. */
function forEachWeight({ node, size, outputs, apart }: Layout, group: number, visit: (weight: number, matrix: number) => void): void {
  const wide = outputs * apart;
  const transposed = isTransposed(node);
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < size; i++)
      for (let t = 0; t < apart; t++) {
        const weight = transposed ? ((group * outputs + o) * size + i) * apart + t : i * outputs + o;
        visit(weight, i * wide + o * apart + t);
      }
}

/** By unit of a group: the features of a layer that go with it. */
export function featuresOfUnits({ walk }: ChannelGroups, group: ChannelGroup, layer: ReadingLayer): readonly (readonly number[])[] {
  const ids = walk.touches.find(({ node, does }) => node === layer.node && does === 'reads')?.ids ?? [];
  const places = new Map<number, number[]>();
  ids.forEach((id, place) => {
    const set = walk.atoms.setOf(id);
    const features = places.get(set) ?? [];
    for (let tap = 0; tap < layer.taps; tap++) features.push(place * layer.taps + tap);
    places.set(set, features);
  });
  return group.units.map(({ set }) => places.get(set) ?? []);
}

/** Least-squares problems of one layer, one for each group of a grouped convolution. */
export function problemsOf(
  layer: ReadingLayer,
  moments: LayerCovariance,
  by: { readonly featuresOf: readonly (readonly number[])[]; readonly crosses?: readonly Float64Array[] },
): Reader[] {
  const { size } = layer.features;
  const outputs = layer.outputs * layer.apart;
  return weightMatrices(layer).map((weights, group) => {
    // Without a bias that could be moved, the mean has to be fitted like the rest.
    const covariance = takesBias(layer) ? centred(moments, group) : moments.moments.slice(group * size * size, (group + 1) * size * size);
    const cross = by.crosses?.[group];
    const variance = outputVariance(covariance, weights, { size, outputs });
    return {
      size,
      outputs,
      covariance,
      weights,
      featuresOf: by.featuresOf,
      counts: 1 / Math.max(variance, 1e-12),
      ...(cross ? { cross } : {}),
    };
  });
}

/** tr(W' S W) */
function outputVariance(s: Float64Array, w: Float64Array, { size, outputs }: { readonly size: number; readonly outputs: number }): number {
  let total = 0;
  const row = new Float64Array(outputs);
  for (let i = 0; i < size; i++) {
    row.fill(0);
    for (let k = 0; k < size; k++) {
      const f = s[i * size + k] ?? 0;
      if (f !== 0) for (let o = 0; o < outputs; o++) row[o] = (row[o] ?? 0) + f * (w[k * outputs + o] ?? 0);
    }
    for (let o = 0; o < outputs; o++) total += (row[o] ?? 0) * (w[i * outputs + o] ?? 0);
  }
  return total;
}

/** W' m for each output, taps that stand apart added up. */
export function meanOutput(layer: ReadingLayer, matrices: readonly Float64Array[], means: Float64Array): Float64Array {
  const { features, outputs, apart } = layer;
  const result = new Float64Array(features.groups * outputs);
  matrices.forEach((matrix, group) => {
    for (let i = 0; i < features.size; i++) {
      const mean = means[group * features.size + i] ?? 0;
      for (let o = 0; o < outputs; o++)
        for (let t = 0; t < apart; t++) {
          const at = group * outputs + o;
          result[at] = (result[at] ?? 0) + mean * (matrix[(i * outputs + o) * apart + t] ?? 0);
        }
    }
  });
  return result;
}

/** Whether a bias can be changed or added: MatMul has none. */
export const takesBias = ({ node }: ReadingLayer): boolean => node.op !== 'MatMul';

export const biasOf = ({ bias }: ReadingLayer): Float32Array | undefined => (bias ? floatsOf(bias) : undefined);

/** The nodes of a graph by their ids. */
export const nodesById = (graph: GraphView): ReadonlyMap<string, Node> => new Map(graph.nodes.map((node) => [graph.idOf(node), node]));
