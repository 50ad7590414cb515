import type { AttemptId, CandidateId, DeviceClassId, DeviceId, JobId, SweepId } from '@fleetfit/core';

/** `ready` and `leased` are open; the others are final. */
export type JobState = 'ready' | 'leased' | 'done' | 'failed' | 'cancelled';
/** `leased` is open; the others are final. `lost` may still report: its late result is kept. */
export type AttemptState = 'leased' | 'done' | 'released' | 'lost' | 'crashed' | 'invalid' | 'cancelled';

export interface NewJob {
  readonly id: JobId;
  readonly sweepId: SweepId;
  readonly candidateId: CandidateId;
  readonly classId: DeviceClassId;
  /** Higher goes first. */
  readonly priority: number;
  readonly body: unknown;
  /** Devices that must not get it: they had their try, or it is a replicate. */
  readonly notDevices: readonly DeviceId[];
  readonly createdAt: number;
}

export interface JobRow extends NewJob {
  readonly state: JobState;
  /** How many attempts were leased; the number of the current one. */
  readonly fence: number;
  readonly endedAt: number | undefined;
}

export interface AttemptRow {
  readonly id: AttemptId;
  readonly jobId: JobId;
  readonly deviceId: DeviceId;
  /** 1, 2, 3... within the job: a higher fence makes a lower one stale. */
  readonly fence: number;
  readonly state: AttemptState;
  readonly leasedAt: number;
  readonly deadlineAt: number;
  readonly endedAt: number | undefined;
  readonly body: unknown;
}

/** An attempt as the timeline of a sweep needs it. */
interface SweepAttempt extends Pick<AttemptRow, 'deviceId' | 'state' | 'leasedAt' | 'endedAt'> {
  readonly candidateId: CandidateId;
  readonly classId: DeviceClassId;
}

/** The first verdict on a report stands for ever; the same bytes again are a `duplicate`. */
export type ReportVerdict = 'accepted' | 'duplicate' | 'kept-as-replicate' | 'rejected';

export interface ReportRow {
  readonly attemptId: AttemptId;
  /** SHA-256 of the body in hex. */
  readonly bodyHash: string;
  /** The bytes as the device signed them. */
  readonly body: Uint8Array;
  /** The same, decoded, for questions in SQL and for people. */
  readonly document: unknown;
  readonly receivedAt: number;
  readonly verdict: 'accepted' | 'kept-as-replicate';
}

export interface NewLease {
  readonly id: AttemptId;
  readonly jobId: JobId;
  readonly deviceId: DeviceId;
  readonly leasedAt: number;
  readonly deadlineAt: number;
  readonly body: unknown;
}

/** How an attempt ends without a report, and what becomes of its job if that job still waits for it. */
export interface AttemptEnd {
  readonly state: Exclude<AttemptState, 'leased'>;
  readonly endedAt: number;
  /** `ready`: another try. Final states end the job. */
  readonly job: Exclude<JobState, 'leased'>;
  /** Devices to add to the job's `notDevices`. */
  readonly notDevices?: readonly DeviceId[];
}

export interface IncomingReport {
  readonly attemptId: AttemptId;
  /** Who sent it, as authenticated. */
  readonly deviceId: DeviceId;
  readonly bodyHash: string;
  readonly body: Uint8Array;
  readonly document: unknown;
  readonly receivedAt: number;
  /**
   * What the checks say of it. `valid` ends the job as `done` if it is still open. Otherwise the attempt ends in that state
   * and its job, if it still waits for this very attempt, goes to `job`.
   */
  readonly finding:
    | { readonly kind: 'valid' }
    | {
        readonly kind: 'invalid' | 'crashed' | 'released';
        readonly job: Exclude<JobState, 'leased' | 'done'>;
        readonly notDevices?: readonly DeviceId[];
      };
}

