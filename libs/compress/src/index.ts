export { type Applied, type AppliedStep, type ApplyOptions, applyRecipe } from './apply-recipe.ts';
export { calibrate } from './calibrate.ts';
export { costOfModel, type ModelCost, type NodeCost } from './cost-of-model.ts';
export { describeRecipe } from './describe-recipe.ts';
export { inferShapes, type Shape, type Shapes } from './infer-shapes.ts';
export { type LayerFacts, layerFacts } from './layer-facts.ts';
export { compressionPasses } from './passes/index.ts';
export { spaceOfModel } from './space-of-model.ts';
