import { intAttribute, type Node, stringAttribute } from '@fleetfit/onnx';
import type { Dims, Tape } from '../tape.ts';
import { inputOf, outputOf, type VjpRule } from '../vjp-rule.ts';
import { type AxisMap, backThroughAxis, picking } from './along-axis.ts';
import { fromFront } from './broadcast.ts';

/** y = x cut along some axes;  dx = dy with zeros where x was cut away. */
export const slice: VjpRule = {
  op: 'Slice',
  refuses: (node, _, tape) => unknown(tape, node, [1, 2, 3, 4]),
  vjp: (node, { tape, gradient }) => [throughAxes(tape, gradient, { to: tape.dims(inputOf(node, 0)), maps: sliceMaps(tape, node) })],
};

/** Axes are undone one after another; those cut without a step by padding, which costs one copy. */
function throughAxes(tape: Tape, gradient: string, { to, maps }: { to: Dims; maps: readonly AxisMap[] }): string {
  let value = gradient;
  let dims = maps.reduce<number[]>((all, { axis, weights }) => all.map((dim, i) => (i === axis ? weights.length : dim)), [...to]);
  for (const map of maps) {
    value = isRun(map) ? padded(tape, value, { rank: to.length, map }) : backThroughAxis(tape, value, { dims, map });
    dims = dims.map((dim, i) => (i === map.axis ? map.from : dim));
  }
  return value;
}

const firstPlace = (row: ReadonlyMap<number, number> | undefined): number => [...(row?.keys() ?? [])][0] ?? 0;
const isRun = ({ weights }: AxisMap): boolean =>
  weights.every((row, i) => row.size === 1 && firstPlace(row) === firstPlace(weights[0]) + i && [...row.values()][0] === 1);

function padded(tape: Tape, value: string, { rank, map }: { rank: number; map: AxisMap }): string {
  const before = firstPlace(map.weights[0]);
  const after = map.from - before - map.weights.length;
  if (before === 0 && after === 0) return value;
  const pads = Array.from({ length: 2 * rank }, () => 0);
  pads[map.axis] = before;
  pads[rank + map.axis] = after;
  return tape.emit('Pad', [value, tape.ints(pads)]);
}

function sliceMaps(tape: Tape, node: Node): AxisMap[] {
  const dims = tape.dims(inputOf(node, 0));
  const starts = numbers(tape, node, 1) ?? [];
  const ends = numbers(tape, node, 2) ?? [];
  const axes = fromFront(numbers(tape, node, 3) ?? starts.map((_, i) => i), dims.length);
  const steps = numbers(tape, node, 4) ?? starts.map(() => 1);
  return axes.map((axis, i) => {
    const size = dims[axis] ?? 1;
    const step = steps[i] ?? 1;
    const within = (at: number): number => {
      const place = at < 0 ? at + size : at;
      return step > 0 ? Math.min(Math.max(place, 0), size) : Math.min(Math.max(place, -1), size - 1);
    };
    const start = within(starts[i] ?? 0);
    const end = (ends[i] ?? size) < -size ? (step > 0 ? 0 : -1) : within(ends[i] ?? size);
    const count = Math.max(0, Math.ceil((end - start) / step));
    return picking(
      axis,
      size,
      Array.from({ length: count }, (_, place) => start + place * step),
    );
  });
}

/** y = x at given places of an axis;  dx = dy summed at the places it came from. */
export const gather: VjpRule = {
  op: 'Gather',
  weights: [0],
  refuses: (node, [, indices = []], tape) => (indices.length > 1 ? 'its indices are no list' : unknown(tape, node, [1])),
  vjp: (node, { tape, gradient }) => {
    const dims = tape.dims(inputOf(node, 0));
    const [axis = 0] = fromFront([intAttribute(node, 'axis', 0)], dims.length);
    const places = fromFront(numbers(tape, node, 1) ?? [], dims[axis] ?? 1);
    const kept = dims.map((dim, i) => (i === axis ? places.length : dim));
    const shaped = tape.dims(inputOf(node, 1)).length === 0 ? tape.emit('Reshape', [gradient, tape.ints(kept)]) : gradient;
    return [throughAxes(tape, shaped, { to: dims, maps: [picking(axis, dims[axis] ?? 1, places)] })];
  },
};

/** y = x with a border;  dx = dy without it, and what the border mirrored or repeated is added where it came from. */
export const pad: VjpRule = {
  op: 'Pad',
  refuses: (node, _, tape) => (node.inputs[3] ? 'it names its axes' : unknown(tape, node, [1])),
  vjp: (node, { tape, gradient }) => {
    const dims = tape.dims(inputOf(node, 0));
    const pads = numbers(tape, node, 1) ?? [];
    const ends = dims.map((dim, axis) => (pads[axis] ?? 0) + dim);
    if (stringAttribute(node, 'mode', 'constant') === 'constant') {
      const axes = dims.map((_, axis) => axis);
      return [tape.emit('Slice', [gradient, tape.ints(pads.slice(0, dims.length)), tape.ints(ends), tape.ints(axes)])];
    }
    const maps = dims.flatMap((size, axis) => {
      const [before, after] = [pads[axis] ?? 0, pads[dims.length + axis] ?? 0];
      if (before === 0 && after === 0) return [];
      const places = Array.from({ length: before + size + after }, (_, i) => borderPlace(node, i - before, size));
      return [picking(axis, size, places)];
    });
    return [throughAxes(tape, gradient, { to: dims, maps })];
  },
};

function borderPlace(node: Node, at: number, size: number): number {
  if (stringAttribute(node, 'mode', 'constant') === 'edge') return Math.min(Math.max(at, 0), size - 1);
  const period = Math.max(1, 2 * (size - 1));
  const folded = ((at % period) + period) % period;
  return folded < size ? folded : period - folded;
}

/** y = blocks of channels laid out as pictures (depth to space);  dx = space to depth of dy. */
export const depthToSpace: VjpRule = {
  op: 'DepthToSpace',
  refuses: (node) => (stringAttribute(node, 'mode', 'DCR') === 'DCR' ? undefined : 'its mode CRD has no inverse operator'),
  vjp: (node, { tape, gradient }) => [tape.emit('SpaceToDepth', [gradient], { blocksize: intAttribute(node, 'blocksize', 1) })],
};

/** y = pictures taken apart into channels;  dx = depth to space of dy. */
export const spaceToDepth: VjpRule = {
  op: 'SpaceToDepth',
  vjp: (node, { tape, gradient }) => [tape.emit('DepthToSpace', [gradient], { blocksize: intAttribute(node, 'blocksize', 1) })],
};

const numbers = (tape: Tape, node: Node, place: number): readonly number[] | undefined => {
  const input = node.inputs[place];
  return input ? tape.numbers(input) : undefined;
};

function unknown(tape: Tape, node: Node, places: readonly number[]): string | undefined {
  const open = places.map((place) => node.inputs[place]).find((input) => input && tape.numbers(input) === undefined);
  return open ? `its input "${open}" changes from image to image` : outputOf(node) === '' ? 'it makes nothing' : undefined;
}
