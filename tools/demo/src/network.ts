import { type Rng, seededRng } from '@fleetfit/core';
import { buildModel, type Constant, constantOf, countOf, type Model, type NewNode } from '@fleetfit/onnx';
import { SIDE } from './draw/canvas.ts';
import { CLASSES } from './draw/vessels.ts';

// Channels of the three stages; each halves the picture but the first, and holds two residual blocks.
const STAGES = [16, 32, 64] as const;
const BLOCKS = 2;

/**
 * A small residual network (He et al. 2016) with fresh weights: input [batch, 3, 64, 64], a stem that halves the picture,
 * three stages of two blocks, mean over the picture, one linear layer to the classes. Every convolution is followed by a
 * batch normalization that is a node of its own, so that folding it is left to compression.
 */
export function drinksNetwork(seed: number | string): Model {
  const parts: Parts = { rng: seededRng(seed), nodes: [], constants: [] };
  let value = convolved(parts, 'image', { name: 'stem', from: 3, to: STAGES[0], kernel: 3, stride: 2, relu: true });
  let channels: number = STAGES[0];
  STAGES.forEach((to, stage) => {
    for (let block = 0; block < BLOCKS; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      value = residual(parts, value, { name: `stage${stage + 1}.block${block + 1}`, from: channels, to, stride });
      channels = to;
    }
  });
  head(parts, value, channels);
  return buildModel({
    name: 'drinks',
    opset: 17,
    inputs: [{ name: 'image', type: 'float32', dims: ['batch', 3, SIDE, SIDE] }],
    outputs: [{ name: 'logits', type: 'float32', dims: ['batch', CLASSES.length] }],
    nodes: parts.nodes,
    constants: parts.constants,
  });
}

interface Parts {
  readonly rng: Rng;
  readonly nodes: NewNode[];
  readonly constants: Constant[];
}

interface Layer {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly stride: number;
}

function residual(parts: Parts, x: string, layer: Layer): string {
  const { name, to, from, stride } = layer;
  const first = convolved(parts, x, { ...layer, name: `${name}.conv1`, kernel: 3, relu: true });
  const second = convolved(parts, first, { name: `${name}.conv2`, from: to, to, stride: 1, kernel: 3, relu: false });
  const shortcut = from === to && stride === 1 ? x : convolved(parts, x, { ...layer, name: `${name}.shortcut`, kernel: 1, relu: false });
  parts.nodes.push({ name: `${name}.add`, op: 'Add', inputs: [second, shortcut], outputs: [`${name}.sum`] });
  parts.nodes.push({ name: `${name}.relu`, op: 'Relu', inputs: [`${name}.sum`], outputs: [`${name}.out`] });
  return `${name}.out`;
}

function convolved(parts: Parts, x: string, layer: Layer & { readonly kernel: number; readonly relu: boolean }): string {
  const { name, from, to, kernel, stride, relu } = layer;
  const pad = (kernel - 1) / 2;
  // He et al. 2015: keeps the variance of gradients through Relu.
  weight(parts, { name: `${name}.weight`, dims: [to, from, kernel, kernel] }, Math.sqrt(2 / (to * kernel * kernel)));
  parts.nodes.push({
    name,
    op: 'Conv',
    inputs: [x, `${name}.weight`],
    outputs: [`${name}.conv`],
    attributes: { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride] },
  });
  const norm = { scale: 1, shift: 0, mean: 0, variance: 1 };
  for (const [word, fill] of Object.entries(norm))
    parts.constants.push(constantOf(`${name}.norm.${word}`, [to], new Float32Array(to).fill(fill)));
  parts.nodes.push({
    name: `${name}.norm`,
    op: 'BatchNormalization',
    inputs: [`${name}.conv`, ...Object.keys(norm).map((word) => `${name}.norm.${word}`)],
    outputs: [`${name}.normed`],
    attributes: { epsilon: { float: 1e-5 } },
  });
  if (!relu) return `${name}.normed`;
  parts.nodes.push({ name: `${name}.relu`, op: 'Relu', inputs: [`${name}.normed`], outputs: [`${name}.out`] });
  return `${name}.out`;
}

function head(parts: Parts, x: string, channels: number): void {
  weight(parts, { name: 'head.weight', dims: [CLASSES.length, channels] }, 0.05);
  parts.constants.push(constantOf('head.bias', [CLASSES.length], new Float32Array(CLASSES.length)));
  parts.nodes.push({ name: 'pool', op: 'GlobalAveragePool', inputs: [x], outputs: ['pooled'] });
  parts.nodes.push({ name: 'flatten', op: 'Flatten', inputs: ['pooled'], outputs: ['features'] });
  parts.nodes.push({
    name: 'head',
    op: 'Gemm',
    inputs: ['features', 'head.weight', 'head.bias'],
    outputs: ['logits'],
    attributes: { transB: 1 },
  });
}

function weight(parts: Parts, { name, dims }: { name: string; dims: readonly number[] }, deviation: number): void {
  parts.constants.push(
    constantOf(
      name,
      dims,
      Float32Array.from({ length: countOf(dims) }, () => parts.rng.normal() * deviation),
    ),
  );
}
