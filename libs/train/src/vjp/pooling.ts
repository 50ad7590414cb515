import { constantOf, countOf, intAttribute, intsAttribute, type Node } from '@fleetfit/onnx';
import type { Dims, Tape } from '../tape.ts';
import { inputOf, outputOf, type VjpRule } from '../vjp-rule.ts';
import { paddingOf, type Window } from './window.ts';

/** y = the largest x of every window;  dy goes to the place it came from. The runtime tells the places: output 1, counted through all of x. */
export const maxPool: VjpRule = {
  op: 'MaxPool',
  refuses: (node, [x = []]) => (intAttribute(node, 'storage_order', 0) === 0 ? onlyPictures(x) : 'it counts places column by column'),
  forward: (node, { tape }) => {
    const places = node.outputs[1] || `${outputOf(node)}:places`;
    tape.add({ ...node, outputs: [outputOf(node), places] });
    return [places];
  },
  vjp: (node, { tape, gradient, noted: [places = ''] }) => {
    const dims = tape.dims(inputOf(node, 0));
    const flat = (value: string): string => tape.emit('Reshape', [value, tape.ints([-1])]);
    const nothing = tape.emit('ConstantOfShape', [tape.ints([countOf(dims)])]);
    const scattered = tape.emit('ScatterElements', [nothing, flat(places), flat(gradient)], { axis: 0, reduction: 'add' });
    return [tape.emit('Reshape', [scattered, tape.ints(dims)])];
  },
};

/** y = the mean x of every window;  dx = dy / count added up over the windows that saw it: a transposed convolution with ones. */
export const averagePool: VjpRule = {
  op: 'AveragePool',
  refuses: (node, [x = []]) =>
    intAttribute(node, 'ceil_mode', 0) === 1 ? 'its last window may reach beyond the picture (ceil_mode)' : onlyPictures(x),
  vjp: (node, { tape, gradient }) => {
    const [x, y] = [tape.dims(inputOf(node, 0)), tape.dims(outputOf(node))];
    const channels = x[1] ?? 1;
    const [kh = 1, kw = 1] = intsAttribute(node, 'kernel_shape', [1, 1]);
    const window: Window = { kernel: [kh, kw], ...paddingOf(node, { x, kernel: [kh, kw] }) };
    const ones = `train:ones ${channels}x${kh}x${kw}`;
    tape.constant(constantOf(ones, [channels, 1, kh, kw], new Float32Array(channels * kh * kw).fill(1)));
    const { stride, dilation, pads } = window;
    const shares = tape.emit('Mul', [gradient, overCounts(tape, node, { x, y, window })]);
    const reached = (axis: 0 | 1): number =>
      ((y[axis + 2] ?? 1) - 1) * stride[axis] + dilation[axis] * (window.kernel[axis] - 1) + 1 - pads[axis] - (pads[axis + 2] ?? 0);
    return [
      tape.emit('ConvTranspose', [shares, ones], {
        strides: stride,
        dilations: dilation,
        pads,
        group: channels,
        output_padding: [(x[2] ?? 1) - reached(0), (x[3] ?? 1) - reached(1)],
      }),
    ];
  },
};

// 1 / how many places of the picture a window covers; with count_include_pad the border counts too.
function overCounts(tape: Tape, node: Node, { x, y, window }: { x: Dims; y: Dims; window: Window }): string {
  const { kernel, stride, dilation, pads } = window;
  if (intAttribute(node, 'count_include_pad', 0) === 1) return tape.scalar(1 / (kernel[0] * kernel[1]));
  const covered = (axis: 0 | 1, at: number): number => {
    const places = Array.from({ length: kernel[axis] }, (_, k) => at * stride[axis] - pads[axis] + k * dilation[axis]);
    return places.filter((place) => place >= 0 && place < (x[axis + 2] ?? 1)).length;
  };
  const [oh, ow] = [y[2] ?? 1, y[3] ?? 1];
  const name = `train:over counts ${outputOf(node)}`;
  const shares = Float32Array.from({ length: oh * ow }, (_, i) => 1 / (covered(0, Math.floor(i / ow)) * covered(1, i % ow)));
  tape.constant(constantOf(name, [1, 1, oh, ow], shares));
  return name;
}

const onlyPictures = (x: Dims): string | undefined =>
  x.length === 4 ? undefined : `it pools ${x.length - 2} dimensions, and only 2 are known`;

/** y = mean of x over the picture;  dx = dy / (H W) at every place. */
export const globalAveragePool: VjpRule = {
  op: 'GlobalAveragePool',
  vjp: (node, { tape, gradient }) => {
    const dims = tape.dims(inputOf(node, 0));
    const share = tape.emit('Mul', [gradient, tape.scalar(1 / countOf(dims.slice(2)))]);
    return [tape.emit('Expand', [share, tape.ints(dims)])];
  },
};

/** y = the largest x of the picture;  dx = dy where x is it, shared where several are. */
export const globalMaxPool: VjpRule = {
  op: 'GlobalMaxPool',
  vjp: (node, { tape, gradient }) => {
    const x = inputOf(node, 0);
    const axes = tape.dims(x).flatMap((_, axis) => (axis < 2 ? [] : [axis]));
    const largest = tape.emit('Cast', [tape.emit('Equal', [x, outputOf(node)])], { to: 1 });
    const ties = tape.emit('ReduceSum', [largest, tape.ints(axes)], { keepdims: 1 });
    return [tape.emit('Mul', [largest, tape.emit('Div', [gradient, ties])])];
  },
};
