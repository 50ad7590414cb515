import {
  type AttemptId,
  attemptId,
  candidateId,
  type DeviceId,
  deviceClassId,
  deviceId,
  hostId,
  type JobId,
  jobId,
  type SweepId,
  sweepId,
} from '@fleetfit/core';
import type { DeviceRow, IncomingReport, NewJob, NewLease, Store } from '../index.ts';

/** Gives the store that the contracts run on, once it is open. */
export type OpenedStore = () => Store;

let count = 0;
/** A name that no other test uses: the tests share one store. */
export const fresh = (word: string): string => `${word}${++count}`;

export const FAST = deviceClassId('fast');
export const SLOW = deviceClassId('slow');

export function device(change: Partial<DeviceRow> = {}): DeviceRow {
  const id = deviceId(fresh('d'));
  return {
    id,
    name: `camera ${id}`,
    hostId: hostId('h-1'),
    classId: FAST,
    facts: { cpu: 'BCM2712', cores: 4 },
    publicKey: `key of ${id}`,
    state: 'active',
    createdAt: 1000,
    lastSeenAt: undefined,
    tags: [],
    paused: false,
    ...change,
  };
}

export async function aSweep(store: Store): Promise<SweepId> {
  const row = await store.sweeps.insert({ id: sweepId(fresh('s')), definition: {}, state: 'running', createdAt: 1 });
  return row.id;
}

export function job(sweep: SweepId, change: Partial<NewJob> = {}): NewJob {
  return {
    id: jobId(fresh('j')),
    sweepId: sweep,
    candidateId: candidateId('c001'),
    classId: FAST,
    priority: 0,
    body: { images: [0, 100] },
    notDevices: [],
    createdAt: 1000,
    ...change,
  };
}

export const lease = (jobOf: JobId, to: DeviceId, change: Partial<NewLease> = {}): NewLease => ({
  id: attemptId(fresh('a')),
  jobId: jobOf,
  deviceId: to,
  leasedAt: 2000,
  deadlineAt: 62_000,
  body: {},
  ...change,
});

export const report = (attempt: AttemptId, from: DeviceId, change: Partial<IncomingReport> = {}): IncomingReport => ({
  attemptId: attempt,
  deviceId: from,
  bodyHash: 'aa',
  body: Uint8Array.of(1, 2, 3),
  document: { latencyMs: [1.5, 1.25] },
  receivedAt: 5000,
  finding: { kind: 'valid' },
  ...change,
});

/** A sweep with one job, leased to a device. */
export async function leased(store: Store): Promise<{ sweep: SweepId; on: DeviceId; jobId: JobId; attempt: AttemptId }> {
  const on = device();
  await store.devices.insert(on);
  const sweep = await aSweep(store);
  const one = job(sweep);
  await store.jobs.insert([one]);
  const taken = await store.jobs.lease(lease(one.id, on.id));
  if (!taken) throw new Error('the job could not be leased');
  return { sweep, on: on.id, jobId: one.id, attempt: taken.id };
}
