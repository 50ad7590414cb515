export { type Inbox, makeInbox } from './inbox.ts';
export type { ElementType, ModelFiles, OpenOptions, Runtime, RuntimeFacts, Session, Tensor, TensorData, ValueInfo } from './runtime.ts';
export type { Ending, FromInside, Inside, Isolated, RuntimeHost } from './runtime-host.ts';
