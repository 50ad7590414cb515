export { type AdaptSettings, type AdaptSettingsInput, adaptSettings, type EpochFigure } from './adapt-definition.ts';
export { isWithin, knownCost, neutralLevel } from './known-costs.ts';
export { narrowSpace } from './narrow-space.ts';
export { floatKnob, integerKnob, positionsOf } from './numeric-knob.ts';
export { pointOf } from './point-of.ts';
export { type Argument, formatRecipe, ORIGINAL, parseRecipe, type Recipe, type Step } from './recipe.ts';
export { isActive, type Knob, type Level, type Point, pointsOf, recipeOf, type Space } from './space.ts';
export {
  type Constraints,
  constraints,
  type FleetSettings,
  fleetSettings,
  type MeasureSettings,
  measureSettings,
  objective,
  SAMPLERS,
  type SweepDefinition,
  type SweepDefinitionInput,
  sweepDefinition,
} from './sweep-definition.ts';
