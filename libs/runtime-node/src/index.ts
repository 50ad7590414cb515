export { type NodeHostOptions, nodeHost } from './node-host.ts';
export { peakMemory, runInside } from './node-inside.ts';
export { nodeRuntime } from './node-runtime.ts';