export type ReportReceipt =
  /** Stored. `endsJob`: this report has just made its job `done`, `failed` or `cancelled`. */
  | { readonly verdict: 'accepted'; readonly endsJob: boolean; readonly attempt: AttemptRow; readonly job: JobRow }
  /** Stored, valid, and the job was over already: one more measurement, never counted as the job's own. */
  | { readonly verdict: 'kept-as-replicate'; readonly endsJob: false; readonly attempt: AttemptRow; readonly job: JobRow }
  /** The same bytes were stored before; `first` is what was said then. Nothing changes. */
  | {
      readonly verdict: 'duplicate';
      readonly endsJob: false;
      readonly first: 'accepted' | 'kept-as-replicate';
      readonly attempt: AttemptRow;
      readonly job: JobRow;
    }
  /** Nothing is stored: an unknown attempt, another device's, or other bytes than before. A security event. */
  | { readonly verdict: 'rejected'; readonly endsJob: false; readonly why: string };

/** A report as the story of its device knows it. */
export interface DeviceReportRow {
  readonly deviceId: DeviceId;
  readonly sweepId: SweepId;
  readonly candidateId: CandidateId;
  readonly document: unknown;
  readonly receivedAt: number;
}

export interface JobRepository {
  /** Jobs whose id is known are left alone, so that an effect may be repeated; returns how many were new. */
  insert(jobs: readonly NewJob[]): Promise<number>;
  get(id: JobId): Promise<JobRow | undefined>;
  /** By sweep, state or class; oldest first. */
  list(filter?: {
    readonly sweepId?: SweepId;
    readonly states?: readonly JobState[];
    readonly classId?: DeviceClassId;
  }): Promise<readonly JobRow[]>;
  /** Ready jobs of these classes that this device may have: highest priority first, then oldest; `limit` at most (default 1). */
  readyFor(
    device: { readonly deviceId: DeviceId; readonly classIds: readonly DeviceClassId[] },
    limit?: number,
  ): Promise<readonly JobRow[]>;
  /** Leases a job that is ready, atomically, with the next fence; undefined when somebody was faster or it is not ready. */
  lease(lease: NewLease): Promise<AttemptRow | undefined>;
  /** Moves the deadline of an open attempt; false when it is over. */
  extend(id: AttemptId, deadlineAt: number): Promise<boolean>;
  /** Ends an open attempt that brings no report; undefined when it was over already (nothing changes then). */
  endAttempt(id: AttemptId, end: AttemptEnd): Promise<AttemptRow | undefined>;
  /** Cancels the open jobs and attempts of a sweep (or of one of its candidates); returns the attempts that were running, to tell their devices. */
  cancel(which: { readonly sweepId: SweepId; readonly candidateId?: CandidateId }, at: number): Promise<readonly AttemptRow[]>;
  /** Open attempts, all or those whose deadline is before `deadlineBefore`; oldest first. */
  openAttempts(filter?: { readonly deadlineBefore?: number; readonly deviceId?: DeviceId }): Promise<readonly AttemptRow[]>;
  getAttempt(id: AttemptId): Promise<AttemptRow | undefined>;
  /** Every attempt at a job of a sweep, with what the job measures; oldest first. */
  attemptsOfSweep(id: SweepId): Promise<readonly SweepAttempt[]>;
  /** By fence. */
  attemptsOf(id: JobId): Promise<readonly AttemptRow[]>;
  /** How many jobs each device has done; devices without one are absent. */
  doneByDevice(): Promise<ReadonlyMap<DeviceId, number>>;
  /** Takes a report in one transaction; safe to repeat and to run concurrently. */
  acceptReport(report: IncomingReport): Promise<ReportReceipt>;
  getReport(id: AttemptId): Promise<ReportRow | undefined>;
  /** All reports of a job, in order of arrival: the accepted one and its replicates. */
  reportsOf(id: JobId): Promise<readonly ReportRow[]>;
  /** The newest `each` reports of every device, oldest first. */
  lastReports(each: number): Promise<readonly DeviceReportRow[]>;
}
