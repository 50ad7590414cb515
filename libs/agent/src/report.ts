import type { DeviceId } from '@fleetfit/core';
import { type CheckedJob, type Conditions, encodeMessage, type Lease, type Measurement, Report } from '@fleetfit/protocol';
import type { DeviceConditions, JournalEntry, MeasureOutcome } from './ports.ts';

/** Version of what a Report means. */
export const REPORT_SCHEMA = 1;

/** The bytes of a report, as they lie in the outbox and travel. */
export function encodeReport(
  of: Pick<JournalEntry, 'attemptId' | 'jobId' | 'fence'>,
  deviceId: DeviceId,
  outcome: MeasureOutcome,
): Uint8Array {
  const { attemptId, jobId, fence } = of;
  return encodeMessage(Report, { attemptId, jobId, deviceId, fence, schema: REPORT_SCHEMA, outcome: onWire(outcome) });
}

function onWire(outcome: MeasureOutcome): NonNullable<Report['outcome']> {
  switch (outcome.kind) {
    case 'measured':
      return { $case: 'measured', value: outcome.measurement };
    case 'crashed':
      return { $case: 'crashed', value: outcome.crashed };
    case 'failed':
      return { $case: 'failed', value: outcome.failed };
  }
}

/** The report of an attempt that an earlier agent began and did not live to end. */
export function crashOf(entry: JournalEntry): MeasureOutcome {
  const why = 'the agent ended during the attempt, and found this in its journal when it started again';
  // The control was not tried, so this speaks against the device and not against the candidate.
  return { kind: 'crashed', crashed: { phase: entry.phase, why, controlRan: false } };
}

/** The measurement with everything that it depends on written beside it. */
export function withConditions(
  measurement: Measurement,
  {
    device,
    lease,
    job,
    load,
  }: { readonly device: DeviceConditions; readonly lease: Lease; readonly job: CheckedJob; readonly load: number },
): Measurement {
  const conditions: Conditions = {
    ...device,
    features: [...device.features],
    measure: job.measure,
    ttlMs: lease.ttlMs,
    heartbeatMs: lease.heartbeatMs,
    load,
  };
  return { ...measurement, conditions };
}
