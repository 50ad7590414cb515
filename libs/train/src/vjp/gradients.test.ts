import { nodeRuntime } from '@fleetfit/runtime-node';
import { describe, expect, it } from 'vitest';
import { type GradientCase, gradientErrors } from '../testing/gradient-errors.ts';
import { VJP_RULES } from '../vjp-rules.ts';
import { batchNormalization } from './batch-normalization.ts';
import { relu } from './relu.ts';

const runtime = nodeRuntime();

type Case = Omit<GradientCase, 'runtime' | 'seed'>;

const conv = (inputs: GradientCase['inputs'], attributes: GradientCase['node']['attributes']): Case => ({
  node: { op: 'Conv', ...(attributes ? { attributes } : {}) },
  inputs,
  step: 0.5,
});
const gemm = ([a = [], b = [], c = []]: readonly (readonly number[])[], attributes: GradientCase['node']['attributes']): Case => ({
  node: { op: 'Gemm', ...(attributes ? { attributes } : {}) },
  inputs: { a, b, c },
  step: 0.5,
});
const norm: Case = {
  node: { op: 'BatchNormalization', attributes: { epsilon: { float: 1e-3 } } },
  inputs: { x: [4, 3, 5, 6], scale: [3], shift: [3], mean: [3], variance: [3] },
  step: 0.01,
};
// Steps along a normal direction stay below 4 x 0.01, so nothing crosses the kink.
const smooth: Case = { node: { op: 'Relu' }, inputs: { x: [2, 3, 4, 4] }, step: 0.01, kink: 0.06 };
const CASES: Readonly<Record<string, Case>> = {
  'Conv 3x3': conv({ x: [2, 3, 6, 5], w: [4, 3, 3, 3], b: [4] }, { pads: [1, 1, 1, 1] }),
  'Conv 3x3 without padding or bias': conv({ x: [2, 3, 6, 5], w: [4, 3, 3, 3] }, {}),
  'Conv 3x2 padded on one side': conv({ x: [2, 2, 6, 5], w: [3, 2, 3, 2] }, { pads: [2, 0, 1, 1] }),
  'Conv 3x3 stride 2, even picture': conv({ x: [2, 3, 8, 8], w: [4, 3, 3, 3], b: [4] }, { pads: [1, 1, 1, 1], strides: [2, 2] }),
  'Conv 3x3 stride 2, odd picture': conv({ x: [2, 3, 7, 9], w: [4, 3, 3, 3] }, { pads: [1, 1, 1, 1], strides: [2, 2] }),
  'Conv 1x1': conv({ x: [2, 5, 4, 4], w: [3, 5, 1, 1] }, {}),
  'Conv 1x1 stride 2': conv({ x: [2, 5, 8, 7], w: [3, 5, 1, 1] }, { strides: [2, 2] }),
  'Conv depthwise': conv({ x: [2, 4, 6, 5], w: [4, 1, 3, 3], b: [4] }, { pads: [1, 1, 1, 1], group: 4 }),
  'Conv depthwise stride 2': conv({ x: [2, 4, 8, 8], w: [4, 1, 3, 3] }, { pads: [1, 1, 1, 1], group: 4, strides: [2, 2] }),
  Gemm: gemm([[4, 3], [3, 5], [5]], {}),
  'Gemm transB with alpha and beta': gemm(
    [
      [4, 3],
      [5, 3],
      [1, 5],
    ],
    { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } },
  ),
  'Gemm transA, whole C': gemm(
    [
      [3, 4],
      [3, 5],
      [4, 5],
    ],
    { transA: 1 },
  ),
  'Gemm transA and transB': gemm(
    [
      [3, 4],
      [5, 3],
      [4, 1],
    ],
    { transA: 1, transB: 1 },
  ),
  Add: { node: { op: 'Add' }, inputs: { a: [2, 3, 4, 4], b: [2, 3, 4, 4] }, step: 0.5 },
  'Add broadcast': { node: { op: 'Add' }, inputs: { a: [2, 3, 4, 4], b: [3, 1, 1] }, step: 0.5 },
  Relu: smooth,
  GlobalAveragePool: { node: { op: 'GlobalAveragePool' }, inputs: { x: [2, 3, 4, 5] }, step: 0.5 },
  Flatten: { node: { op: 'Flatten' }, inputs: { x: [2, 3, 4, 5] }, step: 0.5 },
  BatchNormalization: norm,
};

describe('the gradient rule of', { timeout: 60_000 }, () => {
  for (const [name, it_] of Object.entries(CASES)) {
    it(`${name} equals finite differences for every input`, async () => {
      for (const seed of [1, 2]) {
        const errors = await gradientErrors({ ...it_, runtime, seed });
        expect(Object.keys(errors).length, 'inputs checked').toBeGreaterThan(0);
        // float32 rounding of a sum of a few hundred products, over a step of 0.01 in the worst case.
        for (const [input, error] of Object.entries(errors)) expect(error, `d${input}, seed ${seed}`).toBeLessThan(2e-3);
      }
    });
  }

  it('every op is checked', () => {
    const checked = new Set(Object.values(CASES).map(({ node }) => node.op));
    expect([...VJP_RULES.keys()].filter((op) => !checked.has(op))).toEqual([]);
  });
});

describe('the check itself', { timeout: 60_000 }, () => {
  it('finds a Relu that lets the whole gradient through', async () => {
    const wrong = { ...relu, vjp: (_: unknown, { gradient }: { gradient: string }) => [gradient] };
    const { x = 0 } = await gradientErrors({ ...smooth, runtime, seed: 1, rule: wrong });
    expect(x).toBeGreaterThan(0.05);
  });

  it('finds a batch normalization that takes the mean for the variance, as aliased outputs would', async () => {
    const wrong: typeof batchNormalization = {
      ...batchNormalization,
      vjp: (node, backward) => batchNormalization.vjp(node, { ...backward, noted: [backward.noted[1] ?? '', backward.noted[1] ?? ''] }),
    };
    const { x = 0, scale = 0 } = await gradientErrors({ ...norm, runtime, seed: 1, rule: wrong });
    expect(Math.max(x, scale)).toBeGreaterThan(0.05);
  });
});
