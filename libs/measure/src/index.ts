export type { ImageSource } from './classify.ts';
export { clockResolution } from './clock-resolution.ts';
export { type Measured, type MeasureTask, measure } from './measure.ts';
export { type Bracket, ratioInterval } from './ratio.ts';
export { runControl } from './run-control.ts';
export { NO_CLASS, topClasses } from './top-classes.ts';
