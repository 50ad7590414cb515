import { isRefusal } from '@fleetfit/core';
import type { Model } from '@fleetfit/onnx';
import { parseRecipe } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { applyRecipe } from './apply-recipe.ts';
import { explainSpeed } from './explain-speed.ts';
import { compressionPasses as passes } from './passes/index.ts';
import { contextFor, NetWriter, runtime, smallNet } from './testing.ts';

const model = smallNet(1, { norms: false });
const explained = async (candidate: Model): Promise<string> =>
  (await explainSpeed(candidate, { runtime, options: { provider: 'cpu', threads: 1 } })).join('\n');

async function made(recipe: string): Promise<Model> {
  const applied = await applyRecipe(model, parseRecipe(recipe), { passes, context: contextFor(model) });
  if (isRefusal(applied)) throw new Error(applied.why);
  return applied.model;
}

describe('explainSpeed', () => {
  it('has nothing to say of a float network, nor of one that is integer throughout', async () => {
    expect(await explained(model)).toBe('');
    expect(await explained(await made('quantize'))).toBe('');
  });

  it('names a layer that stayed float between integer ones, and the conversions around it', async () => {
    const words = await explained(await made('quantize{skip=conv_4}'));
    expect(words).toMatch(/1 layer stayed float: "conv_4/);
    expect(words).toMatch(/conversions between floats and integers at every run, where 2 would do/);
  });

  it('names weights that are expanded at every run', async () => {
    expect(await explained(await made('quantize-weights{form=dequantize}'))).toContain('5 weights are expanded to floats at every run');
    expect(await explained(await made('quantize-weights{form=expand}'))).toBe('');
  });

  it('names channel counts that leave vector units idle', async () => {
    const net = new NetWriter(1);
    const odd = net.conv('image', { from: 3, to: 19, kernel: 3 });
    const answers = net.conv(net.node('Relu', [odd]), { from: 19, to: 4, kernel: 1 });
    expect(await explained(net.model([1, 3, 8, 8], answers))).toBe(
      `1 convolution makes a number of channels that is no multiple of 8: ${odd} (19)`,
    );
  });
});
