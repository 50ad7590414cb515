import { isRefusal } from '@fleetfit/core';
import { verifyModel, viewOf } from '@fleetfit/onnx';
import { parseRecipe } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { applyRecipe } from '../apply-recipe.ts';
import { costOfModel } from '../cost-of-model.ts';
import { answersOf, calibrationOf, contextFor, images, lab, labModel } from '../testing.ts';
import { compressionPasses as passes } from './index.ts';

/** Cheap forms of the passes that change the structure of a model: what they do is judged elsewhere, here that they do it on anything. */
const RECIPES = [
  'simplify',
  'merge-linear',
  'prune-channels{remove=0.2,round=4,spread=uniform}',
  'prune-channels{remove=0.2,round=4,spread=uniform,criterion=magnitude,refit=no,scope=all}',
  'factorize{keep=0.7,width=16,round=8,kernels=both,spread=uniform}',
  'narrow-bottleneck{share=0.7,width=16,round=4}',
];

describe('passes that change the structure', () => {
  // Of each kind of network one that runs in milliseconds.
  const files = ['blazeface-front-128.onnx', 'mnist-8.onnx', 'yunet-n-320.onnx'];

  it.skipIf(!lab).each(files)(
    '%s goes through every one of them, or is refused in a sentence (needs ../shared)',
    async (file) => {
      const model = labModel(file);
      const input = model.graph.inputs.find(({ name }) => viewOf(model).isInput(name));
      const dims = (input?.dims ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
      const calibration = calibrationOf(input?.name ?? '', images(3, { dims }));
      const [wanted] = await answersOf(model, images(1, { dims, seed: 5 }), 'all');
      for (const recipe of RECIPES) {
        const applied = await applyRecipe(model, parseRecipe(recipe), { passes, context: { ...contextFor(model), calibration } });
        if (isRefusal(applied)) {
          expect(applied.why, recipe).toMatch(/\S+ \S+ \S+/);
          continue;
        }
        verifyModel(applied.model);
        const [got] = await answersOf(applied.model, images(1, { dims, seed: 5 }), 'all');
        expect(got?.length, recipe).toBe(wanted?.length);
        expect(got?.every(Number.isFinite), recipe).toBe(true);
        // Zeros that are computed become constants.
        if (recipe !== 'simplify')
          expect(costOfModel(applied.model).parameters, recipe).toBeLessThanOrEqual(costOfModel(model).parameters * 1.01);
      }
    },
    120_000,
  );
});
