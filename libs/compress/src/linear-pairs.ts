import { type GraphView, intAttribute, intsAttribute, type Node } from '@fleetfit/onnx';
import { multiplyingLayers, type ReadingLayer } from './channel-readers.ts';
import type { ChannelWalk } from './channel-rule.ts';

/** Two layers with nothing between them: what the first makes, only the second reads, as it is. */
export interface LinearPair {
  readonly first: ReadingLayer;
  readonly second: ReadingLayer;
}

/**
 * Every pair of a layer and a convolution of single pixels (or of two dense layers) that together are one linear map.
 * Padding of the second would see zeros where the first gives its bias, so there must be none.
 */
export function linearPairs(walk: Pick<ChannelWalk, 'graph' | 'shapes'>): LinearPair[] {
  const { graph } = walk;
  const ids = graph.nodes.filter(({ op }) => op === 'Conv' || op === 'Gemm').map((node) => graph.idOf(node));
  const layers = multiplyingLayers(walk, new Set(ids));
  return [...layers.values()].flatMap((second) => {
    const { node } = second;
    const maker = graph.nodeMaking(node.inputs[0] ?? '');
    const first = maker && layers.get(graph.idOf(maker));
    return first && isPair(first.node, node, graph) && first.apart === 1 && second.apart === 1 ? [{ first, second }] : [];
  });
}

function isPair(first: Node, second: Node, graph: GraphView): boolean {
  const [y = ''] = first.outputs;
  if (graph.isOutput(y) || graph.usersOf(y).length > 1 || first.op !== second.op) return false;
  if (intAttribute(first, 'group', 1) > 1 || intAttribute(second, 'group', 1) > 1) return false;
  if (second.op === 'Gemm') return true;
  const taps = graph.constant(second.inputs[1] ?? '')?.dims.slice(2) ?? [2];
  return taps.every((size) => size === 1) && (intsAttribute(second, 'pads') ?? []).every((pad) => pad === 0);
}
