import type { JournalEntry, JournalPort } from '@fleetfit/agent';
import type { Database } from './open-database.ts';

const KEY = 'attempt';

/** The journal as one entry in the database. */
export function databaseJournal(database: Database): JournalPort {
  return {
    async read() {
      const entry = await database.get('journal', KEY);
      return isEntry(entry) ? entry : undefined;
    },
    write: (entry) => database.put('journal', KEY, { ...entry }),
    clear: () => database.remove('journal', KEY),
  };
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
