import { readFileSync } from 'node:fs';
import { isRefusal, seededRng } from '@fleetfit/core';
import { encodeModel } from '@fleetfit/onnx';
import type { Tensor } from '@fleetfit/runtime';
import { parseRecipe } from '@fleetfit/space';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { applyRecipe } from '../apply-recipe.ts';
import { agreement, answersOf, calibrationOf, contextFor, lab, labModel } from '../testing.ts';
import { compressionPasses as passes } from './index.ts';

/** The centre 224 x 224 of a photo whose short side is 256, as both models were trained. */
async function photo(file: string): Promise<Tensor> {
  const { data, info } = await sharp(`${lab}/data/imagenet500/${file}`).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const left = (info.width - 224) >> 1;
  const top = (info.height - 224) >> 1;
  const mean = [0.485, 0.456, 0.406];
  const deviation = [0.229, 0.224, 0.225];
  const values = Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => {
    const channel = Math.floor(i / 50176);
    const y = top + (Math.floor(i / 224) % 224);
    const x = left + (i % 224);
    return ((data[(y * info.width + x) * 3 + channel] ?? 0) / 255 - (mean[channel] ?? 0)) / (deviation[channel] ?? 1);
  });
  return { type: 'float32', dims: [1, 3, 224, 224], data: values };
}

async function photos(from: number, count: number): Promise<Tensor[]> {
  const lines = readFileSync(`${lab}/data/imagenet500/labels.csv`, 'utf8').trim().split('\n').slice(1);
  const files = seededRng(7)
    .shuffled(lines)
    .map((line) => line.split(',')[0] ?? '');
  return Promise.all(files.slice(from, from + count).map(photo));
}

describe('quantize on photos', () => {
  // bits=8 is judged by the arithmetic that the file states (optimization off), because integer kernels of CPUs without VNNI overflow;
  // bits=7 is judged by those kernels, wherever the test runs.
  it.skipIf(!lab).each([
    ['mobilenetv2-1.0.onnx', 'quantize{bits=7}', 'all'],
    ['mobilenetv2-1.0.onnx', 'quantize', 'disabled'],
    ['squeezenet1.1.onnx', 'quantize{bits=7}', 'all'],
    ['squeezenet1.1.onnx', 'quantize', 'disabled'],
  ] as const)(
    '%s agrees with its float original on 90 %% of photos: %s, %s (needs ../shared)',
    async (file, recipe, optimization) => {
      const model = labModel(file);
      const context = contextFor(model, { calibration: calibrationOf(model.graph.inputs[0]?.name ?? '', await photos(0, 32)) });
      const int8 = await applyRecipe(model, parseRecipe(recipe), { passes, context });
      if (isRefusal(int8)) throw new Error(int8.why);
      const judged = await photos(300, optimization === 'all' ? 100 : 50);
      const agrees = agreement(await answersOf(model, judged, 'all'), await answersOf(int8.model, judged, optimization));
      console.log(`${file}, ${recipe}: agrees on ${(agrees * 100).toFixed(1)} % of ${judged.length} photos`);
      expect(agrees).toBeGreaterThanOrEqual(0.9);
      expect(encodeModel(int8.model).length / encodeModel(model).length).toBeLessThan(0.27);
    },
    180_000,
  );
});
