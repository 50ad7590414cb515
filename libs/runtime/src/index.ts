export type { ElementType, ModelFiles, OpenOptions, Runtime, RuntimeFacts, Session, Tensor, TensorData, ValueInfo } from './runtime.ts';
