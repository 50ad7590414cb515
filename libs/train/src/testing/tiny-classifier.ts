import { type Rng, seededRng } from '@fleetfit/core';
import { buildModel, constantOf, countOf, type Model, type NewNode } from '@fleetfit/onnx';

/** A residual network of one block on [batch, 2, 6, 6] for 3 classes: every op that has a rule, in the order they meet in real ones. */
export function tinyClassifier(
  changes: { readonly extra?: readonly NewNode[]; readonly softmax?: boolean; readonly channels?: number } = {},
): Model {
  const rng = seededRng(3);
  const channels = changes.channels ?? 2;
  const norm = (name: string) => ['scale', 'shift', 'mean', 'variance'].map((word) => `${name}.${word}`);
  const same = { pads: [1, 1, 1, 1] };
  const nodes: NewNode[] = [
    { op: 'Conv', inputs: ['x', 'stem.w'], outputs: ['stem'], attributes: same },
    { op: 'BatchNormalization', inputs: ['stem', ...norm('n1')], outputs: ['stem.n'] },
    { op: 'Relu', inputs: ['stem.n'], outputs: ['a'] },
    { op: 'Conv', inputs: ['a', 'left.w'], outputs: ['left'], attributes: { pads: [1, 1, 1, 1], strides: [2, 2] } },
    { op: 'BatchNormalization', inputs: ['left', ...norm('n2')], outputs: ['left.n'] },
    { op: 'Conv', inputs: ['a', 'right.w', 'right.b'], outputs: ['right'], attributes: { strides: [2, 2] } },
    { op: 'Add', inputs: ['left.n', 'right'], outputs: ['sum'] },
    { op: 'Relu', inputs: ['sum'], outputs: ['b'] },
    { op: 'GlobalAveragePool', inputs: ['b'], outputs: ['pooled'] },
    { op: 'Flatten', inputs: ['pooled'], outputs: ['features'] },
    { op: 'Gemm', inputs: ['features', 'head.w', 'head.b'], outputs: ['z'], attributes: { transB: 1 } },
    ...(changes.extra ?? []),
    ...(changes.softmax ? [{ op: 'Softmax', inputs: ['z'], outputs: ['p'] }] : []),
  ];
  const random = (name: string, dims: readonly number[]) => constantOf(name, dims, values(rng, dims));
  const norms = ['n1', 'n2'].flatMap((name) =>
    norm(name).map((full, i) => constantOf(full, [4], new Float32Array(4).fill(i % 3 === 0 ? 1 : 0))),
  );
  return buildModel({
    name: 'tiny',
    opset: 17,
    inputs: [{ name: 'x', type: 'float32', dims: ['batch', channels, 6, 6] }],
    outputs: [{ name: changes.softmax ? 'p' : 'z', type: 'float32', dims: ['batch', 3] }],
    nodes,
    constants: [
      random('stem.w', [4, channels, 3, 3]),
      random('left.w', [4, 4, 3, 3]),
      random('right.w', [4, 4, 1, 1]),
      random('right.b', [4]),
      random('head.w', [3, 4]),
      random('head.b', [3]),
      ...norms,
    ],
  });
}

function values(rng: Rng, dims: readonly number[]): Float32Array {
  return Float32Array.from({ length: countOf(dims) }, () => rng.normal() * 0.5);
}
