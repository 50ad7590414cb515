export { runInside } from './web-inside.ts';
export { type WebRuntimeOptions, webRuntime } from './web-runtime.ts';
