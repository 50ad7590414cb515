import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { candidateId, type DeviceId, deviceClassId, deviceId, hostId, type JobId, jobId, silent, sweepId } from '@fleetfit/core';
import { ExclusiveLock } from '@fleetfit/host';
import type { LeaseAnswer } from '@fleetfit/messaging';
import { type LeaseRequest, type Measurement, Phase, PROTOCOL, type Report, ThermalPressure, Verdict } from '@fleetfit/protocol';
import type { ReportHandlers } from '@fleetfit/rpc';
import { type JobRow, openStore, type Store } from '@fleetfit/store';
import { workerFromSource } from '@fleetfit/store/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Changes, makeChanges } from './changes.ts';
import { DeviceDesk } from './device-desk.ts';
import { openHostDesk } from './host-desk.ts';
import { reportDesk } from './report-desk.ts';

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'device-desk-'));
  const lock = (path: string) => ExclusiveLock.take({ path, what: 'the test' });
  store = await openStore({ folder: join(folder, 'database'), worker: workerFromSource, lock });
}, 60_000);
afterAll(async () => {
  await store?.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

let changes: Changes;
let desk: DeviceDesk;
let reports: ReportHandlers;
let over: JobRow[];
let count = 0;
beforeEach(() => {
  changes = makeChanges();
  over = [];
  const parts = { store, changes, log: silent, onJobOver: async (job: JobRow) => void over.push(job) };
  desk = new DeviceDesk({ ...parts, hosts: openHostDesk(changes) });
  reports = reportDesk({ ...parts, devices: desk });
});

/** A class of its own for each test, with so many phones and one job for them. */
async function fleetOf({ phones, attempts = 3, jobs = 1 }: { phones: number; attempts?: number; jobs?: number }) {
  const name = `t${++count}`;
  const classId = deviceClassId(name);
  const devices: DeviceId[] = [];
  for (let i = 0; i < phones; i++) {
    const id = deviceId(`${name}-d${i}`);
    const row = { id, name: id, hostId: hostId(`${name}-h${i}`), classId, facts: {}, publicKey: id, createdAt: 1, lastSeenAt: 1 };
    await store.devices.insert({ ...row, state: 'active', tags: [], paused: false });
    devices.push(id);
  }
  const { id: sweep } = await store.sweeps.insert({ id: () => sweepId(name), definition: {}, state: 'running', createdAt: 1 });
  const fleet = { leaseMs: 60_000, heartbeatMs: 10_000, pollMs: 1_000, attempts };
  const ids = Array.from({ length: jobs }, (_, i) => jobId(`${name}-j${i}`));
  await store.jobs.insert(
    ids.map((id) => ({
      id,
      sweepId: sweep,
      candidateId: candidateId('c001'),
      classId,
      priority: 0,
      body: { job: { jobId: id }, fleet, share: 0, purpose: 'measure' },
      notDevices: [],
      createdAt: 1,
    })),
  );
  return { devices, sweep, jobs: ids };
}

function ask(device: DeviceId, more: Partial<LeaseRequest> = {}, ms = 400): Promise<LeaseAnswer> {
  const request = { protocol: PROTOCOL, hostId: `h-${device}`, freeMemoryBytes: 1, pollMs: ms, ...more };
  return desk.lease(device, request, AbortSignal.timeout(ms));
}

type Outcome = NonNullable<Report['outcome']>;

/** Takes the job and says how it went. */
async function tryOnce(device: DeviceId, outcome: Outcome): Promise<Verdict> {
  const lease = await ask(device, {}, 5_000);
  if (lease.$case !== 'lease') throw new Error(`${device} got no lease`);
  const { attemptId, fence, job } = lease.value;
  const report = { attemptId, fence, jobId: job?.jobId ?? '', deviceId: device, schema: 1, outcome };
  const call = { device, peer: 'test', signal: AbortSignal.timeout(10_000) };
  return (await reports.report({ report }, call)).verdict;
}

const crashed = (controlRan: boolean): Outcome => ({
  $case: 'crashed',
  value: { phase: Phase.PHASE_TIME, why: 'the tab was gone', controlRan },
});

function measured(controlMs: number): Outcome {
  const interval = (value: number) => ({ low: value, value, high: value });
  const conditions = {
    runtime: 'web',
    runtimeVersion: '1',
    provider: 'wasm',
    threads: 1,
    optimization: 'all',
    cpu: '',
    features: [],
    os: '',
    arch: '',
    memoryBytes: 0,
    agentVersion: '1',
    measure: undefined,
    ttlMs: 1,
    heartbeatMs: 1,
    load: 0,
  };
  const value: Measurement = {
    blocks: [{ index: 0, control: false, sampleMs: [1], runs: 1 }],
    p50Ms: interval(12.3),
    p90Ms: interval(13),
    p95Ms: interval(14),
    controlP50Ms: interval(controlMs),
    ratio: interval(1),
    loadMs: 1,
    firstRunMs: 1,
    memoryBytes: 0,
    classes: [],
    notes: [],
    conditions,
    durationMs: 1,
  };
  return { $case: 'measured', value };
}

const stateOf = async (job: JobId | undefined) => job && (await store.jobs.get(job))?.state;

describe('a model that ends the page of a phone', { timeout: 60_000 }, () => {
  it('is not tried for ever, also where nobody knows whose fault it was', async () => {
    const { devices, jobs } = await fleetOf({ phones: 1, attempts: 3 });
    const [phone = deviceId('none')] = devices;
    for (let i = 0; i < 3; i++) {
      expect(await stateOf(jobs[0])).toBe('ready');
      expect(await tryOnce(phone, crashed(false))).toBe(Verdict.VERDICT_ACCEPTED);
    }
    expect(await stateOf(jobs[0])).toBe('failed');
    expect(over.map(({ id }) => id)).toEqual(jobs);
    expect(await ask(phone)).toEqual({ $case: 'noWork', value: { why: 'no work', againInMs: 0 } });
  });

  it('is at fault once it did so on two phones where the original still ran, and is tried on no third', async () => {
    const { devices, jobs } = await fleetOf({ phones: 3, attempts: 9 });
    const [one = deviceId('none'), two = deviceId('none'), three = deviceId('none')] = devices;
    await tryOnce(one, crashed(true));
    expect(await stateOf(jobs[0])).toBe('ready');
    // While others are left, the first has enough of it.
    expect(await ask(one)).toMatchObject({ $case: 'noWork' });
    await tryOnce(two, crashed(true));
    expect(await stateOf(jobs[0])).toBe('failed');
    expect(await ask(three)).toMatchObject({ $case: 'noWork' });
  });
});

describe('a device', { timeout: 60_000 }, () => {
  it('gets no work while it is paused, and gets it as soon as it is resumed', async () => {
    const { devices } = await fleetOf({ phones: 1 });
    const [phone = deviceId('none')] = devices;
    await store.devices.update(phone, { paused: true });
    expect(await ask(phone)).toEqual({ $case: 'noWork', value: { why: 'paused by an operator', againInMs: 0 } });
    const asked = ask(phone, {}, 20_000);
    await store.devices.update(phone, { paused: false });
    changes.tell('jobs');
    expect(await asked).toMatchObject({ $case: 'lease' });
  });

  it('that rests is here, says why and how it is, and gets no work', async () => {
    const { devices, jobs } = await fleetOf({ phones: 1 });
    const [phone = deviceId('none')] = devices;
    const health = { battery: 0.14, charging: false, thermal: ThermalPressure.THERMAL_PRESSURE_SERIOUS, hidden: false, metered: true };
    expect(await ask(phone, { resting: 'low battery', health })).toMatchObject({ $case: 'noWork', value: { why: 'rests: low battery' } });
    expect(desk.waitingFor(phone)).toBe('rests: low battery');
    expect(desk.log.health(phone)).toMatchObject({
      battery: 0.14,
      charging: false,
      thermal: 'serious',
      hidden: false,
      metered: true,
      drift: undefined,
    });
    expect(await stateOf(jobs[0])).toBe('ready');
  });

  it('is remembered by its last reports and by how its original drifts, also after a restart', async () => {
    const { devices, sweep } = await fleetOf({ phones: 1, jobs: 7 });
    const [phone = deviceId('none')] = devices;
    for (const controlMs of [10, 10, 10, 10, 10, 12]) await tryOnce(phone, measured(controlMs));
    await tryOnce(phone, { $case: 'failed', value: { phase: Phase.PHASE_LOAD, code: 'unsupported', why: 'no such operator' } });
    const seen = () => ({ drift: desk.log.health(phone)?.drift, reports: desk.log.reports(phone) });
    const before = seen();
    expect(before.drift).toBeCloseTo(0.2);
    expect(before.reports).toHaveLength(5);
    expect(before.reports[0]).toMatchObject({ sweep, candidate: 'c001', result: 'failed', what: 'no such operator' });
    expect(before.reports[1]).toMatchObject({ result: 'measured', what: '12.3 ms' });
    desk = new DeviceDesk({ store, changes, log: silent, onJobOver: async () => {}, hosts: openHostDesk(changes) });
    await desk.restore();
    // The moments are those of the store, which may differ by what the answer took.
    const timeless = ({ reports: all }: typeof before) => all.map((each) => ({ ...each, at: 0 }));
    expect([seen().drift, timeless(seen())]).toEqual([before.drift, timeless(before)]);
  });
});
