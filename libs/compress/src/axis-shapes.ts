import { intAttribute, intsAttribute } from '@fleetfit/onnx';
import type { Shape, ShapeQuestion, ShapeRule } from './infer-shapes.ts';

const product = (shape: Shape): number => shape.reduce((all, dim) => all * dim, 1);
const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** An attribute in older opsets, an input in newer ones. */
const axesOf = (question: ShapeQuestion, input: number): readonly number[] | undefined =>
  intsAttribute(question.node, 'axes') ?? question.ints(input);

const isGiven = ({ node }: ShapeQuestion, input: number): boolean => (node.inputs[input] ?? '') !== '';

export const flatten: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const axis = x && positive(intAttribute(node, 'axis', 1), x.length);
  return x && [[product(x.slice(0, axis)), product(x.slice(axis))]];
};

export const reshape: ShapeRule = ({ node, shape, ints }) => {
  const x = shape(0);
  const wanted = ints(1) ?? intsAttribute(node, 'shape');
  if (!x || !wanted) return undefined;
  const keepsZero = intAttribute(node, 'allowzero', 0) === 1;
  const dims = wanted.map((dim, axis) => (dim === 0 && !keepsZero ? (x[axis] ?? 1) : dim));
  const rest = product(x) / product(dims.filter((dim) => dim !== -1));
  return [dims.map((dim) => (dim === -1 ? rest : dim))];
};

export const transpose: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const order = intsAttribute(node, 'perm') ?? x?.map((_, axis) => x.length - 1 - axis);
  return x && order && [order.map((axis) => x[axis] ?? 1)];
};

export const concat: ShapeRule = ({ node, shape }) => {
  const shapes = node.inputs.map((_, i) => shape(i));
  const [first] = shapes;
  if (!first || !shapes.every((each) => each !== undefined)) return undefined;
  const axis = positive(intAttribute(node, 'axis', 1), first.length);
  return [first.map((dim, i) => (i === axis ? shapes.reduce((sum, each) => sum + (each[axis] ?? 0), 0) : dim))];
};

export const reduce: ShapeRule = (question) => {
  const x = question.shape(0);
  if (!x) return undefined;
  const given = axesOf(question, 1);
  if (!given && isGiven(question, 1)) return undefined;
  const { node } = question;
  const named = given && given.length > 0 ? given : undefined;
  if (!named && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return [x];
  const axes = new Set((named ?? x.map((_, axis) => axis)).map((axis) => positive(axis, x.length)));
  return [withoutAxes(x, axes, intAttribute(node, 'keepdims', 1) === 1)];
};

export const argReduce: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  return x && [withoutAxes(x, new Set([positive(intAttribute(node, 'axis', 0), x.length)]), intAttribute(node, 'keepdims', 1) === 1)];
};

const withoutAxes = (x: Shape, axes: ReadonlySet<number>, keeps: boolean): Shape =>
  x.flatMap((dim, axis) => (axes.has(axis) ? (keeps ? [1] : []) : [dim]));

export const squeeze: ShapeRule = (question) => {
  const x = question.shape(0);
  if (!x) return undefined;
  const given = axesOf(question, 1)?.map((axis) => positive(axis, x.length));
  if (!given && isGiven(question, 1)) return undefined;
  return [x.filter((dim, axis) => (given ? !given.includes(axis) : dim !== 1))];
};

export const unsqueeze: ShapeRule = (question) => {
  const x = question.shape(0);
  const given = axesOf(question, 1);
  if (!x || !given) return undefined;
  const rank = x.length + given.length;
  const added = new Set(given.map((axis) => positive(axis, rank)));
  const rest = [...x];
  return [Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? 1)))];
};

export const slice: ShapeRule = (question) => {
  const x = question.shape(0);
  const { node } = question;
  const starts = intsAttribute(node, 'starts') ?? question.ints(1);
  const ends = intsAttribute(node, 'ends') ?? question.ints(2);
  if (!x || !starts || !ends || (isGiven(question, 3) && !question.ints(3)) || (isGiven(question, 4) && !question.ints(4)))
    return undefined;
  const axes = axesOf(question, 3) ?? starts.map((_, i) => i);
  const steps = question.ints(4) ?? [];
  const dims = [...x];
  axes.forEach((given, i) => {
    const axis = positive(given, x.length);
    dims[axis] = sliceLength(x[axis] ?? 0, { start: starts[i] ?? 0, end: ends[i] ?? 0, step: steps[i] ?? 1 });
  });
  return [dims];
};

