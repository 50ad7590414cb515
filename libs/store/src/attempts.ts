import { type AttemptId, attemptId, candidateId, deviceClassId, deviceId, type JobId, jobId } from '@fleetfit/core';
import { and, asc, count, eq, inArray, lt, sql as raw } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { AttemptEnd, AttemptRow, JobRepository, JobRow, NewLease } from './job-rows.ts';
import { jobOf } from './jobs.ts';
import { attempts, jobs } from './schema.ts';

type AttemptMethods =
  | 'lease'
  | 'extend'
  | 'endAttempt'
  | 'cancel'
  | 'openAttempts'
  | 'getAttempt'
  | 'attemptsOf'
  | 'attemptsOfSweep'
  | 'doneByDevice';

/** The part of the repository of jobs that is about the tries of devices. */
export function attemptTable(database: Database): Pick<JobRepository, AttemptMethods> {
  return {
    lease: (lease) => database.atomically(`lease the job ${lease.jobId}`, (inside) => take(inside, lease)),
    extend: async (id, deadlineAt) => {
      const rows = await database.query(`extend the lease ${id}`, (sql) =>
        sql.update(attempts).set({ deadlineAt }).where(openOne(id)).returning({ id: attempts.id }),
      );
      return rows.length > 0;
    },
    endAttempt: (id, end) => database.atomically(`end the attempt ${id}`, (inside) => endAttempt(inside, id, end)),
    cancel: (which, at) => database.atomically(`cancel jobs of ${which.sweepId}`, (inside) => cancel(inside, which, at)),
    openAttempts: async ({ deadlineBefore, deviceId: device } = {}) => {
      const which = and(
        eq(attempts.state, 'leased'),
        deadlineBefore === undefined ? undefined : lt(attempts.deadlineAt, deadlineBefore),
        device && eq(attempts.deviceId, device),
      );
      const rows = await database.query('list the leases', (sql) =>
        sql.select().from(attempts).where(which).orderBy(asc(attempts.leasedAt), asc(attempts.id)),
      );
      return rows.map(attemptOf);
    },
    getAttempt: (id) => readAttempt(database, id),
    attemptsOf: async (id) => {
      const rows = await database.query(`list the attempts of ${id}`, (sql) =>
        sql.select().from(attempts).where(eq(attempts.jobId, id)).orderBy(asc(attempts.fence)),
      );
      return rows.map(attemptOf);
    },
    attemptsOfSweep: async (id) => {
      const rows = await database.query(`list the attempts of sweep ${id}`, (sql) =>
        sql
          .select({
            device: attempts.deviceId,
            state: attempts.state,
            leasedAt: attempts.leasedAt,
            endedAt: attempts.endedAt,
            candidate: jobs.candidateId,
            classId: jobs.classId,
          })
          .from(attempts)
          .innerJoin(jobs, eq(attempts.jobId, jobs.id))
          .where(eq(jobs.sweepId, id))
          .orderBy(asc(attempts.leasedAt), asc(attempts.id)),
      );
      return rows.map(({ device, state, leasedAt, endedAt, candidate, classId }) => ({
        deviceId: deviceId(device),
        state,
        leasedAt,
        endedAt: endedAt ?? undefined,
        candidateId: candidateId(candidate),
        classId: deviceClassId(classId),
      }));
    },
    doneByDevice: async () => {
      const rows = await database.query('count what devices have done', (sql) =>
        sql
          .select({ device: attempts.deviceId, done: count() })
          .from(attempts)
          .where(eq(attempts.state, 'done'))
          .groupBy(attempts.deviceId),
      );
      return new Map(rows.map(({ device, done }) => [deviceId(device), done]));
    },
  };
}

/** Undefined when there is none. */
export async function readAttempt(database: Database, id: AttemptId): Promise<AttemptRow | undefined> {
  const [row] = await database.query(`read the attempt ${id}`, (sql) => sql.select().from(attempts).where(eq(attempts.id, id)));
  return row && attemptOf(row);
}

