import { type AttemptId, attemptId, type DeviceId, type ErrorCode, FleetError, type Log, toFleetError } from '@fleetfit/core';
import { type CheckedJob, checkedJob, type Lease, Phase } from '@fleetfit/protocol';
import type { AttemptEnd } from './agent-state.ts';
import type { ArtifactPort, DeviceConditions, JournalEntry, JournalPort, MeasureOutcome, MeasurePort, OutboxPort } from './ports.ts';
import { encodeReport, withConditions } from './report.ts';

/** What one attempt needs of the device. */
export interface AttemptPorts {
  readonly device: DeviceId;
  readonly conditions: DeviceConditions;
  /** Runnable processes a core just before, 0 where unknown. */
  readonly load: () => number;
  readonly artifacts: ArtifactPort;
  readonly measure: MeasurePort;
  readonly journal: JournalPort;
  readonly outbox: OutboxPort;
  readonly log: Log;
}

/** Called as the attempt goes on. */
export interface AttemptWatch {
  readonly entered: (phase: Phase) => void;
  readonly progressed: (done: number) => void;
}

/** What may go away by itself: the lease is given back, and the job is tried later or elsewhere. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['unavailable', 'exhausted', 'unauthenticated', 'denied']);

/**
 * Carries out one attempt: writes each phase down before it enters it, fetches, measures, and puts the report into the outbox before
 * it forgets the attempt. So at every moment either the journal or the outbox knows of it.
 */
export async function runAttempt(lease: Lease, ports: AttemptPorts, watch: AttemptWatch & { signal: AbortSignal }): Promise<AttemptEnd> {
  const attempt = attemptId(lease.attemptId);
  const { journal, log } = ports;
  const entry = { attemptId: attempt, jobId: lease.job?.jobId ?? '', fence: lease.fence };
  let phase: Phase = Phase.PHASE_FETCH;
  const enter = async (next: Phase): Promise<void> => {
    phase = next;
    await journal.write({ ...entry, phase: next });
    watch.entered(next);
  };
  try {
    await enter(Phase.PHASE_FETCH);
    const outcome = await fetchAndMeasure(lease, ports, { ...watch, enter, attempt });
    await enter(Phase.PHASE_REPORT);
    return await report(entry, outcome, ports);
  } catch (thrown) {
    const error = toFleetError(thrown, `Cannot carry out attempt ${attempt}`);
    log.warn('an attempt did not end well', { attempt, phase, why: error.message });
    if (watch.signal.aborted) return await forget({ kind: 'stopped' }, ports);
    if (phase === Phase.PHASE_FETCH && PASSING.has(error.code)) return await forget({ kind: 'released', why: error.message }, ports);
    return await report(entry, { kind: 'failed', failed: { phase, code: error.code, why: error.message } }, ports);
  }
}

interface Entering extends AttemptWatch {
  readonly signal: AbortSignal;
  readonly attempt: AttemptId;
  readonly enter: (phase: Phase) => Promise<void>;
}

async function fetchAndMeasure(lease: Lease, ports: AttemptPorts, watch: Entering): Promise<MeasureOutcome> {
  const job: CheckedJob = checkedJob(lease.job);
  const { signal, attempt, enter, progressed } = watch;
  const fetched = await ports.artifacts.fetch(job, signal);
  try {
    const load = ports.load();
    const outcome = await ports.measure.measure({ attemptId: attempt, job, enter, onProgress: progressed }, signal);
    if (signal.aborted) throw new FleetError('cancelled', 'Cannot report: the attempt was stopped');
    if (outcome.kind !== 'measured') return outcome;
    return { ...outcome, measurement: withConditions(outcome.measurement, { device: ports.conditions, lease, job, load }) };
  } finally {
    fetched.release();
  }
}

async function report(
  entry: Omit<JournalEntry, 'phase'>,
  outcome: MeasureOutcome,
  { device, journal, outbox }: AttemptPorts,
): Promise<AttemptEnd> {
  const attempt = attemptId(entry.attemptId);
  await outbox.put(attempt, encodeReport(entry, device, outcome));
  await journal.clear();
  return { kind: 'reported', attempt };
}

async function forget(end: AttemptEnd, { journal }: AttemptPorts): Promise<AttemptEnd> {
  await journal.clear();
  return end;
}
