import { readFile } from 'node:fs/promises';
import { decodeModel, verifyModel } from '@fleetfit/onnx';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { parseSidecar } from '@fleetfit/vision';
import { describe, expect, it } from 'vitest';
import { drawSet } from './drink-set.ts';
import { evaluateDrinks } from './evaluate-drinks.ts';
import { SIDECAR } from './preprocessing.ts';

const file = (name: string): Promise<Buffer> => readFile(new URL(`../model/${name}`, import.meta.url));

describe('the committed model', { timeout: 120_000 }, () => {
  it('is a valid model whose batch normalizations are still there to be folded, below 2 MB', async () => {
    const bytes = await file('drinks.onnx');
    expect(bytes.length).toBeLessThan(2_000_000);
    const model = decodeModel(bytes);
    verifyModel(model);
    expect(model.graph.nodes.filter(({ op }) => op === 'BatchNormalization').length).toBeGreaterThan(5);
  });

  it('lies beside a sidecar that says what the training did', async () => {
    const sidecar = parseSidecar((await file('drinks.onnx.fleetfit.json')).toString());
    expect(sidecar).toEqual(parseSidecar(SIDECAR));
  });

  it('names at least 3 of 4 pictures that no training has seen', async () => {
    const { accuracy } = await evaluateDrinks(nodeRuntime(), await file('drinks.onnx'), drawSet({ count: 30, seed: 'never trained on' }));
    // It is right more than 9 times of 10; on 30 pictures 0.75 is 3 standard errors below that. Chance is 0.1.
    expect(accuracy).toBeGreaterThan(0.75);
  });
});
