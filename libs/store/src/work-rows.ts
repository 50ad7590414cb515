import type { WorkId } from '@fleetfit/core';

/** `ready` and `running` are open; the others are final. */
export type WorkState = 'ready' | 'running' | 'done' | 'failed' | 'cancelled';

export interface NewWorkItem {
  readonly id: WorkId;
  /** `import`, `examine`, `compress`, `train`, `evaluate`. */
  readonly kind: string;
  readonly input: unknown;
  readonly createdAt: number;
}

export interface WorkRow extends NewWorkItem {
  readonly state: WorkState;
  /** Counts up each time it is put on the queue again; what an older epoch says is stale. Begins at 1. */
  readonly epoch: number;
  /** Undefined until it is done. */
  readonly output: unknown;
  /** Undefined unless it failed. */
  readonly error: unknown;
  /** 0..1 */
  readonly progress: number;
  /** Who runs it or ran it last. */
  readonly worker: string | undefined;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
}

export type WorkEnd =
  | { readonly state: 'done'; readonly output: unknown; readonly endedAt: number }
  | { readonly state: 'failed'; readonly error: unknown; readonly endedAt: number }
  | { readonly state: 'cancelled'; readonly endedAt: number };

export interface WorkRepository {
  /** False when the id is known; that item is left alone, so that an effect may be repeated. */
  insert(item: NewWorkItem): Promise<boolean>;
  get(id: WorkId): Promise<WorkRow | undefined>;
  /** Oldest first. */
  list(filter?: { readonly states?: readonly WorkState[]; readonly kind?: string }): Promise<readonly WorkRow[]>;
  /** An open item of this epoch is now run by `worker`; false when it is over or the epoch is stale: the worker leaves it. */
  start(id: WorkId, epoch: number, by: { readonly worker: string; readonly at: number }): Promise<boolean>;
  /** False when the item is over or the epoch is stale: the worker stops. */
  progress(id: WorkId, epoch: number, progress: number): Promise<boolean>;
  /**
   * Ends an open item; undefined when it is over already (the first end stands).
   * The epoch is not asked: work is deterministic, so the late result of a worker that was given up is as good as any.
   */
  finish(id: WorkId, end: WorkEnd): Promise<WorkRow | undefined>;
  /** Puts an open item on the queue again with the next epoch; undefined when it is over. */
  requeue(id: WorkId): Promise<WorkRow | undefined>;
}
