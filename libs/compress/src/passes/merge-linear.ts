/**
 * Before: x -> Conv(W1, b1) -> y -> Conv 1x1 (W2, b2) -> z          x -> 8 Slice -> Concat -> Conv k x k, stride 1 (W)
 * After:  x -> Conv(W2 W1, W2 b1 + b2) -> z                         x -> Conv 2k x 2k, stride 2 (W')
 *
 * Two exact rewrites:
 * 1. Layers that follow each other without an activation (linear-pairs.ts) become one, where that multiplies less.
 * 2. A Focus stem, which takes every second pixel of every second row as channels of their own:
 *    W'[o, c, 2i + r, 2j + s] = W[o, p C + c, i, j], where part p of the Concat starts at row r and column s.
 *
 * Conditions
 * 1. One layer is cheaper than two: it has fewer multiplications at the size that the model states.
 * 2. Every part of the Concat is a Slice by steps of two, to the end, of one image with even sides; the Conv is its only reader, has
 *    one group, stride and dilation 1.
 */
import { isRefusal, type Refusal, refuse } from '@fleetfit/core';
import { multiply, transpose } from '@fleetfit/numerics';
import {
  type Change,
  constantOf,
  editModel,
  elementBytes,
  floatsOf,
  type GraphView,
  intAttribute,
  intsAttribute,
  type Model,
  type Node,
  type Pass,
  type PassResult,
  type Rule,
} from '@fleetfit/onnx';
import { biasOf, weightMatrices } from '../channel-readers.ts';
import { walkChannels } from '../channel-walk.ts';
import { inferShapes, type Shapes } from '../infer-shapes.ts';
import { type LinearPair, linearPairs } from '../linear-pairs.ts';
import { rewriteModel } from '../rewrite-model.ts';

/** Layers that are one linear map as one layer. */
export const mergeLinear: Pass = {
  word: 'merge-linear',
  about: 'Layers that follow each other without an activation as one, a Focus stem as one convolution (exact up to rounding)',
  parameters: [],
  sentence: () => 'Layers without an activation between them merged',
  knobs: () => [],
  requires: (model) =>
    hasMerges(model)
      ? undefined
      : refuse('no two layers follow each other without an activation so that one would be cheaper, and there is no Focus stem'),
  apply: async (model) => mergedModel(model),
};

const hasMerges = (model: Model): boolean => mergedModel(model).changes.some(({ kind }) => kind === 'changed');

/** The pass without a context. */
export function mergedModel(model: Model): PassResult {
  const focus = rewriteModel(model, {
    rule: focusRule(inferShapes(model)),
    about: [],
    tells: ({ id, parts }) => ({ layer: id, what: `${parts.length} slices and a Concat as part of the convolution` }),
  });
  const pairs = mergedPairs(focus.model);
  return { model: pairs.model, changes: [...focus.changes, ...pairs.changes], origins: new Map() };
}

function mergedPairs(model: Model): Pick<PassResult, 'model' | 'changes'> {
  const changes: Change[] = [];
  const merged = editModel(model, (graph) => {
    const used = new Set<string>();
    for (const pair of linearPairs(walkChannels(model))) {
      const { first, second } = pair;
      if (used.has(first.id) || used.has(second.id) || !isCheaper(pair)) continue;
      used.add(first.id).add(second.id);
      const product = multiply(weightOf(pair.first), weightOf(pair.second));
      const b1 = biasOf(first);
      const b2 = biasOf(second);
      const w2 = weightOf(second);
      const bias = Float32Array.from(
        { length: second.outputs },
        (_, o) => (b2?.[o] ?? 0) + (b1?.reduce((sum, b, i) => sum + b * (w2.data[i * w2.cols + o] ?? 0), 0) ?? 0),
      );
      const names = { weight: graph.freshName(`${first.weight.name}_merged`), bias: graph.freshName(`${first.weight.name}_merged_bias`) };
      const { node } = first;
      const isTransposed = node.op === 'Conv' || intAttribute(node, 'transB', 0) === 1;
      const dims =
        node.op === 'Conv'
          ? [second.outputs, ...first.weight.dims.slice(1)]
          : isTransposed
            ? [product.cols, product.rows]
            : [product.rows, product.cols];
      graph.setConstant(constantOf(names.weight, dims, Float32Array.from((isTransposed ? transpose(product) : product).data)));
      graph.setConstant(constantOf(names.bias, [bias.length], bias));
      graph.remove(second.node);
      graph.replace(node, {
        name: first.id,
        op: node.op,
        attributes: node.attributes,
        inputs: [node.inputs[0] ?? '', names.weight, names.bias],
        outputs: second.node.outputs,
      });
      changes.push({ kind: 'changed', layer: first.id, what: `${second.id} merged in` });
    }
  });
  return { model: merged, changes };
}

const weightOf = (layer: LinearPair['first']) => ({
  rows: layer.features.size,
  cols: layer.outputs,
  data: weightMatrices(layer)[0] ?? new Float64Array(0),
});

/** D O < D n + n O; a stride of the second would make the first compute pixels that nobody reads. */
function isCheaper({ first, second }: LinearPair): boolean {
  const strides = intsAttribute(second.node, 'strides') ?? [];
  if (strides.some((stride) => stride !== 1)) return false;
  const [size, between, outputs] = [first.features.size, first.outputs, second.outputs];
  return size * outputs < size * between + between * outputs;
}

interface FocusStem {
  readonly conv: Node;
  readonly id: string;
  readonly image: string;
  /** By part of the Concat: the row and column at which it starts. */
  readonly parts: readonly (readonly [number, number])[];
  readonly channels: number;
}