/** As in Python, with ends far outside clamped to the tensor. */
function sliceLength(size: number, { start, end, step }: { start: number; end: number; step: number }): number {
  const clamp = (at: number, low: number, high: number): number => Math.min(Math.max(at < 0 ? at + size : at, low), high);
  if (step > 0) return Math.max(0, Math.ceil((clamp(end, 0, size) - clamp(start, 0, size)) / step));
  return Math.max(0, Math.ceil((clamp(start, 0, size - 1) - clamp(end, -1, size - 1)) / -step));
}

export const split: ShapeRule = (question) => {
  const x = question.shape(0);
  if (!x) return undefined;
  const { node } = question;
  const axis = positive(intAttribute(node, 'axis', 0), x.length);
  const given = intsAttribute(node, 'split') ?? question.ints(1);
  if (!given && isGiven(question, 1)) return undefined;
  // Without sizes equal parts, the last one smaller where they do not come out even.
  const part = Math.ceil((x[axis] ?? 0) / node.outputs.length);
  const sizes = given ?? node.outputs.map((_, i) => Math.min(part, (x[axis] ?? 0) - i * part));
  return sizes.map((size) => x.map((dim, i) => (i === axis ? size : dim)));
};

export const gather: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const indices = shape(1);
  const axis = x && positive(intAttribute(node, 'axis', 0), x.length);
  return x && indices && axis !== undefined ? [[...x.slice(0, axis), ...indices, ...x.slice(axis + 1)]] : undefined;
};

export const gatherNd: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const indices = shape(1);
  const batch = intAttribute(node, 'batch_dims', 0);
  return x && indices && [[...indices.slice(0, -1), ...x.slice(batch + (indices.at(-1) ?? 0))]];
};

export const pad: ShapeRule = (question) => {
  const x = question.shape(0);
  const pads = intsAttribute(question.node, 'pads') ?? intsAttribute(question.node, 'paddings') ?? question.ints(1);
  if (!x || !pads || (isGiven(question, 3) && !question.ints(3))) return undefined;
  const axes = (question.ints(3) ?? x.map((_, axis) => axis)).map((axis) => positive(axis, x.length));
  const both = (axis: number): number =>
    axes.includes(axis) ? (pads[axes.indexOf(axis)] ?? 0) + (pads[axes.indexOf(axis) + axes.length] ?? 0) : 0;
  return [x.map((dim, axis) => dim + both(axis))];
};

export const tile: ShapeRule = ({ shape, ints }) => {
  const x = shape(0);
  const repeats = ints(1);
  return x && repeats && [x.map((dim, axis) => dim * (repeats[axis] ?? 1))];
};

export const topK: ShapeRule = ({ node, shape, ints }) => {
  const x = shape(0);
  const [k] = ints(1) ?? [];
  const count = intAttribute(node, 'k') ?? k;
  const axis = x && positive(intAttribute(node, 'axis', -1), x.length);
  if (!x || count === undefined) return undefined;
  const best = x.map((dim, i) => (i === axis ? count : dim));
  return [best, best];
};

export const oneHot: ShapeRule = ({ node, shape, ints, floats }) => {
  const indices = shape(0);
  const depth = (ints(1) ?? floats(1))?.[0];
  if (!indices || depth === undefined) return undefined;
  const axis = positive(intAttribute(node, 'axis', -1), indices.length + 1);
  return [[...indices.slice(0, axis), depth, ...indices.slice(axis)]];
};

/** Whole sequences first, last states behind: (length, directions, batch, hidden), (directions, batch, hidden). */
export const recurrent: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const w = shape(1);
  const r = shape(2);
  if (!x || !w || !r || intAttribute(node, 'layout', 0) !== 0) return undefined;
  const [length = 1, batch = 1] = x;
  const state = [w[0] ?? 1, batch, r[2] ?? 1];
  return [[length, w[0] ?? 1, batch, r[2] ?? 1], state, state];
};
