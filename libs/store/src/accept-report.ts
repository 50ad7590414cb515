import { eq } from 'drizzle-orm';
import { lockJob, moveJob, readAttempt } from './attempts.ts';
import type { Database } from './database.ts';
import type { AttemptRow, AttemptState, IncomingReport, JobRow, ReportReceipt } from './job-rows.ts';
import { attempts, reports } from './schema.ts';

/**
 * Takes a report, once. In one transaction, with the job locked:
 * 1. the attempt must be known and be this device's, else rejected;
 * 2. the same bytes again are a duplicate, other bytes are rejected;
 * 3. the report is stored and its attempt ends;
 * 4. a valid one ends a job that is open, even when its attempt was given up for lost meanwhile;
 * 5. a valid one for a job that is over is kept as a replicate.
 */
export function acceptReport(database: Database, report: IncomingReport): Promise<ReportReceipt> {
  return database.atomically(`take the report of ${report.attemptId}`, async (inside) => {
    const known = await readAttempt(inside, report.attemptId);
    if (!known) return rejected(`the attempt ${report.attemptId} is unknown`);
    if (known.deviceId !== report.deviceId) return rejected(`the attempt ${report.attemptId} is not one of ${report.deviceId}`);
    const job = await lockJob(inside, known.jobId);
    const attempt = await readAttempt(inside, report.attemptId); // again, now that nobody can change it
    if (!job || !attempt) return rejected(`the attempt ${report.attemptId} is unknown`);
    return (await sayAgain(inside, report, { attempt, job })) ?? takeFirst(inside, report, { attempt, job });
  });
}

interface Target {
  readonly attempt: AttemptRow;
  readonly job: JobRow;
}

async function sayAgain(inside: Database, report: IncomingReport, target: Target): Promise<ReportReceipt | undefined> {
  const [earlier] = await inside.query(`read the report of ${report.attemptId}`, (sql) =>
    sql.select({ bodyHash: reports.bodyHash, verdict: reports.verdict }).from(reports).where(eq(reports.attemptId, report.attemptId)),
  );
  if (!earlier) return undefined;
  if (earlier.bodyHash !== report.bodyHash) return rejected(`the attempt ${report.attemptId} has reported something else before`);
  return { verdict: 'duplicate', endsJob: false, first: earlier.verdict, ...target };
}

async function takeFirst(inside: Database, report: IncomingReport, { attempt, job }: Target): Promise<ReportReceipt> {
  const isOpen = job.state === 'ready' || job.state === 'leased';
  const verdict = report.finding.kind === 'valid' && !isOpen ? 'kept-as-replicate' : 'accepted';
  const { attemptId, bodyHash, body, document, receivedAt } = report;
  await inside.query(`store the report of ${attemptId}`, (sql) =>
    sql.insert(reports).values({ attemptId, bodyHash, body, document, receivedAt, verdict }),
  );
  const ended = await endBy(inside, attempt, report);
  if (verdict === 'kept-as-replicate') return { verdict, endsJob: false, attempt: ended, job };
  const moved = await moveBy(inside, report, { attempt, job });
  return { verdict, endsJob: moved !== job && moved.state !== 'ready', attempt: ended, job: moved };
}

// One that was lost has reported after all. How it ended otherwise stands, and so does when.
async function endBy(inside: Database, attempt: AttemptRow, { finding, receivedAt }: IncomingReport): Promise<AttemptRow> {
  if (attempt.state !== 'leased' && attempt.state !== 'lost') return attempt;
  const state: AttemptState = finding.kind === 'valid' ? 'done' : finding.kind;
  const change = { state, endedAt: attempt.endedAt ?? receivedAt };
  await inside.query(`end the attempt ${attempt.id}`, (sql) => sql.update(attempts).set(change).where(eq(attempts.id, attempt.id)));
  return { ...attempt, ...change };
}

// A report without a result moves its job only while the job waits for this very attempt.
async function moveBy(inside: Database, { finding, receivedAt }: IncomingReport, { attempt, job }: Target): Promise<JobRow> {
  if (finding.kind === 'valid') return moveJob(inside, job, { state: 'done', endedAt: receivedAt });
  const waits = job.state === 'leased' && job.fence === attempt.fence && attempt.state === 'leased';
  if (!waits) return job;
  return moveJob(inside, job, {
    state: finding.job,
    endedAt: receivedAt,
    ...(finding.notDevices ? { notDevices: finding.notDevices } : {}),
  });
}

const rejected = (why: string): ReportReceipt => ({ verdict: 'rejected', endsJob: false, why });
