import { attemptId, candidateId, deviceId, sweepId } from '@fleetfit/core';
import { asc, eq, lte, sql as raw } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { DeviceReportRow, JobRepository, ReportRow } from './job-rows.ts';
import { attempts, jobs, reports } from './schema.ts';

/** The part of the repository of jobs that reads reports. */
export function reportTable(database: Database): Pick<JobRepository, 'getReport' | 'reportsOf' | 'lastReports'> {
  return {
    getReport: async (id) => {
      const [row] = await database.query(`read the report of ${id}`, (sql) => sql.select().from(reports).where(eq(reports.attemptId, id)));
      return row && reportOf(row);
    },
    reportsOf: async (id) => {
      const rows = await database.query(`read the reports of ${id}`, (sql) =>
        sql
          .select({ report: reports })
          .from(reports)
          .innerJoin(attempts, eq(attempts.id, reports.attemptId))
          .where(eq(attempts.jobId, id))
          .orderBy(asc(reports.arrival)),
      );
      return rows.map(({ report }) => reportOf(report));
    },
    lastReports: (each) => lastReports(database, each),
  };
}

async function lastReports(database: Database, each: number): Promise<readonly DeviceReportRow[]> {
  const rows = await database.query('read the last reports of every device', (sql) => {
    const numbered = sql
      .select({
        attempt: reports.attemptId,
        job: attempts.jobId,
        device: attempts.deviceId,
        age: raw<number>`row_number() over (partition by ${attempts.deviceId} order by ${reports.arrival} desc)`.as('age'),
      })
      .from(reports)
      .innerJoin(attempts, eq(attempts.id, reports.attemptId))
      .as('numbered');
    return sql
      .select({ report: reports, device: numbered.device, sweep: jobs.sweepId, candidate: jobs.candidateId })
      .from(numbered)
      .innerJoin(reports, eq(reports.attemptId, numbered.attempt))
      .innerJoin(jobs, eq(jobs.id, numbered.job))
      .where(lte(numbered.age, each))
      .orderBy(asc(reports.arrival));
  });
  return rows.map(({ report, device, sweep, candidate }) => ({
    deviceId: deviceId(device),
    sweepId: sweepId(sweep),
    candidateId: candidateId(candidate),
    document: report.document,
    receivedAt: report.receivedAt,
  }));
}

/** A row of the table as the rest of the program knows it. */
function reportOf({ attemptId: attempt, bodyHash, body, document, receivedAt, verdict }: typeof reports.$inferSelect): ReportRow {
  return { attemptId: attemptId(attempt), bodyHash, body, document, receivedAt, verdict };
}
