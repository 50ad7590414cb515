/**
 * Before: a model of opset 7 to 12
 * After:  the same model of opset 13, which quantizers with a scale per channel need
 *
 * Operators that changed their form are rewritten one version at a time (opset-rules.ts): attributes that became inputs,
 * Softmax over everything behind an axis, Upsample as Resize, Dropout as Identity.
 *
 * Conditions
 * 1. Every operator either means the same in all these opsets or has a rule; else the model is refused, with the operators' names.
 * 2. No node has a body (If, Loop, Scan): operators inside are not rewritten.
 */
import { type Refusal, refuse } from '@fleetfit/core';
import { type Change, editModel, type GraphEditor, type GraphView, type Model, type Pass, type PassResult, viewOf } from '@fleetfit/onnx';
import { inferShapes } from '../infer-shapes.ts';
import { OPSET_RULES, type OpsetRule, STEADY_OPS } from '../opset-rules.ts';

/** The opset that quantization needs: DequantizeLinear with an axis. */
const QUANTIZABLE_OPSET = 13;

/** Writes an old model in opset 13, computing the same. */
export const raiseOpset: Pass = {
  word: 'raise-opset',
  about: 'Write the operators of an old model in the form of opset 13 (exact)',
  parameters: [{ key: 'to', about: 'opset version', values: [QUANTIZABLE_OPSET], default: QUANTIZABLE_OPSET }],
  sentence: ({ to }) => `Operators of opset ${to}`,
  knobs: () => [],
  requires: (model) => whyNotRaised(model),
  apply: async (model) => raisedModel(model),
};

/** Why a model cannot be written in opset 13: the operators that have no rule. */
export function whyNotRaised(model: Model): Refusal | undefined {
  const from = opsetOf(model);
  if (from >= QUANTIZABLE_OPSET) return undefined;
  const cannot = (why: string): Refusal => refuse(`opset ${from} cannot be raised to ${QUANTIZABLE_OPSET}: ${why}`);
  if (from < 7) return cannot('only opsets from 7 on are known');
  const graph = viewOf(model);
  const shapes = inferShapes(model);
  const unknown = new Set<string>();
  for (const node of graph.nodes) {
    if (node.domain !== '') continue;
    const rules = rulesFor(node.op, from);
    if (rules.length === 0 && !STEADY_OPS.has(node.op) && !KNOWN.has(node.op)) unknown.add(node.op);
    for (const rule of rules) {
      const refusal = rule.refuses?.(node, graph, shapes);
      if (refusal) return cannot(`${graph.idOf(node)}: ${refusal.why}`);
    }
  }
  return unknown.size === 0 ? undefined : cannot(`there is no rule for ${[...unknown].join(', ')}`);
}

const KNOWN = new Set(OPSET_RULES.map((rule) => rule.op));

const opsetOf = (model: Model): number => model.opsets.get('') ?? QUANTIZABLE_OPSET;

const rulesFor = (op: string, from: number): readonly OpsetRule[] =>
  OPSET_RULES.filter((rule) => rule.op === op && rule.since > from && rule.since <= QUANTIZABLE_OPSET);

/** The model in opset 13; a model that is there already stays as it is. `whyNotRaised` must have nothing against it. */
export function raisedModel(model: Model): PassResult {
  const from = opsetOf(model);
  if (from >= QUANTIZABLE_OPSET) return { model, changes: [], origins: new Map() };
  const shapes = inferShapes(model);
  const changes: Change[] = [];
  const edited = editModel(model, (graph) => {
    const versions = new Set(OPSET_RULES.map((rule) => rule.since).sort((a, b) => a - b));
    for (const since of versions)
      if (since > from) for (const rule of OPSET_RULES) if (rule.since === since) changes.push(...raiseAll(rule, graph, shapes));
    graph.setOpset('', QUANTIZABLE_OPSET);
  });
  const all: Change = { kind: 'changed', layer: '', what: `opset ${from} raised to ${QUANTIZABLE_OPSET}` };
  return { model: { ...edited, irVersion: Math.max(edited.irVersion, 7) }, changes: [all, ...changes], origins: new Map() };
}

function raiseAll(rule: OpsetRule, graph: GraphEditor & GraphView, shapes: ReturnType<typeof inferShapes>): Change[] {
  const nodes = graph.nodes.filter((node) => node.op === rule.op && node.domain === '');
  return nodes.map((node) => {
    const layer = graph.idOf(node);
    rule.raise(node, graph, shapes);
    return { kind: 'changed', layer, what: `${rule.op} in the form of opset ${rule.since}` };
  });
}
