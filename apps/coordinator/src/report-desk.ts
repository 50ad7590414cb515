import { createHash } from 'node:crypto';
import { attemptId, type Log } from '@fleetfit/core';
import { checkedReport, encodeMessage, Report, type ReportResponse, Verdict } from '@fleetfit/protocol';
import type { ReportHandlers } from '@fleetfit/rpc';
import type { IncomingReport, JobRow, Store } from '@fleetfit/store';
import type { Changes } from './changes.ts';
import type { DeviceDesk } from './device-desk.ts';

export interface ReportDeskOptions {
  readonly store: Store;
  readonly devices: DeviceDesk;
  readonly changes: Changes;
  readonly log: Log;
  readonly onJobOver: (job: JobRow) => Promise<void>;
}

/** Takes reports: checked, stored, and only then answered. The attempt is the name of a report, so that it may come twice. */
export function reportDesk({ store, devices, changes, log, onJobOver }: ReportDeskOptions): ReportHandlers {
  return {
    async report(request, call): Promise<ReportResponse> {
      const report = checkedReport(request.report);
      if (report.deviceId !== call.device) {
        log.warn('a device reported in the name of another', { device: call.device, claimed: report.deviceId });
        return { verdict: Verdict.VERDICT_REJECTED, reason: 'this report names another device' };
      }
      const finding = await findingOf(report);
      const body = encodeMessage(Report, report);
      const receipt = await store.jobs.acceptReport({
        attemptId: attemptId(report.attemptId),
        deviceId: call.device,
        bodyHash: createHash('sha256').update(body).digest('hex'),
        body,
        document: summaryOf(report),
        receivedAt: Date.now(),
        finding,
      });
      if (receipt.verdict === 'rejected') {
        log.warn('a report was rejected', { device: call.device, attempt: report.attemptId, why: receipt.why });
        return { verdict: Verdict.VERDICT_REJECTED, reason: receipt.why };
      }
      if (receipt.verdict === 'accepted' && finding.kind !== 'valid')
        log.warn('an attempt failed', { device: call.device, job: report.jobId, why: whyOf(report) });
      if (receipt.verdict !== 'duplicate') {
        const { sweepId, candidateId } = receipt.job;
        devices.log.told({ deviceId: call.device, sweepId, candidateId, document: summaryOf(report), receivedAt: Date.now() });
        devices.freed(call.device, attemptId(report.attemptId));
      }
      changes.tell('jobs');
      if (receipt.endsJob) await onJobOver(receipt.job);
      return { verdict: VERDICTS[receipt.verdict], reason: '' };
    },
  };

  async function findingOf(report: ReturnType<typeof checkedReport>): Promise<IncomingReport['finding']> {
    if (report.outcome.$case === 'measured') return { kind: 'valid' };
    const kind = report.outcome.$case === 'crashed' ? ('crashed' as const) : ('invalid' as const);
    const attempt = await store.jobs.getAttempt(attemptId(report.attemptId));
    const job = attempt && (await store.jobs.get(attempt.jobId));
    // An unknown attempt is rejected by the ledger; what its job would become does not matter.
    if (!attempt || !job) return { kind, job: 'ready' };
    // A process that could not run the original afterwards either says nothing of the candidate.
    const ending = blamesCandidate(summaryOf(report)) ? { kind } : { kind: 'lost' as const };
    return { kind, ...(await devices.after(ending, { job, device: attempt.deviceId })) };
  }
}

const VERDICTS = {
  accepted: Verdict.VERDICT_ACCEPTED,
  duplicate: Verdict.VERDICT_DUPLICATE,
  'kept-as-replicate': Verdict.VERDICT_KEPT_AS_REPLICATE,
} as const;

const whyOf = ({ outcome }: ReturnType<typeof checkedReport>): string => (outcome.$case === 'measured' ? '' : outcome.value.why);

/** Whether a stored report holds the candidate itself at fault: it failed in good order, or crashed where the original still ran. */
export function blamesCandidate(document: unknown): boolean {
  const { outcome } = document as ReturnType<typeof summaryOf>;
  return outcome.$case === 'failed' || (outcome.$case === 'crashed' && outcome.value.controlRan);
}

/** For questions in SQL and for people; samples and answers stay in the bytes. */
export function summaryOf({ outcome, fence }: ReturnType<typeof checkedReport>) {
  if (outcome.$case !== 'measured') return { fence, outcome };
  const { blocks, classes, ...rest } = outcome.value;
  return { fence, outcome: { $case: 'measured' as const, value: { ...rest, blocks: blocks.length, images: classes.length } } };
}
