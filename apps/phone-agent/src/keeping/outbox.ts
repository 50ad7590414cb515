import type { OutboxPort } from '@fleetfit/agent';
import { attemptId } from '@fleetfit/core';
import type { Database } from './open-database.ts';

interface Waiting {
  readonly report: Uint8Array;
  /** Since the Unix epoch: the order in which they came. */
  readonly at: number;
}

/** Reports that wait, by their attempt. */
export function databaseOutbox(database: Database): OutboxPort {
  return {
    put: (attempt, report) => database.put('outbox', attempt, { report, at: Date.now() } satisfies Waiting),
    async get(attempt) {
      const found = await database.get('outbox', attempt);
      return isWaiting(found) ? found.report : undefined;
    },
    remove: (attempt) => database.remove('outbox', attempt),
    async list() {
      const found = (await database.entries('outbox')).flatMap(([key, value]) => (isWaiting(value) ? [{ key, at: value.at }] : []));
      return found.sort((a, b) => a.at - b.at).map(({ key }) => attemptId(key));
    },
  };
}

function isWaiting(value: unknown): value is Waiting {
  return typeof value === 'object' && value !== null && 'report' in value && value.report instanceof Uint8Array && 'at' in value;
}
