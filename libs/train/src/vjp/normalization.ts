import { countOf, floatAttribute, intAttribute, type Node } from '@fleetfit/onnx';
import type { Dims, Tape } from '../tape.ts';
import { inputOf, outputOf, type VjpRule } from '../vjp-rule.ts';
import { unbroadcast } from './broadcast.ts';

/** Values that are normalized together: along which axes, and how many. */
interface Over {
  readonly axes: readonly number[];
  readonly count: number;
}

/** What normalizing made of them. */
interface Normalized {
  readonly over: Over;
  /** (x - mean) r */
  readonly n: string;
  /** 1 / sqrt(variance + epsilon) */
  readonly r: string;
}

/** dx of n = (x - mean) r for a gradient of n:  r (g - mean(g) - n mean(g n)), means over the axes. */
function backThroughNormalizing(tape: Tape, g: string, { over, n, r }: Normalized): string {
  const centred = tape.emit('Sub', [g, meanOver(tape, g, over)]);
  const along = tape.emit('Mul', [n, meanOver(tape, tape.emit('Mul', [g, n]), over)]);
  return tape.emit('Mul', [r, tape.emit('Sub', [centred, along])]);
}

function meanOver(tape: Tape, value: string, { axes, count }: Over): string {
  const sum = tape.emit('ReduceSum', [value, tape.ints(axes)], { keepdims: 1 });
  return tape.emit('Mul', [sum, tape.scalar(1 / count)]);
}

/** Writes n and r of a value normalized over axes. */
function normalize(tape: Tape, x: string, { axes, epsilon }: { axes: readonly number[]; epsilon: number }): Normalized {
  const dims = tape.dims(x);
  const over = { axes, count: countOf(axes.map((axis) => dims[axis] ?? 1)) };
  const centred = tape.emit('Sub', [x, meanOver(tape, x, over)]);
  const variance = meanOver(tape, tape.emit('Mul', [centred, centred]), over);
  const r = tape.emit('Reciprocal', [tape.emit('Sqrt', [tape.emit('Add', [variance, tape.scalar(epsilon)])])]);
  return { over, n: tape.emit('Mul', [centred, r]), r };
}

/** y = g n + b over the last axes (Ba et al. 2016). */
export const layerNormalization: VjpRule = {
  op: 'LayerNormalization',
  weights: [1, 2],
  vjp: (node, { tape, gradient, wants }) => {
    const x = inputOf(node, 0);
    const dims = tape.dims(x);
    const first = intAttribute(node, 'axis', -1);
    const axes = dims.flatMap((_, axis) => (axis >= (first < 0 ? first + dims.length : first) ? [axis] : []));
    const parts = normalize(tape, x, { axes, epsilon: floatAttribute(node, 'epsilon', 1e-5) });
    const scale = inputOf(node, 1);
    return affineGradients(tape, node, { gradient, wants, parts, scale, scaleDims: tape.dims(scale) });
  },
};

/** y = g n + b over the picture of every channel of every image (Ulyanov et al. 2016). */
export const instanceNormalization: VjpRule = {
  op: 'InstanceNormalization',
  weights: [1, 2],
  vjp: (node, { tape, gradient, wants }) => {
    const x = inputOf(node, 0);
    const dims = tape.dims(x);
    const axes = dims.flatMap((_, axis) => (axis < 2 ? [] : [axis]));
    const parts = normalize(tape, x, { axes, epsilon: floatAttribute(node, 'epsilon', 1e-5) });
    const perChannel = [dims[1] ?? 1, ...axes.map(() => 1)];
    const scale = tape.emit('Reshape', [inputOf(node, 1), tape.ints(perChannel)]);
    return affineGradients(tape, node, { gradient, wants, parts, scale, scaleDims: perChannel });
  },
};

interface Affine {
  readonly gradient: string;
  readonly wants: (place: number) => boolean;
  readonly parts: Normalized;
  readonly scale: string;
  readonly scaleDims: Dims;
}

function affineGradients(tape: Tape, node: Node, { gradient, wants, parts, scale, scaleDims }: Affine): readonly (string | undefined)[] {
  const from = tape.dims(outputOf(node));
  const summed = (value: string, place: number): string =>
    tape.emit('Reshape', [unbroadcast(tape, value, { from, to: scaleDims }), tape.ints(tape.dims(inputOf(node, place)))]);
  return [
    wants(0) ? backThroughNormalizing(tape, tape.emit('Mul', [gradient, scale]), parts) : undefined,
    wants(1) ? summed(tape.emit('Mul', [gradient, parts.n]), 1) : undefined,
    wants(2) ? summed(gradient, 2) : undefined,
  ];
}
