import { FleetError } from '@fleetfit/core';
import type { Node } from '@fleetfit/onnx';
import type { Dims, Tape } from './tape.ts';

/** What a rule may ask while it writes the backward nodes of one node. */
export interface Backward {
  readonly tape: Tape;
  /** Gradient of the loss with respect to the first output of the node. */
  readonly gradient: string;
  /** Those of all outputs by place, for ops with several; undefined for an output that the loss does not depend on. */
  readonly gradients: readonly (string | undefined)[];
  /** Whether the gradient of an input (by place) is of use: rules skip the others. */
  readonly wants: (input: number) => boolean;
  /** What the rule's `forward` noted for itself. */
  readonly noted: readonly string[];
}

/** What a rule may use while it writes the forward nodes of one node. */
export interface Forward {
  readonly tape: Tape;
  /**
   * Tells that a running statistic (an initializer that is not trained) moves towards a value of this batch:
   * `statistic = momentum * statistic + (1 - momentum) * value`. Answers false where statistics are frozen: the node then uses them as they are.
   */
  readonly track: (statistic: string, value: string, momentum: number) => boolean;
}

/** How one op is trained: a vector-Jacobian product. One file each; the list of them is `vjp-rules.ts`. */
export interface VjpRule {
  readonly op: string;
  /** Which inputs, by place, are weights when they are constants. */
  readonly weights?: readonly number[];
  /** Weights are vectors and more: a constant that is a single number belongs to a formula. */
  readonly arithmetic?: true;
  /** Why this node cannot be trained although its op can, in a sentence; asked before anything runs. */
  readonly refuses?: (node: Node, inputs: readonly Dims[], tape: Tape) => string | undefined;
  /** Writes the node as training needs it and returns values its backward needs; without it the node stays as it is. */
  readonly forward?: (node: Node, forward: Forward) => readonly string[];
  /** Which initializers, by place, hold running statistics. */
  readonly statistics?: readonly number[];
  /** Writes the backward nodes and returns the gradient of each input by place; undefined for those not wanted. */
  readonly vjp: (node: Node, backward: Backward) => readonly (string | undefined)[];
}

/** The input of a node at a place. @throws FleetError `invalid` when the node lacks it */
export function inputOf(node: Node, place: number): string {
  const input = node.inputs[place];
  if (!input) throw new FleetError('invalid', `Cannot differentiate ${node.op} "${calledIn(node)}": its input ${place} is missing`);
  return input;
}

/** The first output of a node. */
export const outputOf = (node: Node): string => node.outputs[0] ?? '';

/** How a node is called for people: its name, or the value it makes. */
export const calledIn = (node: Node): string => node.name || outputOf(node);
