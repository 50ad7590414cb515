import type { BlobStore } from '@fleetfit/artifacts';
import type { Pass } from '@fleetfit/onnx';
import type { Runtime } from '@fleetfit/runtime';
import type { ImageDecoder } from '@fleetfit/vision';
import type { CalibrationMemory } from './calibration-memory.ts';

/** Bytes by key, on disk; a key is a sha256 in hex. */
export interface Drafts {
  read(key: string): Promise<Uint8Array | undefined>;
  /** Resolves when it would survive the end of this process. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  drop(key: string): Promise<void>;
}

/** All that a piece of work may touch besides its own message. */
export interface WorkContext {
  readonly blobs: Pick<BlobStore, 'put' | 'get'>;
  readonly runtime: Runtime;
  readonly decoder: ImageDecoder;
  readonly calibrations: CalibrationMemory;
  /** What a long piece of work has so far, kept beyond the end of its process. */
  readonly drafts: Drafts;
  /** What the words of a recipe mean. */
  readonly passes: readonly Pass[];
  /** Threads that one piece of work may use where its message does not say. */
  readonly threads: number;
  readonly signal: AbortSignal;
  /** `done` in 0..1, and what is being done. */
  progress(done: number, what: string): void;
}
