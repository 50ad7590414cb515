import { FleetError } from '@fleetfit/core';
import { WorkItem, WorkResult } from '@fleetfit/protocol';
import type { Isolated, RuntimeHost } from '@fleetfit/runtime';
import type { Result } from './work/do-work.ts';
import type { FromChild, ToChild } from './work-messages.ts';

export interface WorkProcessOptions {
  /** Starts the processes; their entry is `work-child`. */
  readonly host: RuntimeHost;
  readonly blobsFolder: string;
  readonly threads: number;
}

export interface WorkProcess {
  /**
   * Does an item in a process of its own. What goes wrong is a result; a process that dies is one too.
   * @throws FleetError `cancelled` when the signal aborts: the process is gone by then
   */
  run(item: WorkItem, options: { readonly signal: AbortSignal; readonly progress: (done: number, what: string) => void }): Promise<Result>;
  close(): Promise<void>;
}

/** A process is used again, since starting one takes a second, but not for ever: what leaks in native code ends with it. */
const ITEMS_A_PROCESS = 50;

export function workProcess({ host, blobsFolder, threads }: WorkProcessOptions): WorkProcess {
  let kept: { readonly child: Isolated; items: number } | undefined;
  const end = async (): Promise<void> => {
    const ending = kept?.child.end();
    kept = undefined;
    await ending;
  };
  return {
    close: end,
    run: async (item, { signal, progress }) => {
      if (kept && kept.items >= ITEMS_A_PROCESS) await end();
      kept ??= { child: await host.isolate(), items: 0 };
      kept.items++;
      const { child } = kept;
      const start: ToChild = { blobsFolder, threads, item: WorkItem.encode(item).finish() };
      child.send(start);
      try {
        return await resultOf(child, { signal, progress });
      } catch (thrown) {
        await end();
        if (signal.aborted) throw new FleetError('cancelled', 'Cannot finish a work item: cancelled', { cause: thrown });
        if (thrown instanceof FleetError)
          return { $case: 'failed', value: { code: thrown.code, why: thrown.message, next: thrown.next ?? '' } };
        throw thrown;
      }
    },
  };
}

async function resultOf(
  child: Isolated,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: (done: number, what: string) => void },
): Promise<Result> {
  for (;;) {
    const next = await child.next(signal);
    if (next.kind === 'ended')
      throw new FleetError(
        'unavailable',
        `Cannot finish a work item: the process that did it ended (${next.ending.why || 'without a word'})`,
        {
          next: 'see whether this machine has enough memory for it',
        },
      );
    const message = asMessage(next.value);
    if (message?.kind === 'progress') progress(message.done, message.what);
    if (message?.kind !== 'result') continue;
    const { result } = WorkResult.decode(message.result);
    if (!result) throw new FleetError('bug', 'Cannot finish a work item: its result is empty');
    return result;
  }
}

/** Undefined for the word of a process that it is ready. */
function asMessage(value: unknown): FromChild | undefined {
  return typeof value === 'object' && value !== null && 'kind' in value ? (value as FromChild) : undefined;
}
