import { intAttribute, intsAttribute, stringAttribute } from '@fleetfit/onnx';
import type { Shape, ShapeQuestion, ShapeRule } from './infer-shapes.ts';

/**
 * Spatial sizes of a sliding window: round((in + pads - dilated kernel) / stride) + 1. Rounding up never adds a window that would
 * start in the padding behind the image (the runtime drops it, and so does ONNX from opset 22 on).
 */
function windowed({ node }: ShapeQuestion, spatial: Shape, kernel: Shape): Shape {
  const strides = intsAttribute(node, 'strides') ?? kernel.map(() => 1);
  const dilations = intsAttribute(node, 'dilations') ?? kernel.map(() => 1);
  const pads = intsAttribute(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  const up = intAttribute(node, 'ceil_mode', 0) === 1;
  return spatial.map((size, i) => {
    const stride = strides[i] ?? 1;
    if (autoPad.startsWith('SAME')) return Math.ceil(size / stride);
    const reach = (dilations[i] ?? 1) * ((kernel[i] ?? 1) - 1) + 1;
    const before = autoPad === 'VALID' ? 0 : (pads[i] ?? 0);
    const after = autoPad === 'VALID' ? 0 : (pads[i + kernel.length] ?? 0);
    const steps = (size + before + after - reach) / stride;
    const count = (up ? Math.ceil(steps) : Math.floor(steps)) + 1;
    return up && (count - 1) * stride >= size + before ? count - 1 : count;
  });
}

export const conv: ShapeRule = (question) => {
  const x = question.shape(0);
  const w = question.shape(1);
  return x && w && [[x[0] ?? 1, w[0] ?? 1, ...windowed(question, x.slice(2), w.slice(2))]];
};

/** Weight and zero points stand between scales. */
export const qLinearConv: ShapeRule = (question) => {
  const x = question.shape(0);
  const w = question.shape(3);
  return x && w && [[x[0] ?? 1, w[0] ?? 1, ...windowed(question, x.slice(2), w.slice(2))]];
};

export const convTranspose: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const w = shape(1);
  if (!x || !w) return undefined;
  const start = [x[0] ?? 1, (w[1] ?? 1) * intAttribute(node, 'group', 1)];
  const stated = intsAttribute(node, 'output_shape');
  if (stated) return [[...start, ...stated.slice(stated.length - (x.length - 2))]];
  const kernel = w.slice(2);
  const [strides, dilations, extra] = ['strides', 'dilations', 'output_padding'].map((name) => intsAttribute(node, name));
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  const pads = autoPad === 'NOTSET' ? (intsAttribute(node, 'pads') ?? []) : [];
  const sizes = x.slice(2).map((size, i) => {
    const stride = strides?.[i] ?? 1;
    if (autoPad.startsWith('SAME')) return size * stride;
    const reach = (dilations?.[i] ?? 1) * ((kernel[i] ?? 1) - 1) + 1;
    return (size - 1) * stride + reach + (extra?.[i] ?? 0) - (pads[i] ?? 0) - (pads[i + kernel.length] ?? 0);
  });
  return [[...start, ...sizes]];
};

/** Poolings; MaxPool may tell the places of the largest as a second output of the same shape. */
export const pool: ShapeRule = (question) => {
  const x = question.shape(0);
  const kernel = intsAttribute(question.node, 'kernel_shape');
  if (!x || !kernel) return undefined;
  const pooled = [...x.slice(0, 2), ...windowed(question, x.slice(2), kernel)];
  return question.node.outputs.map(() => pooled);
};

export const globalPool: ShapeRule = ({ shape }) => {
  const x = shape(0);
  return x && [x.map((dim, axis) => (axis < 2 ? dim : 1))];
};

/** A region of interest each. */
export const roiPool: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const rois = shape(1);
  const pooled = intsAttribute(node, 'pooled_shape') ?? [intAttribute(node, 'output_height', 1), intAttribute(node, 'output_width', 1)];
  return x && rois && [[rois[0] ?? 0, x[1] ?? 1, ...pooled]];
};

/** Resize and Upsample: floor(in * scale), or the sizes that are given. */
export const resize: ShapeRule = ({ node, shape, ints, floats }) => {
  const x = shape(0);
  if (!x) return undefined;
  const axes = (intsAttribute(node, 'axes') ?? x.map((_, axis) => axis)).map((axis) => (axis < 0 ? axis + x.length : axis));
  const onAxes = (of: (dim: number, i: number) => number): Shape[] => [
    x.map((dim, axis) => (axes.includes(axis) ? of(dim, axes.indexOf(axis)) : dim)),
  ];
  const sizes = ints(3);
  if (sizes && sizes.length > 0)
    return stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch') === 'stretch' ? onAxes((dim, i) => sizes[i] ?? dim) : undefined;
  const attribute = node.attributes.get('scales');
  const listed = attribute?.kind === 'floats' ? attribute.value : undefined;
  const scales = listed ?? floats(node.inputs.length === 2 ? 1 : 2);
  return scales && scales.length === axes.length ? onAxes((dim, i) => Math.floor(dim * (scales[i] ?? 1))) : undefined;
};

/** The border of an image cut off (dropped from ONNX in opset 10): left, top, right, bottom; or a size from left and top. */
export const crop: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const [left = 0, top = 0, right = 0, bottom = 0] = intsAttribute(node, 'border') ?? [];
  const scale = intsAttribute(node, 'scale');
  if (!x || x.length !== 4) return undefined;
  const [n = 1, c = 1, height = 1, width = 1] = x;
  return [scale && scale.length === 2 ? [n, c, scale[0] ?? 1, scale[1] ?? 1] : [n, c, height - top - bottom, width - left - right]];
};

/** Values sampled at the points of a grid. */
export const gridSample: ShapeRule = ({ shape }) => {
  const x = shape(0);
  const grid = shape(1);
  return x && grid && [[x[0] ?? 1, x[1] ?? 1, ...grid.slice(1, -1)]];
};

/** Blocks of channels as blocks of pixels, and back. */
export const depthToSpace: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const block = intAttribute(node, 'blocksize', 1);
  return x && [[x[0] ?? 1, (x[1] ?? 1) / block ** 2, (x[2] ?? 1) * block, (x[3] ?? 1) * block]];
};

export const spaceToDepth: ShapeRule = ({ node, shape }) => {
  const x = shape(0);
  const block = intAttribute(node, 'blocksize', 1);
  return x && [[x[0] ?? 1, (x[1] ?? 1) * block ** 2, (x[2] ?? 1) / block, (x[3] ?? 1) / block]];
};