/** Reads a job and keeps others from changing it or its attempts until the transaction ends: every change of an attempt comes through here. */
export async function lockJob(inside: Database, id: JobId): Promise<JobRow | undefined> {
  const [row] = await inside.query(`read the job ${id}`, (sql) => sql.select().from(jobs).where(eq(jobs.id, id)).for('update'));
  return row && jobOf(row);
}

async function take(inside: Database, lease: NewLease): Promise<AttemptRow | undefined> {
  const [job] = await inside.query(`lease the job ${lease.jobId}`, (sql) =>
    sql
      .update(jobs)
      .set({ state: 'leased', fence: raw`${jobs.fence} + 1` })
      .where(and(eq(jobs.id, lease.jobId), eq(jobs.state, 'ready')))
      .returning({ fence: jobs.fence }),
  );
  if (!job) return undefined;
  const attempt = { ...lease, fence: job.fence, state: 'leased' } as const;
  await inside.query(`lease the job ${lease.jobId} to ${lease.deviceId}`, (sql) => sql.insert(attempts).values(attempt));
  return { ...attempt, endedAt: undefined };
}

async function endAttempt(inside: Database, id: AttemptId, end: AttemptEnd): Promise<AttemptRow | undefined> {
  const attempt = await readAttempt(inside, id);
  const job = attempt && (await lockJob(inside, attempt.jobId));
  if (!job) return undefined;
  const [row] = await inside.query(`end the attempt ${id}`, (sql) =>
    sql.update(attempts).set({ state: end.state, endedAt: end.endedAt }).where(openOne(id)).returning(),
  );
  if (!row) return undefined;
  const ended = attemptOf(row);
  if (job.state === 'leased' && job.fence === ended.fence) await moveJob(inside, job, { ...end, state: end.job });
  return ended;
}

/** Moves a job on after an attempt; final states note when. Returns the job as it is now. */
export async function moveJob(
  inside: Database,
  job: JobRow,
  to: { readonly state: JobRow['state']; readonly endedAt: number; readonly notDevices?: AttemptEnd['notDevices'] },
): Promise<JobRow> {
  const notDevices = [...new Set([...job.notDevices, ...(to.notDevices ?? [])])];
  const change = { state: to.state, notDevices, endedAt: to.state === 'ready' ? null : to.endedAt };
  await inside.query(`move the job ${job.id}`, (sql) => sql.update(jobs).set(change).where(eq(jobs.id, job.id)));
  return { ...job, ...change, endedAt: change.endedAt ?? undefined };
}

async function cancel(inside: Database, which: Parameters<JobRepository['cancel']>[0], at: number): Promise<readonly AttemptRow[]> {
  const doing = `cancel jobs of ${which.sweepId}`;
  const those = and(eq(jobs.sweepId, which.sweepId), which.candidateId && eq(jobs.candidateId, which.candidateId));
  await inside.query(doing, (sql) =>
    sql
      .update(jobs)
      .set({ state: 'cancelled', endedAt: at })
      .where(and(those, inArray(jobs.state, ['ready', 'leased']))),
  );
  const rows = await inside.query(doing, (sql) => {
    const over = sql.select({ id: jobs.id }).from(jobs).where(those);
    return sql
      .update(attempts)
      .set({ state: 'cancelled', endedAt: at })
      .where(and(eq(attempts.state, 'leased'), inArray(attempts.jobId, over)))
      .returning();
  });
  return rows.map(attemptOf);
}

const openOne = (id: AttemptId) => and(eq(attempts.id, id), eq(attempts.state, 'leased'));

/** A row of the table as the rest of the program knows it. */
function attemptOf(row: typeof attempts.$inferSelect): AttemptRow {
  return {
    id: attemptId(row.id),
    jobId: jobId(row.jobId),
    deviceId: deviceId(row.deviceId),
    fence: row.fence,
    state: row.state,
    leasedAt: row.leasedAt,
    deadlineAt: row.deadlineAt,
    endedAt: row.endedAt ?? undefined,
    body: row.body,
  };
}
