import { attemptId } from '@fleetfit/core';
import { asc, eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { JobRepository, ReportRow } from './job-rows.ts';
import { attempts, reports } from './schema.ts';

/** The part of the repository of jobs that reads reports. */
export function reportTable(database: Database): Pick<JobRepository, 'getReport' | 'reportsOf'> {
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
  };
}

/** A row of the table as the rest of the program knows it. */
function reportOf({ attemptId: attempt, bodyHash, body, document, receivedAt, verdict }: typeof reports.$inferSelect): ReportRow {
  return { attemptId: attemptId(attempt), bodyHash, body, document, receivedAt, verdict };
}
