import { type Constant, constantOf, type Model } from '@fleetfit/onnx';
import type { FlatState } from './flat-state.ts';
import type { TrainGraph } from './train-graph.ts';

/** The model as it was, with the numbers of a training in place of its own. Batch normalizations stay nodes, for passes to fold. */
export function exportTrained(
  model: Model,
  graph: Pick<TrainGraph, 'weights' | 'statistics'>,
  state: { readonly weights: Float32Array; readonly statistics: Float32Array },
): Model {
  const trained = new Map<string, Constant>([...pieces(graph.weights, state.weights), ...pieces(graph.statistics, state.statistics)]);
  const constants = new Map([...model.graph.constants].map(([name, old]) => [name, trained.get(name) ?? old]));
  return { ...model, graph: { ...model.graph, constants } };
}

function pieces(layout: FlatState, vector: Float32Array): [string, Constant][] {
  return layout.pieces.map(({ name, dims, offset, count }) => [name, constantOf(name, dims, vector.slice(offset, offset + count))]);
}
