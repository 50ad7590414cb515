import type { BlobStore } from '@fleetfit/artifacts';
import type { Pass } from '@fleetfit/onnx';
import type { Runtime } from '@fleetfit/runtime';
import type { ImageDecoder } from '@fleetfit/vision';
import type { CalibrationMemory } from './calibration-memory.ts';

/** All that a piece of work may touch besides its own message. */
export interface WorkContext {
  readonly blobs: Pick<BlobStore, 'put' | 'get'>;
  readonly runtime: Runtime;
  readonly decoder: ImageDecoder;
  readonly calibrations: CalibrationMemory;
  /** What the words of a recipe mean. */
  readonly passes: readonly Pass[];
  /** Threads that one piece of work may use where its message does not say. */
  readonly threads: number;
  readonly signal: AbortSignal;
  /** `done` in 0..1, and what is being done. */
  progress(done: number, what: string): void;
}
