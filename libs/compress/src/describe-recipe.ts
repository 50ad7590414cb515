import type { Pass } from '@fleetfit/onnx';
import type { Recipe } from '@fleetfit/space';
import { completeArguments, passOf } from './complete-arguments.ts';

/**
 * A recipe as one sentence for people: `Batch normalization folded into the convolutions, then 16-bit weights`.
 * @throws FleetError `invalid` for an unknown word or a bad argument
 */
export function describeRecipe(recipe: Recipe, passes: readonly Pass[]): string {
  if (recipe.length === 0) return 'Original, 32-bit float';
  const [first = '', ...rest] = recipe.map((step) => {
    const pass = passOf(step, passes);
    return pass.sentence(completeArguments(step, pass));
  });
  return [first, ...rest.map((sentence) => sentence.charAt(0).toLowerCase() + sentence.slice(1))].join(', then ');
}
