/**
 * Before: image [1, 3, 416, 416] -> net
 * After:  image [1, 3, 352, 352] -> net, or with inside=yes: image [1, 3, 416, 416] -> Resize -> net at 352 x 352
 *
 * A smaller image costs less in every layer, and accuracy often holds. Targets of Reshape that count pixels are written anew.
 * With inside=yes whoever feeds the model need not know; with inside=no images must be prepared at the new size, which saves more.
 *
 * Conditions
 * 1. The model has one image input of four dimensions, NCHW, with a fixed height and width; a free size can be chosen already.
 * 2. What is written runs: constants made for the old size (grids that are added to boxes) make the runtime refuse it.
 */
import { type Refusal, refuse, toFleetError } from '@fleetfit/core';
import {
  type Arguments,
  constantOf,
  editModel,
  encodeModel,
  type GraphEditor,
  intsOf,
  type Model,
  type Pass,
  type PassContext,
  type PassResult,
  type Value,
  viewOf,
} from '@fleetfit/onnx';
import type { Session } from '@fleetfit/runtime';
import { inferShapes, type Shapes } from '../infer-shapes.ts';
import { raisedModel, whyNotRaised } from './raise-opset.ts';

/** The same network on smaller images. */
export const resizeInput: Pass = {
  word: 'resize-input',
  about: 'The network on smaller (or larger) images',
  parameters: [
    { key: 'size', about: 'pixels of the longer side', values: 'integer' },
    { key: 'inside', about: 'yes: the model takes images of the old size and scales them itself', values: ['no', 'yes'], default: 'no' },
  ],
  sentence: ({ size, inside }) => `Images of ${size} pixels${inside === 'yes' ? ', scaled by the model itself' : ''}`,
  knobs: () => [],
  requires,
  apply: resizeModel,
};

interface ImageInput {
  readonly value: Value;
  readonly dims: readonly number[];
}

function imageOf(model: Model): ImageInput | Refusal {
  const graph = viewOf(model);
  const inputs = model.graph.inputs.filter(({ name }) => graph.isInput(name));
  const [value] = inputs;
  if (!value || inputs.length > 1) return refuse(`it takes ${inputs.length} inputs, not one image`);
  const { dims } = value;
  const [, channels, height, width] = dims ?? [];
  if (dims?.length !== 4) return refuse(`its input "${value.name}" has ${dims?.length ?? 'unknown'} dimensions, not 4`);
  if (typeof height !== 'number' || typeof width !== 'number') return refuse(`its input "${value.name}" takes any size already`);
  if (typeof channels !== 'number' || channels > 4 || width <= 4)
    return refuse(`its input "${value.name}" is [${dims.join(', ')}], not channels before rows and columns`);
  return { value, dims: [typeof dims[0] === 'number' ? dims[0] : 1, channels, height, width] };
}

function requires(model: Model, { size }: Arguments): Refusal | undefined {
  const image = imageOf(model);
  if ('kind' in image) return image;
  if (Number(size) < 8) return refuse(`size=${size} is less than 8 pixels`);
  if (Number(size) === Math.max(...image.dims.slice(2))) return refuse(`its images have ${size} pixels already`);
  return whyNotRaised(model);
}

async function resizeModel(model: Model, { size, inside }: Arguments, context: PassContext): Promise<PassResult | Refusal> {
  const raised = raisedModel(model);
  const image = imageOf(raised.model);
  if ('kind' in image) return image;
  const [batch = 1, channels = 3, height = 1, width = 1] = image.dims;
  const scale = Number(size) / Math.max(height, width);
  const target = [batch, channels, Math.round(height * scale), Math.round(width * scale)];
  const resized = inside === 'yes' ? scaledInside(raised.model, image, target) : atSize(raised.model, image, target);
  const why = await whyNotRun(resized, raised.model, context);
  if (why) return refuse(`at ${target.slice(2).join(' x ')} pixels it does not run: ${why}`);
  const what = `images of ${target.slice(2).join(' x ')} instead of ${height} x ${width}`;
  return { model: resized, changes: [...raised.changes, { kind: 'changed', layer: image.value.name, what }], origins: new Map() };
}

function atSize(model: Model, { value, dims }: ImageInput, target: readonly number[]): Model {
  const rewritten = withTargets(model, { input: value.name, dims, target });
  const inputs = rewritten.graph.inputs.map((input) => (input.name === value.name ? resizedValue(input, target) : input));
  return withoutStatedSizes({ ...rewritten, graph: { ...rewritten.graph, inputs } });
}

// What the file states about sizes is no longer true: the runtime finds them out.
const withoutStatedSizes = (model: Model): Model => ({
  ...model,
  graph: {
    ...model.graph,
    values: new Map(),
    outputs: model.graph.outputs.map((output) => ({
      ...output,
      dims: output.dims?.map((dim, axis) => (axis === 0 ? dim : undefined)),
      wire: undefined,
    })),
  },
});

