import { isRefusal } from '@fleetfit/core';
import { type Model, viewOf } from '@fleetfit/onnx';
import { parseRecipe } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { applyRecipe } from './apply-recipe.ts';
import { collectChannels } from './channel-statistics.ts';
import { correctedBias } from './correct-bias.ts';
import { compressionPasses as passes } from './passes/index.ts';
import { quantizeTensor } from './quantize-tensor.ts';
import { answersOf, calibrationOf, contextFor, images, NetWriter, smallNet } from './testing.ts';
import { weightedLayerOf } from './weighted-layer.ts';

describe('correctedBias', () => {
  it('takes back what rounding shifts: over constant inputs the outputs are exact', async () => {
    const net = new NetWriter(3);
    const conv = net.conv('image', { from: 4, to: 6, kernel: 1, group: 2 });
    const graph = viewOf(net.model([1, 4, 1, 1], conv));
    const [node] = graph.nodes;
    const layer = node && weightedLayerOf(node, graph);
    if (!layer || isRefusal(layer)) throw new Error('not a layer');
    const weights = net.constants[0];
    const x = Float64Array.of(1, -2, 0.5, 3);
    const data = new Float32Array(weights?.data.kind === 'raw' ? weights.data.bytes.slice().buffer : []);
    const stored = quantizeTensor(data, { dims: [6, 2, 1, 1], axis: 0, bits: 7 });
    const bias = correctedBias(layer, stored, x);
    const [wanted] = await answersOf(net.model([1, 4, 1, 1], conv), [{ type: 'float32', dims: [1, 4, 1, 1], data: Float32Array.from(x) }]);
    const got = Float32Array.from({ length: 6 }, (_, o) => {
      const first = o < 3 ? 0 : 2; // outputs 0..2 read inputs 0 and 1, outputs 3..5 the others
      const product = [0, 1].reduce((sum, c) => sum + (stored.scales[o] ?? 0) * (stored.values[o * 2 + c] ?? 0) * (x[first + c] ?? 0), 0);
      return product + (bias[o] ?? 0);
    });
    for (let o = 0; o < 6; o++) expect(got[o]).toBeCloseTo(wanted?.[o] ?? Number.NaN, 5);
  });

  it('brings the mean of every answer closer to that of the float model', async () => {
    const model = smallNet();
    const all = images(32, { seed: 4 });
    const meansOf = async (each: Model): Promise<number[]> => {
      const answers = await answersOf(each, all);
      return Array.from({ length: 10 }, (_, c) => answers.reduce((sum, answer) => sum + (answer[c] ?? 0), 0) / answers.length);
    };
    const wanted = await meansOf(model);
    const shiftOf = async (correct: string): Promise<number> => {
      const context = contextFor(model, { calibration: calibrationOf('image', all) });
      const applied = await applyRecipe(model, parseRecipe(`quantize{bits=7,correct=${correct}}`), { passes, context });
      if (isRefusal(applied)) throw new Error(applied.why);
      return (await meansOf(applied.model)).reduce((sum, mean, c) => sum + (mean - (wanted[c] ?? 0)) ** 2, 0);
    };
    expect(await shiftOf('bias')).toBeLessThan((await shiftOf('none')) / 2);
  });
});

describe('collectChannels', () => {
  it('is the mean of each channel over images and pixels', () => {
    const collector = collectChannels('value');
    collector.add(Float32Array.of(1, 3, 10, 20), [1, 2, 1, 2]);
    collector.add(Float32Array.of(2, 2, 0, 30), [1, 2, 1, 2]);
    expect([...collector.statistics().means]).toEqual([2, 15]);
  });
});
