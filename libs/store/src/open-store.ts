import type { Worker } from 'node:worker_threads';
import { FleetError, type Log, silent } from '@fleetfit/core';
import pg from 'pg';
import { databaseOf } from './database.ts';
import { DatabaseLock } from './database-lock.ts';
import { migrations } from './generated/migrations.ts';
import { migrate } from './migrate.ts';
import { PgliteLink } from './pglite-link.ts';
import { PgliteSocket } from './pglite-socket.ts';
import type { Store } from './store.ts';
import { saying } from './store-error.ts';
import { tablesOf } from './tables.ts';

/** Where the rows are. */
export type StoreAt =
  /** A PostgreSQL of version 15 or newer: `postgres://user:password@host:5432/database`. Survives what its own settings promise. */
  | { readonly url: string }
  /**
   * PGlite in a folder, run by a worker that loads `@fleetfit/store/pglite-worker`. Needs nothing installed.
   * It never asks the disk to write: it survives the end of the process, kill -9 included, but not a power cut.
   */
  | {
      readonly folder: string;
      readonly worker: () => Worker;
      /** Holds the folder for this process alone: two writers destroy it. Throws when another process has it. */
      readonly lock: (path: string) => { release(): void };
    }
  /** PGlite in memory, for tests: gone when it is closed. */
  | { readonly memory: true; readonly worker: () => Worker };

/**
 * Opens the store and brings its tables up to date. Throws `conflict` when another process owns it, `unavailable` when the database
 * is away, `unsupported` when a newer version wrote it.
 */
export async function openStore(at: StoreAt, { log = silent }: { readonly log?: Log } = {}): Promise<Store> {
  return 'url' in at ? openPostgres(at.url, log) : openPglite(at, log);
}

async function openPostgres(url: string, log: Log): Promise<Store> {
  const lock = await DatabaseLock.take(url, log);
  const pool = new pg.Pool({ connectionString: url, max: 8, connectionTimeoutMillis: 10_000 });
  return openWith({ pool, log, durability: 'server', check: () => lock.check(), release: () => lock.release() });
}

async function openPglite(at: Exclude<StoreAt, { url: string }>, log: Log): Promise<Store> {
  const lock = 'folder' in at ? at.lock(`${at.folder}.lock`) : undefined;
  const link = new PgliteLink(at.worker, 'folder' in at ? at.folder : undefined);
  // One connection: PGlite has one session for all.
  const stream = (): PgliteSocket => new PgliteSocket(link);
  const pool = new pg.Pool({ stream, max: 1, idleTimeoutMillis: 0, user: 'postgres', database: 'postgres' });
  const release = (): Promise<void> => link.close().finally(() => lock?.release());
  return openWith({ pool, log, durability: 'folder' in at ? 'process' : 'none', check: () => {}, release });
}

interface Opened {
  readonly pool: pg.Pool;
  readonly log: Log;
  readonly durability: Store['durability'];
  /** Throws when the store is not ours any more. */
  readonly check: () => void;
  readonly release: () => Promise<void>;
}

async function openWith({ pool, log, durability, check, release }: Opened): Promise<Store> {
  // Without a listener a connection that breaks would end the process. Whoever waits on it hears of it there; the pool makes a new one.
  const onLost = (why: Error): void => log.warn('a connection of the store was lost', { why: why.message });
  pool.on('connect', (client) => client.on('error', onLost)).on('error', () => {});
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      try {
        await pool.end();
      } finally {
        await release();
      }
    })();
    return closing;
  };
  try {
    await saying('open the store', async () => {
      const client = await pool.connect();
      await migrate(client, migrations).finally(() => client.release());
    });
  } catch (thrown) {
    await close().catch(() => {}); // the first error says more
    throw thrown;
  }
  const guard = (doing: string): void => {
    if (closing) throw new FleetError('unavailable', `Cannot ${doing}: the store is closed`);
    check();
  };
  const database = databaseOf(pool, guard);
  return {
    ...tablesOf(database),
    durability,
    transaction: (run) => database.atomically('run a transaction', (inside) => run(tablesOf(inside))),
    close,
  };
}
