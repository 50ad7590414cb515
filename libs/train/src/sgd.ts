import { constantOf } from '@fleetfit/onnx';
import type { FlatState } from './flat-state.ts';
import type { Tape } from './tape.ts';

export interface SgdOptions {
  /** 0..1, usually 0.9. */
  readonly momentum: number;
  /** Added to the gradient as `weightDecay * weight`, for matrices and kernels; not for biases and the scales of norms. */
  readonly weightDecay: number;
}

/** Stochastic gradient descent with momentum:  v' = momentum v + g + decay w,  w' = w - rate v'. */
export function sgd(
  tape: Tape,
  values: { readonly weights: string; readonly velocity: string; readonly gradient: string; readonly rate: string },
  { layout, momentum, weightDecay }: SgdOptions & { readonly layout: FlatState },
): { readonly weights: string; readonly velocity: string } {
  tape.constant(constantOf('train:decay', [layout.length], decayOf(layout, weightDecay)));
  const decayed = tape.emit('Add', [values.gradient, tape.emit('Mul', ['train:decay', values.weights])]);
  const velocity = tape.emit('Add', [tape.emit('Mul', [values.velocity, tape.scalar(momentum)]), decayed]);
  const weights = tape.emit('Sub', [values.weights, tape.emit('Mul', [velocity, values.rate])]);
  return { weights, velocity };
}

function decayOf(layout: FlatState, weightDecay: number): Float32Array {
  const decay = new Float32Array(layout.length);
  for (const { dims, offset, count } of layout.pieces) if (dims.length > 1) decay.fill(weightDecay, offset, offset + count);
  return decay;
}
