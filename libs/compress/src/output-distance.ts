import type { Model } from '@fleetfit/onnx';
import { viewOf } from '@fleetfit/onnx';
import { inferShapes } from './infer-shapes.ts';
import { floatsFrom, type ImageRun, runImages } from './run-images.ts';

/** Answers of a model on some images: one list of outputs for each image. */
export interface Answers {
  /** How the answers are compared: as scores of classes, as probabilities, or as numbers. */
  readonly kind: 'scores' | 'probabilities' | 'numbers';
  readonly images: readonly (readonly Float32Array[])[];
}

/** Runs images and keeps all float answers. */
export async function answersOfModel(model: Model, run: ImageRun): Promise<Answers> {
  const shapes = inferShapes(model);
  const outputs = model.graph.outputs.map(({ name }) => name).filter((name) => shapes.typeOf(name) === 'float32');
  const images: (readonly Float32Array[])[] = [];
  await runImages(model, outputs, {
    ...run,
    take: (results) => void images.push(outputs.map((name) => floatsFrom(name, results[name]).slice())),
  });
  return { kind: kindOf(model, outputs), images };
}

function kindOf(model: Model, outputs: readonly string[]): Answers['kind'] {
  const [output = ''] = outputs;
  const shape = inferShapes(model).of(output);
  const isClassifier =
    outputs.length === 1 && shape !== undefined && shape.slice(1).filter((dim) => dim > 1).length === 1 && shape[0] === 1;
  if (!isClassifier) return 'numbers';
  return viewOf(model).nodeMaking(output)?.op === 'Softmax' ? 'probabilities' : 'scores';
}

/**
 * How far answers are from those wanted, on average over images; 0 where they are equal.
 * Classifiers: the Kullback-Leibler divergence KL(wanted || got) of the class probabilities, in nats. Others: the squared error as a
 * share of the variance of what is wanted, on average over the outputs.
 */
export function distanceOf(wanted: Answers, got: Answers): number {
  const each = wanted.images.map((outputs, i) => {
    const others = got.images[i] ?? [];
    if (wanted.kind === 'numbers')
      return outputs.reduce((sum, output, o) => sum + relativeError(output, others[o]), 0) / Math.max(1, outputs.length);
    return divergence(outputs[0], others[0], wanted.kind);
  });
  return each.reduce((sum, distance) => sum + distance, 0) / Math.max(1, each.length);
}

function divergence(wanted: Float32Array | undefined, got: Float32Array | undefined, kind: Answers['kind']): number {
  if (!wanted || !got) return Number.POSITIVE_INFINITY;
  const p = logProbabilities(wanted, kind);
  const q = logProbabilities(got, kind);
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += Math.exp(p[i] ?? 0) * ((p[i] ?? 0) - (q[i] ?? 0));
  return Math.max(0, sum);
}

function logProbabilities(values: Float32Array, kind: Answers['kind']): Float64Array {
  if (kind === 'probabilities') return Float64Array.from(values, (p) => Math.log(Math.max(p, 1e-12)));
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) largest = Math.max(largest, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  const log = largest + Math.log(sum);
  return Float64Array.from(values, (value) => value - log);
}

function relativeError(wanted: Float32Array, got: Float32Array | undefined): number {
  if (got?.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let mean = 0;
  for (const value of wanted) mean += value / wanted.length;
  let [error, variance] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    error += ((wanted[i] ?? 0) - (got[i] ?? 0)) ** 2;
    variance += ((wanted[i] ?? 0) - mean) ** 2;
  }
  return error === 0 ? 0 : error / Math.max(variance, 1e-12);
}
