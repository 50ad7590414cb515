import { indexOf, questionsOf } from './graph-index.ts';
import type { GraphView } from './graph-view.ts';
import type { Model } from './model.ts';

/** Questions about the main graph of a model. Building the view costs one walk over the nodes: make one, ask it often. */
export function viewOf(model: Model): GraphView {
  return { ...questionsOf(indexOf(model.graph)), nodes: model.graph.nodes };
}
