import { FleetError } from '@fleetfit/core';
import { countOf, floatAttribute, type Node } from '@fleetfit/onnx';
import type { Tape } from '../tape.ts';
import { type Backward, inputOf, type VjpRule } from '../vjp-rule.ts';

/**
 * Batch normalization over the batch (Ioffe and Szegedy 2015):  y = g (x - m) r + b,  r = 1 / sqrt(v + eps), m and v of this batch.
 *
 *   s1 = sum dy        s2 = sum dy x - m s1        db = s1        dg = s2 r
 *   dx = A dy + B x + C   with  A = g r,  B = -A r dg / M,  C = -(B m + A s1 / M),  M = N H W
 *
 * Trap: onnxruntime lets outputs 1 and 2 of a training BatchNormalization overwrite inputs 3 and 4. The step graph
 * therefore hands every node pieces of a Split that nobody else reads; one initializer for both would be corrupted silently.
 */
export const batchNormalization: VjpRule = {
  op: 'BatchNormalization',
  weights: [1, 2],
  statistics: [3, 4],
  refuses: (_, [x = []]) => (x.length < 3 ? `its input has ${x.length} dimensions, and only pictures and sequences are known` : undefined),
  forward: (node, { tape, track }) => {
    const [x, scale, shift, mean, variance] = [0, 1, 2, 3, 4].map((place) => inputOf(node, place));
    if (!x || !scale || !shift || !mean || !variance) throw new FleetError('bug', 'Cannot happen: inputOf throws');
    const [batchMean, batchVariance] = [`${node.outputs[0]}:mean`, `${node.outputs[0]}:variance`];
    const momentum = floatAttribute(node, 'momentum', 0.9);
    if (!(track(mean, batchMean, momentum) && track(variance, batchVariance, momentum))) {
      tape.add(node);
      return [];
    }
    tape.add({
      op: 'BatchNormalization',
      inputs: [x, scale, shift, mean, variance],
      outputs: [node.outputs[0] ?? '', batchMean, batchVariance],
      // Momentum 0: the outputs are the batch's own statistics; the running ones are updated outside.
      attributes: { epsilon: { float: floatAttribute(node, 'epsilon', 1e-5) }, momentum: { float: 0 }, training_mode: 1 },
    });
    return [batchMean, batchVariance];
  },
  vjp: (node, backward) => {
    const { tape, gradient, wants, noted } = backward;
    const [mean, variance] = noted;
    if (mean === undefined || variance === undefined) return frozen(node, backward);
    const x = inputOf(node, 0);
    const scale = inputOf(node, 1);
    const dims = tape.dims(x);
    const overM = tape.scalar((dims[1] ?? 1) / countOf(dims));
    const deviation = tape.emit('Sqrt', [tape.emit('Add', [variance, tape.scalar(floatAttribute(node, 'epsilon', 1e-5))])]);
    const r = tape.emit('Reciprocal', [deviation]);
    const s1 = channelSums(tape, gradient, dims.length);
    const weighted = channelSums(tape, tape.emit('Mul', [gradient, x]), dims.length);
    const s2 = tape.emit('Sub', [weighted, tape.emit('Mul', [mean, s1])]);
    const dScale = tape.emit('Mul', [s2, r]);
    if (!wants(0)) return [undefined, dScale, s1];
    const a = tape.emit('Mul', [scale, r]);
    const b = tape.emit('Neg', [product(tape, a, r, dScale, overM)]);
    const c = tape.emit('Neg', [tape.emit('Add', [tape.emit('Mul', [b, mean]), product(tape, a, s1, overM)])]);
    return [affine(tape, { gradient, x, a, b, c }), dScale, s1];
  },
};

/** With statistics that stay it is one affine map a channel:  dx = dy g r,  dg = sum dy (x - m) r,  db = sum dy. */
function frozen(node: Node, { tape, gradient, wants }: Backward): readonly (string | undefined)[] {
  const [x, scale, mean, variance] = [0, 1, 3, 4].map((place) => inputOf(node, place));
  if (!x || !scale || !mean || !variance) throw new FleetError('bug', 'Cannot happen: inputOf throws');
  const dims = tape.dims(x);
  const shape = tape.ints([dims[1] ?? 1, ...dims.slice(2).map(() => 1)]);
  const deviation = tape.emit('Sqrt', [tape.emit('Add', [variance, tape.scalar(floatAttribute(node, 'epsilon', 1e-5))])]);
  const r = tape.emit('Reciprocal', [deviation]);
  const centred = (): string => tape.emit('Sub', [x, tape.emit('Reshape', [mean, shape])]);
  return [
    wants(0) ? tape.emit('Mul', [gradient, tape.emit('Reshape', [tape.emit('Mul', [scale, r]), shape])]) : undefined,
    wants(1) ? tape.emit('Mul', [channelSums(tape, tape.emit('Mul', [gradient, centred()]), dims.length), r]) : undefined,
    wants(2) ? channelSums(tape, gradient, dims.length) : undefined,
  ];
}

// Over the picture first and then over the batch: each sum is along contiguous memory.
function channelSums(tape: Tape, value: string, rank: number): string {
  const places = Array.from({ length: rank - 2 }, (_, i) => i + 2);
  const perImage = tape.emit('ReduceSum', [value, tape.ints(places)], { keepdims: 0 });
  return tape.emit('ReduceSum', [perImage, tape.ints([0])], { keepdims: 0 });
}

const product = (tape: Tape, first: string, ...rest: readonly string[]): string =>
  rest.reduce((left, right) => tape.emit('Mul', [left, right]), first);

// A dy + (B x + C): the bracket is one inference BatchNormalization with mean 0 and variance 1, the fastest per-channel affine map.
function affine(tape: Tape, { gradient, x, a, b, c }: Readonly<Record<'gradient' | 'x' | 'a' | 'b' | 'c', string>>): string {
  const dims = tape.dims(x);
  const channels = dims[1] ?? 1;
  const zeros = tape.emit('ConstantOfShape', [tape.ints([channels])]);
  const ones = tape.emit('Add', [zeros, tape.scalar(1)]);
  const moved = tape.emit('BatchNormalization', [x, b, c, zeros, ones], { epsilon: { float: 1e-12 } });
  const perChannel = tape.emit('Reshape', [a, tape.ints([channels, ...dims.slice(2).map(() => 1)])]);
  return tape.emit('Add', [tape.emit('Mul', [gradient, perChannel]), moved]);
}
