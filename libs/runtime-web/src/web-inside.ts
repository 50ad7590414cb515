import type { Bytes } from '@fleetfit/core';
import { type Inside, makeInbox } from '@fleetfit/runtime';
import { wasmMemory, watchWasmMemory } from './wasm-memory.ts';

/** What comes out of a worker. */
export type FromWorker =
  | { readonly fleetfit: 'ready' }
  | { readonly fleetfit: 'finished' }
  | { readonly fleetfit: 'message'; readonly value: unknown; readonly peakMemory: Bytes | undefined }
  | { readonly fleetfit: 'crashed'; readonly why: string };

/** The part of a dedicated worker's global scope that is used here. */
interface WorkerScope {
  addEventListener(type: 'message', take: (event: MessageEvent) => void): void;
  postMessage(message: FromWorker): void;
  close(): void;
}

/** What the entry file of a worker calls: runs `work` with the channel to the page, then ends the worker, well when `work` is done, with a crash when it throws. */
export function runInside(work: (inside: Inside) => Promise<void>): void {
  watchWasmMemory();
  const scope = globalThis as unknown as WorkerScope;
  const inbox = makeInbox<unknown>();
  scope.addEventListener('message', ({ data }) => inbox.push(data));
  const inside: Inside = {
    send: (value) => scope.postMessage({ fleetfit: 'message', value, peakMemory: wasmMemory() }),
    next: (signal) => inbox.next(signal),
    peakMemory: wasmMemory,
  };
  scope.postMessage({ fleetfit: 'ready' });
  work(inside).then(
    () => {
      scope.postMessage({ fleetfit: 'finished' });
      scope.close();
    },
    (thrown: unknown) => {
      scope.postMessage({ fleetfit: 'crashed', why: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
      scope.close();
    },
  );
}
