import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { Phase } from '@fleetfit/protocol';

/** One measurement of a device by its own journal: from loading the model until the report is written. Since the epoch, ms. */
export interface Measured {
  readonly job: string;
  readonly begin: number;
  readonly end: number;
}

const JOURNAL = 'attempt.json';

/** Watches the journal of an agent, which writes each phase down before it enters it. */
export function watchMeasuring(home: string): { stop(): readonly Measured[] } {
  const done: Measured[] = [];
  let open: { readonly job: string; readonly begin: number } | undefined;
  const look = (): void => {
    const now = Date.now();
    const entry = readJournal(join(home, JOURNAL));
    const measuring = entry !== undefined && entry.phase >= Phase.PHASE_LOAD && entry.phase < Phase.PHASE_REPORT;
    if (open && (!measuring || entry.jobId !== open.job)) {
      done.push({ ...open, end: now });
      open = undefined;
    }
    if (measuring) open ??= { job: entry.jobId, begin: now };
  };
  const watcher = watch(home, (_, file) => {
    if (file === JOURNAL) look();
  });
  return {
    stop() {
      watcher.close();
      return done;
    },
  };
}

function readJournal(file: string): { readonly jobId: string; readonly phase: number } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { jobId: string; phase: number };
  } catch {
    return undefined; // between two attempts there is none
  }
}
