export { exportTrained } from './export-trained.ts';
export type { FlatState } from './flat-state.ts';
export { learningRate, type RateSchedule } from './learning-rate.ts';
export type { SgdOptions } from './sgd.ts';
export { type Batch, type BatchSource, type Progress, type TrainOptions, train } from './train.ts';
export { type TrainGraph, type TrainGraphOptions, trainGraph } from './train-graph.ts';
export type { Backward, Forward, VjpRule } from './vjp-rule.ts';
export { VJP_RULES } from './vjp-rules.ts';
