import { FleetError } from '@fleetfit/core';
import type { PoolClient } from 'pg';

export interface Migration {
  /** `0000_ledger`; sorts in the order they are applied. */
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * Brings the tables of a database to what this version knows, in one transaction: all steps or none.
 * Throws `unsupported` when the database was written by a newer version, before anything is touched.
 */
export async function migrate(client: PoolClient, migrations: readonly Migration[]): Promise<void> {
  await client.query('begin');
  try {
    await client.query('create table if not exists migrations (name text primary key)');
    const { rows } = await client.query<{ name: string }>('select name from migrations order by name');
    const known = new Set(migrations.map(({ name }) => name));
    const newer = rows.find(({ name }) => !known.has(name));
    if (newer)
      throw new FleetError('unsupported', `Cannot open the store: it has the step "${newer.name}" of a newer version`, {
        next: 'use that version, or another folder or database',
      });
    const done = new Set(rows.map(({ name }) => name));
    for (const migration of migrations) if (!done.has(migration.name)) await apply(client, migration);
    await client.query('commit');
  } catch (thrown) {
    await client.query('rollback').catch(() => {}); // the first error says more
    throw thrown;
  }
}

async function apply(client: PoolClient, { name, statements }: Migration): Promise<void> {
  for (const statement of statements) await client.query(statement);
  await client.query('insert into migrations (name) values ($1)', [name]);
}
