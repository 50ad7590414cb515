import type { Tape } from './tape.ts';

/**
 * Softmax cross entropy over a batch:  loss = -1/N sum t log p,  p = softmax(z);  dz = (p - t) / N.
 * Targets are rows that sum to 1, so that smoothed and mixed labels work too.
 */
export function crossEntropy(
  tape: Tape,
  { logits, targets }: { readonly logits: string; readonly targets: string },
): { readonly loss: string; readonly gradient: string } {
  const overBatch = tape.scalar(1 / (tape.dims(logits)[0] ?? 1));
  const logP = tape.emit('LogSoftmax', [logits], { axis: 1 });
  const total = tape.emit('ReduceSum', [tape.emit('Mul', [targets, logP])], { keepdims: 0 });
  const loss = tape.emit('Neg', [tape.emit('Mul', [total, overBatch])]);
  const difference = tape.emit('Sub', [tape.emit('Exp', [logP]), targets]);
  return { loss, gradient: tape.emit('Mul', [difference, overBatch]) };
}
