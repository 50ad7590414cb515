import { candidateId, deviceClassId, deviceId, jobId, sweepId } from '@fleetfit/core';
import { and, arrayContains, asc, desc, eq, inArray, not } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { JobRepository, JobRow } from './job-rows.ts';
import { jobs } from './schema.ts';

// A statement holds 65,535 parameters at most; a job takes ten.
const JOBS_PER_INSERT = 1_000;

/** The part of the repository of jobs that is about jobs alone. */
export function jobTable(database: Database): Pick<JobRepository, 'insert' | 'get' | 'list' | 'readyFor'> {
  return {
    insert: (all) =>
      database.atomically('insert jobs', async (inside) => {
        let added = 0;
        const rows = all.map((job) => ({ ...job, notDevices: [...job.notDevices], state: 'ready' as const, fence: 0 }));
        for (let from = 0; from < rows.length; from += JOBS_PER_INSERT) {
          const some = rows.slice(from, from + JOBS_PER_INSERT);
          const fresh = await inside.query('insert jobs', (sql) =>
            sql.insert(jobs).values(some).onConflictDoNothing({ target: jobs.id }).returning({ id: jobs.id }),
          );
          added += fresh.length;
        }
        return added;
      }),
    get: async (id) => {
      const [row] = await database.query(`read the job ${id}`, (sql) => sql.select().from(jobs).where(eq(jobs.id, id)));
      return row && jobOf(row);
    },
    list: async ({ sweepId: sweep, states, classId } = {}) => {
      const which = and(sweep && eq(jobs.sweepId, sweep), states && inArray(jobs.state, [...states]), classId && eq(jobs.classId, classId));
      const rows = await database.query('list jobs', (sql) => sql.select().from(jobs).where(which).orderBy(asc(jobs.arrival)));
      return rows.map(jobOf);
    },
    readyFor: async ({ deviceId: device, classIds }, limit = 1) => {
      if (classIds.length === 0) return [];
      const which = and(eq(jobs.state, 'ready'), inArray(jobs.classId, [...classIds]), not(arrayContains(jobs.notDevices, [device])));
      const rows = await database.query(`look for jobs for ${device}`, (sql) =>
        sql.select().from(jobs).where(which).orderBy(desc(jobs.priority), asc(jobs.arrival)).limit(limit),
      );
      return rows.map(jobOf);
    },
  };
}

/** A row of the table as the rest of the program knows it. */
export function jobOf(row: typeof jobs.$inferSelect): JobRow {
  return {
    id: jobId(row.id),
    sweepId: sweepId(row.sweepId),
    candidateId: candidateId(row.candidateId),
    classId: deviceClassId(row.classId),
    state: row.state,
    priority: row.priority,
    body: row.body,
    notDevices: row.notDevices.map(deviceId),
    fence: row.fence,
    createdAt: row.createdAt,
    endedAt: row.endedAt ?? undefined,
  };
}
