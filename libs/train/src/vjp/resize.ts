import { intAttribute, type Node, stringAttribute } from '@fleetfit/onnx';
import { inputOf, outputOf, type VjpRule } from '../vjp-rule.ts';
import { type AxisMap, backThroughAxis } from './along-axis.ts';

/** y = x at another size, nearest or linear: a linear map along every axis, so  dx = its transpose applied to dy. */
export const resize: VjpRule = {
  op: 'Resize',
  refuses: (node) => {
    const mode = stringAttribute(node, 'mode', 'nearest');
    if (mode !== 'nearest' && mode !== 'linear') return `its mode is ${mode}, and only nearest and linear are known`;
    const way = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
    if (!(way in COORDINATES)) return `its coordinates are ${way}, which is not known`;
    return intAttribute(node, 'antialias', 0) === 1 ? 'it smooths before it shrinks (antialias)' : undefined;
  },
  vjp: (node, { tape, gradient }) => {
    const from = tape.dims(inputOf(node, 0));
    const scales = node.inputs[2] ? (tape.numbers(node.inputs[2]) ?? []) : [];
    let dims = [...tape.dims(outputOf(node))];
    let value = gradient;
    for (const [axis, size] of from.entries()) {
      const to = dims[axis] ?? 1;
      if (to === size) continue;
      value = backThroughAxis(tape, value, { dims, map: axisMap(node, { axis, size, to, scale: scales[axis] ?? to / size }) });
      dims = dims.map((dim, i) => (i === axis ? size : dim));
    }
    return [value];
  },
};

interface Axis {
  readonly axis: number;
  readonly size: number;
  readonly to: number;
  readonly scale: number;
}

// Where a place of the result lies in x (https://onnx.ai/onnx/operators/onnx__Resize.html, coordinate_transformation_mode).
const COORDINATES: Readonly<Record<string, (at: number, axis: Axis) => number>> = {
  half_pixel: (at, { scale }) => (at + 0.5) / scale - 0.5,
  pytorch_half_pixel: (at, { scale, to }) => (to > 1 ? (at + 0.5) / scale - 0.5 : 0),
  asymmetric: (at, { scale }) => at / scale,
  align_corners: (at, { size, to }) => (to > 1 ? (at * (size - 1)) / (to - 1) : 0),
};

const ROUND: Readonly<Record<string, (at: number) => number>> = {
  round_prefer_floor: (at) => Math.ceil(at - 0.5),
  round_prefer_ceil: (at) => Math.floor(at + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

function axisMap(node: Node, axis: Axis): AxisMap {
  const place = COORDINATES[stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel')] ?? ((at: number) => at);
  const within = (at: number): number => Math.min(Math.max(at, 0), axis.size - 1);
  const nearest = ROUND[stringAttribute(node, 'nearest_mode', 'round_prefer_floor')] ?? Math.floor;
  const weights = Array.from({ length: axis.to }, (_, i) => {
    const at = place(i, axis);
    if (stringAttribute(node, 'mode', 'nearest') === 'nearest') return new Map([[within(nearest(at)), 1]]);
    const low = Math.floor(within(at));
    const share = within(at) - low;
    const high = within(low + 1);
    return high === low
      ? new Map([[low, 1]])
      : new Map([
          [low, 1 - share],
          [high, share],
        ]);
  });
  return { axis: axis.axis, from: axis.size, weights };
}
