import { seededRng } from '@fleetfit/core';
import { buildModel, constantOf, encodeModel, type NewModel } from '@fleetfit/onnx';

export interface TinyModel {
  readonly opset?: number;
  readonly batch?: number | string;
  /** An operator that no runtime has, after the others. */
  readonly unknownOp?: boolean;
}

/**
 * A model of RGB images that knows blue, green and red, in this order: a convolution that keeps the three colours apart (and five channels of noise for weight),
 * their mean over 8x8 pixels, and a fully connected layer that reads them.
 */
export function colourModel({ opset = 17, batch = 'batch', unknownOp = false }: TinyModel = {}): Uint8Array {
  const rng = seededRng(1);
  const channels = 8;
  const conv = Float32Array.from({ length: channels * 3 * 9 }, (_, i) => {
    const [out, input, at] = [Math.floor(i / 27), Math.floor(i / 9) % 3, i % 9];
    if (out < 3) return out === input && at === 4 ? 1 : 0;
    return rng.normal() * 0.05;
  });
  // 8x8 pixels of 8 channels would be 512 features: enough weight to have a file of its own.
  const features = channels * 4;
  const head = Float32Array.from({ length: 3 * features }, (_, i) =>
    Math.floor((i % features) / 4) === 2 - Math.floor(i / features) ? 1 : 0,
  );
  const nodes: NewModel['nodes'][number][] = [
    { name: 'conv', op: 'Conv', inputs: ['image', 'w', 'b'], outputs: ['c'], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } },
    { name: 'relu', op: 'Relu', inputs: ['c'], outputs: ['r'] },
    { name: 'pool', op: 'AveragePool', inputs: ['r'], outputs: ['p'], attributes: { kernel_shape: [4, 4], strides: [4, 4] } },
    { name: 'flat', op: 'Flatten', inputs: ['p'], outputs: ['f'] },
    { name: 'head', op: 'Gemm', inputs: ['f', 'h', 'hb'], outputs: [unknownOp ? 'g' : 'scores'], attributes: { transB: 1 } },
  ];
  if (unknownOp) nodes.push({ name: 'odd', op: 'NoSuchOperator', inputs: ['g'], outputs: ['scores'] });
  const model = buildModel({
    name: 'colours',
    opset,
    inputs: [{ name: 'image', type: 'float32', dims: [batch, 3, 8, 8] }],
    outputs: [{ name: 'scores', type: 'float32', dims: [batch, 3] }],
    nodes,
    constants: [
      constantOf('w', [channels, 3, 3, 3], conv),
      constantOf('b', [channels], new Float32Array(channels)),
      constantOf('h', [3, features], head),
      constantOf('hb', [3], new Float32Array(3)),
    ],
  });
  return encodeModel(model);
}
