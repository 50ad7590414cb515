import { isRefusal } from '@fleetfit/core';
import { type Change, editModel, type Model, type PassResult, type Rule } from '@fleetfit/onnx';

/** A rule, and what its history says: which nodes it is about, and a sentence for each success. */
interface Rewrite<Match> {
  readonly rule: Rule<Match>;
  /** Refusals are kept only for these ops: that a Relu is no batch norm is no news. */
  readonly about: readonly string[];
  /** The layer that the match stands for, by id, and what was done to it. */
  readonly tells: (match: Match) => { readonly layer: string; readonly what: string };
}

/**
 * Applies a rule wherever it matches, in graph order, until it matches nowhere: one fold may make the next possible.
 * Refusals are those of the last round.
 */
export function rewriteModel<Match>(model: Model, { rule, about, tells }: Rewrite<Match>): PassResult {
  const changed: Change[] = [];
  let refused: Change[] = [];
  const rewritten = editModel(model, (graph) => {
    for (let before = -1; changed.length !== before; ) {
      before = changed.length;
      refused = [];
      for (const node of graph.nodes) {
        if (graph.nodeMaking(node.outputs[0] ?? '') !== node) continue; // replaced in this round
        const match = rule.match(node, graph);
        if (!isRefusal(match)) {
          changed.push({ kind: 'changed', ...tells(match) });
          rule.rewrite(match, graph);
        } else if (about.includes(node.op)) refused.push({ kind: 'refused', layer: graph.idOf(node), why: match.why });
      }
    }
  });
  return { model: rewritten, changes: [...changed, ...refused], origins: new Map() };
}
