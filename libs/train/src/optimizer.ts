import { constantOf } from '@fleetfit/onnx';
import type { FlatState } from './flat-state.ts';
import type { Tape } from './tape.ts';

/** How weights follow their gradient. Decay is for matrices and kernels, not for biases and the scales of norms. */
export type Optimizer =
  /** Momentum 0..1, usually 0.9; `weightDecay * weight` is added to the gradient. */
  | { readonly kind: 'sgd'; readonly momentum: number; readonly weightDecay: number }
  /** Loshchilov and Hutter 2019: usually 0.9, 0.999, 1e-8; decay goes past the moments, as `rate * weightDecay * weight`. */
  | { readonly kind: 'adamw'; readonly beta1: number; readonly beta2: number; readonly epsilon: number; readonly weightDecay: number };

/** The vectors, each as long as the weights, that an optimizer carries from step to step. */
export const momentsOf = ({ kind }: Optimizer): readonly string[] => (kind === 'sgd' ? ['velocity'] : ['first', 'second']);

interface Values {
  readonly weights: string;
  readonly gradient: string;
  /** A number: the learning rate, corrected by `stepSize`. */
  readonly rate: string;
  /** A number: the share of every decaying weight that goes in this step. Used by AdamW. */
  readonly shrink: string;
}

/** Next weights and moments, by the names of the moments. */
export type Stepped = { readonly weights: string; readonly moments: Readonly<Record<string, string>> };

/** Writes one step of the optimizer over all weights as one vector. */
export function optimizerStep(tape: Tape, values: Values, to: { readonly layout: FlatState; readonly optimizer: Optimizer }): Stepped {
  return to.optimizer.kind === 'sgd'
    ? sgd(tape, values, { ...to, optimizer: to.optimizer })
    : adamW(tape, values, { ...to, optimizer: to.optimizer });
}

/** v' = momentum v + g + decay w,  w' = w - rate v'. */
function sgd(tape: Tape, { weights, gradient, rate }: Values, to: { layout: FlatState; optimizer: Optimizer & { kind: 'sgd' } }): Stepped {
  tape.constant(constantOf('train:decay', [to.layout.length], decaying(to.layout, to.optimizer.weightDecay)));
  const decayed = tape.emit('Add', [gradient, tape.emit('Mul', ['train:decay', weights])]);
  const velocity = tape.emit('Add', [tape.emit('Mul', ['velocity', tape.scalar(to.optimizer.momentum)]), decayed]);
  return { weights: tape.emit('Sub', [weights, tape.emit('Mul', [velocity, rate])]), moments: { velocity } };
}

/** m' = b1 m + (1 - b1) g,  v' = b2 v + (1 - b2) g^2,  w' = w - rate m' / (sqrt v' + eps) - shrink w where it decays. */
function adamW(tape: Tape, values: Values, to: { layout: FlatState; optimizer: Optimizer & { kind: 'adamw' } }): Stepped {
  const { weights, gradient, rate, shrink } = values;
  const { beta1, beta2, epsilon } = to.optimizer;
  tape.constant(constantOf('train:decay', [to.layout.length], decaying(to.layout, 1)));
  const mixed = (old: string, share: number, fresh: string): string =>
    tape.emit('Add', [tape.emit('Mul', [old, tape.scalar(share)]), tape.emit('Mul', [fresh, tape.scalar(1 - share)])]);
  const first = mixed('first', beta1, gradient);
  const second = mixed('second', beta2, tape.emit('Mul', [gradient, gradient]));
  const direction = tape.emit('Div', [first, tape.emit('Add', [tape.emit('Sqrt', [second]), tape.scalar(epsilon)])]);
  const lost = tape.emit('Mul', [tape.emit('Mul', ['train:decay', weights]), shrink]);
  const moved = tape.emit('Sub', [weights, tape.emit('Mul', [direction, rate])]);
  return { weights: tape.emit('Sub', [moved, lost]), moments: { first, second } };
}

/** The rate that the step graph is given: Adam's moments start at 0, and their bias is undone here, step counted from 0. */
export function stepSize(optimizer: Optimizer, step: number, rate: number): number {
  if (optimizer.kind === 'sgd') return rate;
  return (rate * Math.sqrt(1 - optimizer.beta2 ** (step + 1))) / (1 - optimizer.beta1 ** (step + 1));
}

function decaying(layout: FlatState, by: number): Float32Array {
  const decay = new Float32Array(layout.length);
  for (const { dims, offset, count } of layout.pieces) if (dims.length > 1) decay.fill(by, offset, offset + count);
  return decay;
}
