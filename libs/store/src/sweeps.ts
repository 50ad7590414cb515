import { FleetError, type SweepId, sweepId } from '@fleetfit/core';
import { and, asc, eq, gt, inArray, max, sql as raw } from 'drizzle-orm';
import type { Database } from './database.ts';
import { sweepEvents, sweeps } from './schema.ts';
import type { NewSweepEvent, SweepRepository, SweepRow } from './sweep-rows.ts';

// A statement holds 65,535 parameters at most; an event takes five.
const EVENTS_PER_INSERT = 1_000;

/** The repository of sweeps and their event logs. */
export function sweepTable(database: Database): SweepRepository {
  return {
    insert: ({ id, definition, state, createdAt }) =>
      database.atomically('insert a sweep', async (inside) => {
        await inside.query('insert a sweep', (sql) => sql.execute(raw`lock table ${sweeps} in share row exclusive mode`));
        const [last] = await inside.query('insert a sweep', (sql) => sql.select({ number: max(sweeps.number) }).from(sweeps));
        const number = (last?.number ?? 0) + 1;
        const row = { id: typeof id === 'function' ? id(number) : id, number, definition, state, createdAt };
        await inside.query(`insert the sweep ${row.id}`, (sql) => sql.insert(sweeps).values(row));
        return { ...row, endedAt: undefined };
      }),
    get: async (id) => {
      const [row] = await database.query(`read the sweep ${id}`, (sql) => sql.select().from(sweeps).where(eq(sweeps.id, id)));
      return row && domain(row);
    },
    list: async ({ states } = {}) => {
      const which = states && inArray(sweeps.state, [...states]);
      return (await database.query('list the sweeps', (sql) => sql.select().from(sweeps).where(which).orderBy(asc(sweeps.number)))).map(
        domain,
      );
    },
    update: async (id, change) => {
      const set = { id, ...change, ...('endedAt' in change ? { endedAt: change.endedAt ?? null } : {}) };
      const [row] = await database.query(`update the sweep ${id}`, (sql) =>
        sql.update(sweeps).set(set).where(eq(sweeps.id, id)).returning(),
      );
      if (!row) throw new FleetError('not-found', `Cannot update the sweep ${id}: there is none`);
      return domain(row);
    },
    append: (id, expectedSeq, events) =>
      database.atomically(`append to the sweep ${id}`, (inside) => append(inside, id, { expectedSeq, events })),
    read: async (id, afterSeq, limit) => {
      const rows = await database.query(`read the events of ${id}`, (sql) => {
        const all = sql
          .select()
          .from(sweepEvents)
          .where(and(eq(sweepEvents.sweepId, id), gt(sweepEvents.seq, afterSeq)))
          .orderBy(asc(sweepEvents.seq));
        return limit === undefined ? all : all.limit(limit);
      });
      return rows.map(({ seq, kind, body, at }) => ({ sweepId: id, seq, kind, body, at }));
    },
    lastSeq: (id) => lastSeqOf(database, id),
  };
}

interface Appending {
  readonly expectedSeq: number;
  readonly events: readonly NewSweepEvent[];
}

async function append(inside: Database, id: SweepId, { expectedSeq, events }: Appending): Promise<number> {
  // Writers of one sweep wait for each other on its row, so that the second sees what the first has appended.
  const [sweep] = await inside.query(`append to the sweep ${id}`, (sql) =>
    sql.select({ id: sweeps.id }).from(sweeps).where(eq(sweeps.id, id)).for('update'),
  );
  if (!sweep) throw new FleetError('not-found', `Cannot append to the sweep ${id}: there is none`);
  const last = await lastSeqOf(inside, id);
  if (last !== expectedSeq)
    throw new FleetError('conflict', `Cannot append to the sweep ${id} after event ${expectedSeq}: its last event is ${last}`, {
      details: { expectedSeq, last },
    });
  const rows = events.map(({ kind, body, at }, i) => ({ sweepId: id, seq: last + 1 + i, kind, body, at }));
  for (let from = 0; from < rows.length; from += EVENTS_PER_INSERT)
    await inside.query(`append to the sweep ${id}`, (sql) => sql.insert(sweepEvents).values(rows.slice(from, from + EVENTS_PER_INSERT)));
  return last + rows.length;
}

async function lastSeqOf(database: Database, id: SweepId): Promise<number> {
  const [row] = await database.query(`read the events of ${id}`, (sql) =>
    sql
      .select({ last: max(sweepEvents.seq) })
      .from(sweepEvents)
      .where(eq(sweepEvents.sweepId, id)),
  );
  return row?.last ?? 0;
}

const domain = ({ id, number, definition, state, createdAt, endedAt }: typeof sweeps.$inferSelect): SweepRow => ({
  id: sweepId(id),
  number,
  definition,
  state,
  createdAt,
  endedAt: endedAt ?? undefined,
});
