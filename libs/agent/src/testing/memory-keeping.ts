import type { AttemptId } from '@fleetfit/core';
import type { JournalEntry, JournalPort, OutboxPort } from '../ports.ts';

/** A journal in memory, which a test can hand to the next agent as a disk would be. */
export function memoryJournal(): JournalPort & { readonly written: readonly JournalEntry[] } {
  let entry: JournalEntry | undefined;
  const written: JournalEntry[] = [];
  return {
    written,
    read: async () => entry,
    write: async (next) => {
      entry = next;
      written.push(next);
    },
    clear: async () => {
      entry = undefined;
    },
  };
}

/** An outbox in memory. */
export function memoryOutbox(): OutboxPort {
  const reports = new Map<AttemptId, Uint8Array>();
  return {
    put: async (attempt, report) => {
      reports.set(attempt, report);
    },
    get: async (attempt) => reports.get(attempt),
    remove: async (attempt) => {
      reports.delete(attempt);
    },
    list: async () => [...reports.keys()],
  };
}
