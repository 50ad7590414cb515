import { type Bytes, bytes } from '@fleetfit/core';

const seen = new Set<WebAssembly.Memory>();

/**
 * Notes from now on every linear memory that this worker makes. Linear memory never shrinks, so that its size is also the most it held.
 * Call it before onnxruntime-web is loaded: its memory is made in JavaScript and handed to the module.
 */
export function watchWasmMemory(): void {
  const { Memory } = WebAssembly;
  class WatchedMemory extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      seen.add(this);
    }
  }
  WebAssembly.Memory = WatchedMemory;
}

/** Size of all linear memories; undefined before the first is made: a browser tells nothing of the rest. */
export function wasmMemory(): Bytes | undefined {
  if (seen.size === 0) return undefined;
  let sum = 0;
  for (const { buffer } of seen) sum += buffer.byteLength;
  return bytes(sum);
}