const focusRule = (shapes: Shapes): Rule<FocusStem> => ({
  name: 'merge-focus-stem',
  match(conv, graph) {
    if (conv.op !== 'Conv' || conv.domain !== '') return refuse('not a Conv');
    const concat = graph.nodeMaking(conv.inputs[0] ?? '');
    if (concat?.op !== 'Concat' || intAttribute(concat, 'axis', 1) !== 1) return refuse('it reads no Concat of channels');
    if (graph.usersOf(concat.outputs[0] ?? '').length > 1) return refuse('its Concat is read elsewhere too');
    const weight = graph.constant(conv.inputs[1] ?? '');
    if (!isPlainConv(conv) || weight?.type !== 'float32' || weight.dims.length !== 4)
      return refuse('it has groups, strides, dilations or computed weights');
    const slices = slicesOf(concat, graph, shapes);
    return isRefusal(slices) ? slices : { conv, id: graph.idOf(conv), ...slices };
  },
  rewrite({ conv, id, image, parts, channels }, graph) {
    const weight = graph.constant(conv.inputs[1] ?? '');
    if (!weight) return;
    const [outputs = 0, inputs = 0, h = 1, w = 1] = weight.dims;
    const values = floatsOf(weight);
    const wide = new Float32Array(outputs * channels * 4 * h * w);
    for (let o = 0; o < outputs; o++)
      for (let from = 0; from < inputs; from++) {
        const [r, s] = parts[Math.floor(from / channels)] ?? [0, 0];
        for (let i = 0; i < h; i++)
          for (let j = 0; j < w; j++) {
            const to = ((o * channels + (from % channels)) * 2 * h + 2 * i + r) * 2 * w + 2 * j + s;
            wide[to] = (wide[to] ?? 0) + (values[((o * inputs + from) * h + i) * w + j] ?? 0);
          }
      }
    const name = graph.freshName(`${weight.name}_focus`);
    graph.setConstant(constantOf(name, [outputs, channels, 2 * h, 2 * w], wide));
    const pads = (intsAttribute(conv, 'pads') ?? [0, 0, 0, 0]).map((pad) => 2 * pad);
    const attributes = { kernel_shape: [2 * h, 2 * w], strides: [2, 2], pads };
    graph.replace(conv, { name: id, op: 'Conv', inputs: [image, name, ...conv.inputs.slice(2)], outputs: conv.outputs, attributes });
    removeUnread(graph, conv.inputs[0] ?? '');
  },
});

function removeUnread(graph: Parameters<Rule<FocusStem>['rewrite']>[1], value: string): void {
  const node = graph.nodeMaking(value);
  if (!node || graph.isOutput(value) || graph.usersOf(value).length > 0) return;
  graph.remove(node);
  for (const input of node.inputs) removeUnread(graph, input);
}

function isPlainConv(conv: Node): boolean {
  const ones = (key: string): boolean => (intsAttribute(conv, key) ?? []).every((each) => each === 1);
  return intAttribute(conv, 'group', 1) === 1 && ones('strides') && ones('dilations') && !conv.attributes.has('auto_pad');
}

function slicesOf(concat: Node, graph: GraphView, shapes: Shapes): Pick<FocusStem, 'image' | 'parts' | 'channels'> | Refusal {
  const parts: (readonly [number, number])[] = [];
  let image: string | undefined;
  for (const input of concat.inputs) {
    const origin = slicedFrom(input, graph, shapes);
    if (isRefusal(origin)) return origin;
    if (image !== undefined && origin.image !== image) return refuse('its Concat joins slices of several images');
    image = origin.image;
    parts.push(origin.start);
  }
  const channels = shapes.of(image ?? '')?.[1];
  return image === undefined || channels === undefined ? refuse('the shape of its image is not known') : { image, parts, channels };
}

interface SlicedFrom {
  readonly image: string;
  readonly start: readonly [number, number];
}

/** Follows slices by steps of two back to the image. */
function slicedFrom(value: string, graph: GraphView, shapes: Shapes): SlicedFrom | Refusal {
  const starts = new Map<number, number>();
  let image = value;
  for (let node = graph.nodeMaking(image); node?.op === 'Slice'; node = graph.nodeMaking(image)) {
    const halves = halvesOf(node, graph, shapes);
    if (isRefusal(halves)) return halves;
    for (const [axis, start] of halves) {
      if (starts.has(axis)) return refuse('an axis is sliced twice');
      starts.set(axis, start);
    }
    image = node.inputs[0] ?? '';
  }
  const [row, column] = [starts.get(2), starts.get(3)];
  return row === undefined || column === undefined ? refuse('it is not sliced by rows and columns') : { image, start: [row, column] };
}

/** The axes along which a Slice takes every second place to the end, each with the place it starts at. */
function halvesOf(node: Node, graph: GraphView, shapes: Shapes): readonly (readonly [number, number])[] | Refusal {
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((i) => wholeNumbers(graph, node.inputs[i] ?? ''));
  const shape = shapes.of(node.inputs[0] ?? '');
  if (!starts || !ends || !axes || !steps || !shape) return refuse('a slice has no constant bounds');
  const halves = axes.map((given, i): readonly [number, number] | undefined => {
    const axis = given < 0 ? given + shape.length : given;
    const size = shape[axis] ?? 1;
    const toTheEnd = steps[i] === 2 && (ends[i] ?? 0) >= size && size % 2 === 0;
    return toTheEnd && (axis === 2 || axis === 3) && (starts[i] === 0 || starts[i] === 1) ? [axis, starts[i]] : undefined;
  });
  return halves.every((half) => half !== undefined) ? halves : refuse('a slice takes something else than every second pixel');
}

function wholeNumbers(graph: GraphView, value: string): number[] | undefined {
  const constant = graph.constant(value);
  return constant?.type === 'int64' ? Array.from(new BigInt64Array(elementBytes(constant).slice().buffer), Number) : undefined;
}
