import { isRefusal } from '@fleetfit/core';
import { encodeModel } from '@fleetfit/onnx';
import { formatRecipe, pointsOf, recipeOf } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { applyRecipe } from './apply-recipe.ts';
import { describeRecipe } from './describe-recipe.ts';
import { compressionPasses } from './passes/index.ts';
import { spaceOfModel } from './space-of-model.ts';
import { contextFor, lab, labModel, NetWriter, smallNet } from './testing.ts';

const passes = compressionPasses;

describe('spaceOfModel', () => {
  const model = smallNet();
  const space = spaceOfModel(model, passes);
  const recipes = [...pointsOf(space)].map((point) => recipeOf(space, point));

  it('starts with the original', () => {
    expect(recipes[0]).toEqual([]);
  });

  it('has at least 12 recipes for a plain network, no two alike in text or in words', () => {
    expect(recipes.length).toBeGreaterThanOrEqual(12);
    expect(new Set(recipes.map(formatRecipe)).size).toBe(recipes.length);
    expect(new Set(recipes.map((recipe) => describeRecipe(recipe, passes))).size).toBe(recipes.length);
  });

  it('has only recipes that apply, each to a different model', async () => {
    const made = new Set<string>();
    for (const recipe of recipes) {
      const applied = await applyRecipe(model, recipe, { passes, context: contextFor(model) });
      if (isRefusal(applied)) throw new Error(`${formatRecipe(recipe)}: ${applied.why}`);
      made.add(Buffer.from(encodeModel(applied.model)).toString('latin1'));
    }
    expect(made.size).toBe(recipes.length);
  }, 60_000);

  it('tells exact sizes where a level decides them alone', async () => {
    for (const level of space.knobs.find((knob) => knob.name === 'precision')?.levels ?? []) {
      if (level.bytes === undefined || level.adds.kind !== 'steps') continue;
      const applied = await applyRecipe(model, level.adds.steps, { passes, context: contextFor(model) });
      if (isRefusal(applied)) throw new Error(applied.why);
      expect(level.bytes, level.name).toBe(encodeModel(applied.model).length);
    }
  });

  it('offers no folding to a model without batch norms', () => {
    const levels = spaceOfModel(smallNet(1, { norms: false }), passes).knobs[0]?.levels.map((level) => level.name);
    expect(levels).not.toContain('float32-folded');
    expect(levels).toContain('int8-static');
  });

  it('offers a model without weights nothing but itself', () => {
    const net = new NetWriter(1);
    const bare = net.model([1, 3, 4, 4], net.node('Relu', ['image']));
    expect([...pointsOf(spaceOfModel(bare, passes))]).toEqual([{ precision: 'float32' }]);
  });

  it.skipIf(!lab)('knows the levels of real models of opsets 7 to 13 (needs ../shared)', () => {
    const levelsOf = (file: string): string[] => (spaceOfModel(labModel(file), passes).knobs[0]?.levels ?? []).map((level) => level.name);
    expect(levelsOf('mobilenetv2-1.0.onnx')).toContain('int8-static');
    expect(levelsOf('resnet20-cifar10.onnx')).toContain('int8-static');
    expect(levelsOf('mnist-8.onnx')).toContain('int8-static');
    // It uses operators that were dropped from ONNX: nothing can raise it.
    expect(levelsOf('style-candy-720.onnx')).not.toContain('int8-static');
  });
});
