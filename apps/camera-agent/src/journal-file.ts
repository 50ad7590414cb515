import { rm } from 'node:fs/promises';
import type { JournalEntry, JournalPort } from '@fleetfit/agent';
import { FleetError } from '@fleetfit/core';
import { readOrNothing } from './outbox-folder.ts';
import { writeWhole } from './write-whole.ts';

/** The journal as one small file that is replaced whole. */
export function journalFile(path: string): JournalPort {
  return {
    async read() {
      const bytes = await readOrNothing(path);
      return bytes && parseEntry(bytes, path);
    },
    write: (entry) => writeWhole(path, JSON.stringify(entry)),
    clear: () => rm(path, { force: true }),
  };
}

function parseEntry(bytes: Uint8Array, path: string): JournalEntry {
  try {
    const entry: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (isEntry(entry)) return entry;
  } catch (cause) {
    throw corrupt(path, cause);
  }
  throw corrupt(path);
}

function isEntry(entry: unknown): entry is JournalEntry {
  const has = (name: string, type: string): boolean => typeof (entry as Record<string, unknown>)[name] === type;
  return (
    typeof entry === 'object' &&
    entry !== null &&
    has('attemptId', 'string') &&
    has('jobId', 'string') &&
    has('fence', 'number') &&
    has('phase', 'number')
  );
}

const corrupt = (path: string, cause?: unknown): FleetError =>
  new FleetError('corrupt', `Cannot read the journal ${path}: it holds no entry`, { cause, next: `remove ${path}` });
