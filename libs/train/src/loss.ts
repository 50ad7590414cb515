import { FleetError } from '@fleetfit/core';
import { constantOf, countOf, type NewValue } from '@fleetfit/onnx';
import type { Seed } from './reverse-mode.ts';
import type { Dims, Tape } from './tape.ts';

/** What a student is to learn, each part with its weight. */
export interface LossOptions {
  /** Weight of the cross entropy with labels; 0 where there are none. */
  readonly labels: number;
  /** Soft answers of a teacher (Hinton et al. 2015). */
  readonly teacher?: { readonly weight: number; readonly temperature: number } | undefined;
  /** Values that are to be as the teacher's (Romero et al. 2015). */
  readonly hints?: readonly Hint[] | undefined;
}

export interface Hint {
  /** Of the student. */
  readonly value: string;
  readonly weight: number;
  /** Shape of the teacher's value. Where only its channels differ from the student's, a 1x1 convolution between the two is trained along. */
  readonly like: Dims;
}

/** Parts of a loss on the tape. */
export interface Losses {
  readonly total: string;
  readonly seeds: readonly Seed[];
  /** What the step graph must be fed for them. */
  readonly inputs: readonly NewValue[];
}

const float = (name: string, dims: Dims): NewValue => ({ name, type: 'float32', dims });

/** The name under which the step graph takes the teacher's value of a hint. */
export const hintInput = (index: number): string => `hint ${index}`;

/** Writes every part of a loss. `logits` may be missing where only hints count. */
export function writeLosses(tape: Tape, logits: string | undefined, options: LossOptions): Losses {
  const parts = [...classLosses(tape, logits, options), ...(options.hints ?? []).map((hint, i) => hintLoss(tape, hint, i))];
  const [first, ...others] = parts;
  if (!first) throw new FleetError('invalid', 'Cannot train the model: no part of the loss has any weight');
  return {
    total: others.reduce((sum, { loss }) => tape.emit('Add', [sum, loss]), first.loss),
    seeds: parts.map(({ seed }) => seed),
    inputs: parts.map(({ input }) => input),
  };
}

interface Part {
  readonly loss: string;
  readonly seed: Seed;
  readonly input: NewValue;
}

function classLosses(tape: Tape, logits: string | undefined, { labels, teacher }: LossOptions): Part[] {
  if (labels === 0 && !teacher) return [];
  if (logits === undefined || tape.dims(logits).length !== 2)
    throw new FleetError('unsupported', 'Cannot train the model as a classifier: it needs one output of [images, classes]');
  const dims = tape.dims(logits);
  return [
    ...(labels > 0 ? [{ ...crossEntropy(tape, { logits, targets: 'targets', weight: labels }), input: float('targets', dims) }] : []),
    ...(teacher ? [{ ...softAnswers(tape, { logits, teacher: 'teacher', ...teacher }), input: float('teacher', dims) }] : []),
  ];
}

/**
 * Softmax cross entropy over a batch:  loss = -w/N sum t log p,  p = softmax(z);  dz = w (p - t) / N.
 * Targets are rows that sum to 1, so that smoothed and mixed labels work too.
 */
function crossEntropy(tape: Tape, { logits, targets, weight }: { logits: string; targets: string; weight: number }) {
  const share = tape.scalar(weight / (tape.dims(logits)[0] ?? 1));
  const logP = tape.emit('LogSoftmax', [logits], { axis: 1 });
  const total = tape.emit('ReduceSum', [tape.emit('Mul', [targets, logP])], { keepdims: 0 });
  const difference = tape.emit('Sub', [tape.emit('Exp', [logP]), targets]);
  return {
    loss: tape.emit('Neg', [tape.emit('Mul', [total, share])]),
    seed: { of: logits, gradient: tape.emit('Mul', [difference, share]) },
  };
}

/**
 * Distillation of logits:  loss = w T^2 / N sum q (log q - log p),  q = softmax(teacher / T), p = softmax(z / T);
 * dz = w T (p - q) / N. The factor T^2 keeps gradients as large as those of labels, whatever the temperature.
 */
function softAnswers(tape: Tape, from: { logits: string; teacher: string; weight: number; temperature: number }) {
  const { logits, teacher, weight, temperature } = from;
  const images = tape.dims(logits)[0] ?? 1;
  const soft = (value: string): string => tape.emit('LogSoftmax', [tape.emit('Mul', [value, tape.scalar(1 / temperature)])], { axis: 1 });
  const [logP, logQ] = [soft(logits), soft(teacher)];
  const q = tape.emit('Exp', [logQ]);
  const divergence = tape.emit('ReduceSum', [tape.emit('Mul', [q, tape.emit('Sub', [logQ, logP])])], { keepdims: 0 });
  const difference = tape.emit('Sub', [tape.emit('Exp', [logP]), q]);
  return {
    loss: tape.emit('Mul', [divergence, tape.scalar((weight * temperature ** 2) / images)]),
    seed: { of: logits, gradient: tape.emit('Mul', [difference, tape.scalar((weight * temperature) / images)]) },
  };
}

/** A trained 1x1 convolution from the student's channels to the teacher's, when they differ. */
export function adapterOf(hint: Hint, index: number, student: Dims): { readonly name: string; readonly dims: Dims } | undefined {
  const [channels = 1] = hint.like.slice(1);
  if (channels === student[1]) return undefined;
  if (student.length !== 4)
    throw new FleetError('unsupported', `Cannot distil "${hint.value}": its width differs from the teacher's, and it is no picture`);
  return { name: `train:adapter ${index}`, dims: [channels, student[1] ?? 1, 1, 1] };
}

/**
 * Distillation of a feature:  loss = w sum (s - t)^2 / sum t^2;  ds = 2 w (s - t) / sum t^2. Relative, so that a weight means the same for
 * every layer.
 */
function hintLoss(tape: Tape, hint: Hint, index: number): Part {
  const input = float(hintInput(index), hint.like);
  const adapted = adapterOf(hint, index, tape.dims(hint.value)) ? `train:adapted ${index}` : hint.value;
  const difference = tape.emit('Sub', [adapted, input.name]);
  const sum = (value: string): string => tape.emit('ReduceSum', [tape.emit('Mul', [value, value])], { keepdims: 0 });
  const share = tape.emit('Div', [tape.scalar(hint.weight), tape.emit('Add', [sum(input.name), tape.scalar(1e-12)])]);
  const gradient = tape.emit('Mul', [difference, tape.emit('Mul', [share, tape.scalar(2)])]);
  return { loss: tape.emit('Mul', [sum(difference), share]), seed: { of: adapted, gradient }, input };
}

/** First weights of an adapter: every teacher channel listens to some of the student's, so that its scale is right from the start. */
export function freshAdapter({ name, dims }: { readonly name: string; readonly dims: Dims }) {
  const [rows = 1, columns = 1] = dims;
  const data = new Float32Array(countOf(dims));
  for (let row = 0; row < rows; row++) data[row * columns + (row % columns)] = 1;
  return constantOf(name, dims, data);
}
