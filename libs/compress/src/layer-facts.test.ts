import { isRefusal } from '@fleetfit/core';
import { parseRecipe } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { applyRecipe } from './apply-recipe.ts';
import { layerFacts } from './layer-facts.ts';
import { compressionPasses } from './passes/index.ts';
import { contextFor, NetWriter, smallNet } from './testing.ts';

describe('layerFacts', () => {
  it('tells layers with weights from the rest, and depthwise ones from dense ones', () => {
    const net = new NetWriter(1);
    const conv = net.conv('image', { from: 4, to: 4, kernel: 3, stride: 1, group: 4 });
    const dense = net.node('Gemm', [net.node('Flatten', [net.node('Relu', [conv])]), net.constant('w', [4 * 36, 10], () => 1)]);
    const layers = layerFacts(net.model(['batch', 4, 8, 8], dense));
    expect(layers.map(({ op, depthwise, bits, parameters }) => ({ op, depthwise, bits, parameters }))).toEqual([
      { op: 'Conv', depthwise: true, bits: 32, parameters: 4 * 9 + 4 },
      { op: 'Gemm', depthwise: false, bits: 32, parameters: 4 * 36 * 10 },
    ]);
  });

  it.each(['quantize{per=channel}', 'quantize-weights{bits=8,per=channel}'])('sees through %s to what is stored', async (recipe) => {
    const model = smallNet();
    const before = layerFacts(model);
    const applied = await applyRecipe(model, parseRecipe(`fold-batch-norm | ${recipe}`), {
      passes: compressionPasses,
      context: contextFor(model),
    });
    if (isRefusal(applied)) throw new Error(applied.why);
    const after = layerFacts(applied.model);
    expect(after.length).toBe(before.length);
    const total = (layers: typeof after): number => layers.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(after.map(({ bits }) => bits)).toContain(8);
    expect(total(after)).toBeLessThan(total(before) / 2);
  });
});
