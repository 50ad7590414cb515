import { AsyncLocalStorage } from 'node:async_hooks';
import { FleetError } from '@fleetfit/core';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool, PoolClient } from 'pg';
import { saying, storeError } from './store-error.ts';

type Sql = NodePgDatabase;

/** Where repositories send their statements: a pool, or the one connection of a transaction. */
export interface Database {
  /** Runs statements; errors become FleetError with `Cannot <doing>: ...`. */
  query<Result>(doing: string, run: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** Several calls as one. Inside a transaction it joins that one: an error there ends the whole. */
  atomically<Result>(doing: string, run: (inside: Database) => Promise<Result>): Promise<Result>;
}

// Set while the code of a transaction runs, so that a call past it, which would wait for the connection it holds, fails at once.
const current = new AsyncLocalStorage<{ open: boolean }>();

/** The database behind a pool (PGlite: of one connection). `guard` throws when it must not be used now. */
export function databaseOf(pool: Pool, guard: (doing: string) => void): Database {
  const sql = drizzle(pool);
  const check = (doing: string): void => {
    guard(doing);
    if (current.getStore()?.open)
      throw new FleetError('bug', `Cannot ${doing}: a transaction runs here, and only the tables it was given may be used inside it`);
  };
  return {
    query: async (doing, run) => {
      check(doing);
      return saying(doing, () => run(sql));
    },
    atomically: async (doing, run) => {
      check(doing);
      return saying(doing, () => transaction(pool, run));
    },
  };
}

async function transaction<Result>(pool: Pool, run: (inside: Database) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  const scope = { open: true };
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await current.run(scope, () => run(insideOf(client, scope)));
    // A failed statement whose error was caught leaves nothing to commit; PostgreSQL answers ROLLBACK, politely.
    if ((await client.query('commit')).command !== 'COMMIT')
      throw new FleetError('bug', 'Cannot commit the transaction: a statement in it had failed, so nothing was kept');
    return result;
  } catch (thrown) {
    await client.query('rollback').catch((cause: unknown) => {
      broken = cause instanceof Error ? cause : new Error(String(cause));
    });
    throw thrown;
  } finally {
    scope.open = false;
    client.release(broken ?? false);
  }
}

function insideOf(client: PoolClient, scope: { readonly open: boolean }): Database {
  const sql = drizzle(client);
  const database: Database = {
    query: async (doing, run) => {
      if (!scope.open) throw new FleetError('bug', `Cannot ${doing}: the transaction of these tables is over`);
      try {
        return await run(sql);
      } catch (thrown) {
        throw storeError(thrown, doing);
      }
    },
    atomically: (_, run) => run(database),
  };
  return database;
}