const resizedValue = (value: Value, [, , height = 1, width = 1]: readonly number[]): Value => ({
  ...value,
  dims: value.dims?.map((dim, axis) => (axis === 2 ? height : axis === 3 ? width : dim)),
  wire: undefined,
});

function scaledInside(model: Model, { value, dims }: ImageInput, target: readonly number[]): Model {
  const rewritten = withTargets(model, { input: value.name, dims, target });
  const scaled = editModel(rewritten, (graph) => {
    const small = graph.freshName(`${value.name}_resized`);
    const scales = graph.freshName(`${value.name}_scales`);
    graph.replaceUses(value.name, small);
    graph.setConstant(
      constantOf(
        scales,
        [4],
        Float32Array.from(target, (size, axis) => (axis < 2 ? 1 : size / (dims[axis] ?? 1))),
      ),
    );
    const attributes = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
    graph.add({ name: small, op: 'Resize', inputs: [value.name, '', scales], outputs: [small], attributes });
  });
  return withoutStatedSizes(scaled);
}

/** Targets of Reshape, Expand and Resize that count pixels: what grew or shrank with the image is written at its new size. */
function withTargets(
  model: Model,
  { input, dims, target }: { readonly input: string; readonly dims: readonly number[]; readonly target: readonly number[] },
): Model {
  const before = inferShapes(model, new Map([[input, dims]]));
  let now = model;
  // Each target changes what stands behind it: one after another, until all agree.
  for (let round = 0; round < model.graph.nodes.length; round++) {
    const after = inferShapes(withoutStatedSizes(now), new Map([[input, target]]));
    const next = editModel(now, (graph) => rewriteFirst(graph, before, after));
    if (next === now) return now;
    now = next;
  }
  return now;
}

function rewriteFirst(graph: GraphEditor, before: Shapes, after: Shapes): void {
  for (const node of graph.nodes) {
    if (node.op !== 'Reshape') continue;
    const [x = '', name = ''] = node.inputs;
    const constant = graph.constant(name);
    const [old, now] = [before.of(x), after.of(x)];
    if (!constant || !old || !now || constant.type !== 'int64') continue;
    const stated = intsOf(constant);
    const written = reshapedTarget(stated, old, now);
    if (!written) continue;
    const fresh = graph.freshName(`${name}_resized`);
    graph.setConstant(constantOf(fresh, [written.length], BigInt64Array.from(written, BigInt)));
    const { op, outputs, attributes } = node;
    graph.replace(node, { name: node.name, op, outputs, attributes, inputs: [x, fresh] });
    return;
  }
}

/** Undefined where the target still fits: sides of the old image are replaced by those of the new, else the last number is scaled. */
function reshapedTarget(stated: readonly number[], old: readonly number[], now: readonly number[]): readonly number[] | undefined {
  const size = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
  const fits = (target: readonly number[]): boolean => {
    const known = target.map((dim, axis) => (dim === 0 ? (now[axis] ?? 1) : dim)).filter((dim) => dim !== -1);
    return target.includes(-1) ? size(now) % size(known) === 0 : size(known) === size(now);
  };
  const swapped = stated.map((dim, axis) => (axis >= 2 && dim === old[axis] ? (now[axis] ?? dim) : dim));
  if (swapped.join() !== stated.join() && fits(swapped)) return swapped;
  if (fits(stated) || stated.includes(-1)) return undefined;
  const ratio = size(now) / size(old);
  const at = stated.findLastIndex((dim) => dim > 1 && Number.isInteger(dim * ratio));
  return at < 0 ? undefined : stated.with(at, (stated[at] ?? 1) * ratio);
}

/** Runs an empty image: shapes that do not fit show themselves. */
async function whyNotRun(model: Model, before: Model, { runtime, threads, signal }: PassContext): Promise<string | undefined> {
  const { providers } = runtime.facts;
  const provider = providers.includes('cpu') ? 'cpu' : (providers[0] ?? 'cpu');
  let session: Session | undefined;
  try {
    session = await runtime.open(
      { graph: encodeModel(model), externalData: new Map() },
      { provider, threads, optimization: 'basic', signal },
    );
    const feeds = Object.fromEntries(
      session.inputs.map(({ name, dims }) => {
        const sizes = dims.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : 1));
        return [name, { type: 'float32' as const, dims: sizes, data: new Float32Array(sizes.reduce((product, dim) => product * dim, 1)) }];
      }),
    );
    const answers = await session.run(feeds);
    const shapes = inferShapes(before);
    const changed = Object.entries(answers).find(([name, { dims }]) => (shapes.of(name)?.length ?? dims.length) !== dims.length);
    return changed ? `"${changed[0]}" has ${changed[1].dims.length} dimensions` : undefined;
  } catch (thrown) {
    const error = toFleetError(thrown, 'Cannot run the resized model');
    if (error.code === 'cancelled') throw error;
    return error.message;
  } finally {
    await session?.close();
  }
}
