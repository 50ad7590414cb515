import { createHash } from 'node:crypto';
import { compressionPasses } from '@fleetfit/compress';
import { FleetError, type Sha256, sha256 } from '@fleetfit/core';
import { sharpDecoder } from '@fleetfit/images';
import type { WorkItem } from '@fleetfit/protocol';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { makeCalibrationMemory } from '../work/calibration-memory.ts';
import { doWork, type Result } from '../work/do-work.ts';
import type { WorkContext } from '../work/work-context.ts';

type Task = NonNullable<WorkItem['task']>;
type Values = { readonly [Each in Result as Each['$case']]: Each['value'] };

/** Real executors on the real runtime, with blobs in memory. */
export function memoryWork(more: Partial<WorkContext> = {}) {
  const kept = new Map<Sha256, Uint8Array>();
  const said: string[] = [];
  const drafts = new Map<string, Uint8Array>();
  const context: WorkContext = {
    blobs: {
      put: async (source) => {
        if (!(source instanceof Uint8Array)) throw new Error('no work item stores a stream');
        const name = sha256(createHash('sha256').update(source).digest('hex'));
        kept.set(name, Uint8Array.from(source));
        return { sha256: name, bytes: source.length };
      },
      get: async (name) => {
        const blob = kept.get(name);
        if (!blob) throw new FleetError('not-found', `Cannot read blob ${name}: it is not there`);
        return blob;
      },
    },
    runtime: nodeRuntime(),
    decoder: sharpDecoder(),
    calibrations: makeCalibrationMemory(),
    drafts: {
      read: async (key) => drafts.get(key),
      write: async (key, bytes) => void drafts.set(key, bytes.slice()),
      drop: async (key) => void drafts.delete(key),
    },
    passes: compressionPasses,
    threads: 1,
    signal: new AbortController().signal,
    progress: (_, what) => said.push(what),
    ...more,
  };
  const run = (task: Task): Promise<Result> => doWork(task, context);
  return {
    said,
    blobs: kept,
    drafts,
    run,
    /** Runs and expects this kind of result. */
    async get<Case extends keyof Values>(wanted: Case, task: Task): Promise<Values[Case]> {
      const result = await run(task);
      if (!is(result, wanted)) throw new Error(`${task.$case} gave ${JSON.stringify(result).slice(0, 500)}`);
      return result.value;
    },
  };
}

function is<Case extends keyof Values>(result: Result, wanted: Case): result is Result & { readonly value: Values[Case] } {
  return result.$case === wanted;
}
