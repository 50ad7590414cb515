import { FleetError } from '@fleetfit/core';
import type { Node } from '@fleetfit/onnx';
import type { Dims, Tape } from './tape.ts';
import { calledIn, type Forward, type VjpRule } from './vjp-rule.ts';
import { VJP_RULES } from './vjp-rules.ts';

/**
 * The rule of every node.
 * @throws FleetError `unsupported` that names every node without one
 */
function rulesFor(nodes: readonly Node[]): ReadonlyMap<Node, VjpRule> {
  const rules = new Map<Node, VjpRule>();
  const missing = new Set<string>();
  for (const node of nodes) {
    const rule = node.domain === '' ? VJP_RULES.get(node.op) : undefined;
    if (rule) rules.set(node, rule);
    else missing.add(`${node.domain ? `${node.domain}.` : ''}${node.op} ("${calledIn(node)}")`);
  }
  if (missing.size === 0) return rules;
  throw new FleetError('unsupported', `Cannot train the model: no gradient rule for ${[...missing].join(', ')}`, {
    next: `the ops with a rule are ${[...VJP_RULES.keys()].join(', ')}`,
  });
}

/** A forward pass on the tape, ready to be differentiated. */
export interface Recorded {
  readonly nodes: readonly Node[];
  readonly rules: ReadonlyMap<Node, VjpRule>;
  /** What each rule noted for its own backward. */
  readonly noted: ReadonlyMap<Node, readonly string[]>;
}

/**
 * Writes the nodes to the tape as training needs them. Shapes of all their values must be on the tape.
 * @throws FleetError `unsupported` for a node that its rule refuses
 */
export function recordForward(nodes: readonly Node[], forward: Forward): Recorded {
  const rules = rulesFor(nodes);
  const { tape } = forward;
  const noted = new Map<Node, readonly string[]>();
  for (const node of nodes) {
    const rule = ruleOf(rules, node);
    const inputs = node.inputs.map((input): Dims => (input ? tape.dims(input) : []));
    const why = rule.refuses?.(node, inputs, tape);
    if (why) throw new FleetError('unsupported', `Cannot train ${node.op} "${calledIn(node)}": ${why}`);
    if (rule.forward) noted.set(node, rule.forward(node, forward));
    else tape.add(node);
  }
  return { nodes, rules, noted };
}

/** The gradient of the loss with respect to a value, from which reverse mode starts. */
export interface Seed {
  readonly of: string;
  readonly gradient: string;
}

/**
 * Reverse mode: from the gradients of some values to those of the values wanted, in one pass over the nodes from last to first.
 * Values on no path between the two get none.
 */
export function differentiate(
  tape: Tape,
  recorded: Recorded,
  { seeds, wanted }: { readonly seeds: readonly Seed[]; readonly wanted: ReadonlySet<string> },
): ReadonlyMap<string, string> {
  const useful = valuesBehind(recorded.nodes, wanted);
  const parts = new Map<string, string[]>();
  const done = new Map<string, string>();
  const give = (value: string, part: string): void => void parts.set(value, [...(parts.get(value) ?? []), part]);
  for (const { of, gradient } of seeds) give(of, gradient);
  const gradientOf = (value: string): string | undefined => {
    const [first, ...others] = parts.get(value) ?? [];
    if (first === undefined) return undefined;
    const total = done.get(value) ?? others.reduce((sum, part) => tape.emit('Add', [sum, part]), first);
    done.set(value, total);
    return total;
  };
  for (const node of recorded.nodes.toReversed()) {
    const gradients = node.outputs.map((output) => (useful.has(output) ? gradientOf(output) : undefined));
    const gradient = gradients.find((each) => each !== undefined);
    if (gradient === undefined) continue;
    const wants = (place: number): boolean => useful.has(node.inputs[place] ?? '');
    const noted = recorded.noted.get(node) ?? [];
    ruleOf(recorded.rules, node)
      .vjp(node, { tape, gradient: gradients[0] ?? gradient, gradients, wants, noted })
      .forEach((part, place) => {
        const input = node.inputs[place];
        if (part !== undefined && input && wants(place)) give(input, part);
      });
  }
  return new Map([...wanted].flatMap((value) => pairOf(value, gradientOf(value))));
}

const pairOf = (value: string, gradient: string | undefined): [string, string][] => (gradient === undefined ? [] : [[value, gradient]]);

// The wanted values and everything computed from them: only these need gradients.
function valuesBehind(nodes: readonly Node[], wanted: ReadonlySet<string>): ReadonlySet<string> {
  const useful = new Set(wanted);
  for (const node of nodes) if (node.inputs.some((input) => useful.has(input))) for (const output of node.outputs) useful.add(output);
  return useful;
}

function ruleOf(rules: ReadonlyMap<Node, VjpRule>, node: Node): VjpRule {
  const rule = rules.get(node);
  if (!rule) throw new FleetError('bug', `Cannot differentiate ${node.op}: rules were not looked up`);
  return rule;
}
