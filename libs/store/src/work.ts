import { workId } from '@fleetfit/core';
import { and, asc, eq, inArray, sql as raw } from 'drizzle-orm';
import type { Database } from './database.ts';
import { workItems } from './schema.ts';
import type { WorkEnd, WorkRepository, WorkRow } from './work-rows.ts';

const open = inArray(workItems.state, ['ready', 'running']);

/** The repository of what compressors do. */
export function workTable(database: Database): WorkRepository {
  const ofEpoch = (id: string, epoch: number) => and(eq(workItems.id, id), eq(workItems.epoch, epoch), open);
  return {
    insert: async (item) => {
      const row = { ...item, state: 'ready', epoch: 1, progress: 0 } as const;
      const added = await database.query(`insert the work item ${item.id}`, (sql) =>
        sql.insert(workItems).values(row).onConflictDoNothing({ target: workItems.id }).returning({ id: workItems.id }),
      );
      return added.length > 0;
    },
    get: async (id) => {
      const [row] = await database.query(`read the work item ${id}`, (sql) => sql.select().from(workItems).where(eq(workItems.id, id)));
      return row && domain(row);
    },
    list: async ({ states, kind } = {}) => {
      const which = and(states && inArray(workItems.state, [...states]), kind === undefined ? undefined : eq(workItems.kind, kind));
      const rows = await database.query('list the work items', (sql) =>
        sql.select().from(workItems).where(which).orderBy(asc(workItems.arrival)),
      );
      return rows.map(domain);
    },
    start: async (id, epoch, { worker, at }) => {
      const set = { state: 'running', worker, startedAt: at } as const;
      const rows = await database.query(`start the work item ${id}`, (sql) =>
        sql.update(workItems).set(set).where(ofEpoch(id, epoch)).returning({ id: workItems.id }),
      );
      return rows.length > 0;
    },
    progress: async (id, epoch, progress) => {
      const rows = await database.query(`note the progress of ${id}`, (sql) =>
        sql.update(workItems).set({ progress }).where(ofEpoch(id, epoch)).returning({ id: workItems.id }),
      );
      return rows.length > 0;
    },
    finish: async (id, end) => {
      const [row] = await database.query(`finish the work item ${id}`, (sql) =>
        sql
          .update(workItems)
          .set(endOf(end))
          .where(and(eq(workItems.id, id), open))
          .returning(),
      );
      return row && domain(row);
    },
    requeue: async (id) => {
      const set = { state: 'ready', epoch: raw`${workItems.epoch} + 1`, progress: 0, startedAt: null } as const;
      const [row] = await database.query(`queue the work item ${id} again`, (sql) =>
        sql
          .update(workItems)
          .set(set)
          .where(and(eq(workItems.id, id), open))
          .returning(),
      );
      return row && domain(row);
    },
  };
}

function endOf(end: WorkEnd): Partial<typeof workItems.$inferInsert> {
  const { state, endedAt } = end;
  if (end.state === 'done') return { state, endedAt, output: end.output, progress: 1 };
  return end.state === 'failed' ? { state, endedAt, error: end.error } : { state, endedAt };
}

const domain = ({ id, kind, state, epoch, input, output, error, progress, worker, ...times }: typeof workItems.$inferSelect): WorkRow => ({
  id: workId(id),
  kind,
  state,
  epoch,
  input,
  output: output ?? undefined,
  error: error ?? undefined,
  progress,
  worker: worker ?? undefined,
  createdAt: times.createdAt,
  startedAt: times.startedAt ?? undefined,
  endedAt: times.endedAt ?? undefined,
});
