import { floatsOf, intAttribute, intsAttribute, tensorAttribute } from '@fleetfit/onnx';
import type { ShapeQuestion } from './infer-shapes.ts';

/** Whole numbers that a node computes from constants and shapes. */
type ValueRule = (question: ShapeQuestion) => readonly number[] | undefined;

const pass: ValueRule = ({ ints }) => ints(0);

/** Two lists number by number; a list of one stretches. */
const both =
  (of: (a: number, b: number) => number): ValueRule =>
  ({ ints }) => {
    const a = ints(0);
    const b = ints(1);
    if (!a || !b) return undefined;
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) =>
      of(a[a.length === 1 ? 0 : i] ?? 0, b[b.length === 1 ? 0 : i] ?? 0),
    );
  };

/** Exporters build the target of a Reshape or the size of a Resize that way. */
export const VALUE_RULES: Readonly<Record<string, ValueRule>> = {
  Shape: ({ node, shape }) => shape(0)?.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end')),
  Size: ({ shape }) => {
    const x = shape(0);
    return x && [x.reduce((product, dim) => product * dim, 1)];
  },
  Identity: pass,
  Squeeze: pass,
  Unsqueeze: pass,
  Reshape: pass,
  Cast: pass,
  Add: both((a, b) => a + b),
  Sub: both((a, b) => a - b),
  Mul: both((a, b) => a * b),
  // Whole numbers divide toward zero.
  Div: both((a, b) => Math.trunc(a / b)),
  Gather: ({ ints }) => {
    const from = ints(0);
    return from && ints(1)?.map((at) => from.at(at) ?? 0);
  },
  Concat: ({ node, ints }) => {
    const parts = node.inputs.map((_, i) => ints(i));
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  },
  Slice: (question) => {
    const starts = intsAttribute(question.node, 'starts') ?? question.ints(1);
    const ends = intsAttribute(question.node, 'ends') ?? question.ints(2);
    return starts && ends && (question.ints(4)?.[0] ?? 1) === 1 ? question.ints(0)?.slice(starts[0], ends[0]) : undefined;
  },
  ConstantOfShape: ({ node, ints }) => {
    const [count = 1] = ints(0) ?? [];
    const value = tensorAttribute(node, 'value');
    return ints(0) && Array.from({ length: count }, () => (value ? (floatsOf(value)[0] ?? 0) : 0));
  },
  Range: ({ ints }) => {
    const [from, to, step] = [0, 1, 2].map((i) => ints(i)?.[0]);
    if (from === undefined || to === undefined || !step) return undefined;
    return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step);
  },
};
