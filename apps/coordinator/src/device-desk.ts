import { randomUUID } from 'node:crypto';
import { type AttemptId, attemptId, type DeviceId, type HostId, hostId, type Log } from '@fleetfit/core';
import { type AttemptEnding, admit, afterAttempt } from '@fleetfit/fleet';
import type { DeviceHandlers, LeaseAnswer } from '@fleetfit/messaging';
import { type Heartbeat, type HeartbeatResponse, type LeaseRequest, Phase, type Release } from '@fleetfit/protocol';
import type { AttemptRow, JobRow, Store } from '@fleetfit/store';
import type { Changes } from './changes.ts';
import { DeviceLog } from './device-log.ts';
import type { HostDesk } from './host-desk.ts';
import { blamesCandidate } from './report-desk.ts';
import { parseJobBody } from './stored.ts';

/** What a device does now, as its heartbeats tell. */
export interface Doing {
  readonly attempt: AttemptRow;
  readonly job: JobRow;
  readonly phase: Phase;
  readonly done: number;
}

export interface DeviceDeskOptions {
  readonly store: Store;
  readonly hosts: HostDesk;
  readonly changes: Changes;
  readonly log: Log;
  readonly onJobOver: (job: JobRow) => Promise<void>;
}

/** Leases, heartbeats and lapses: what devices are told over NATS, straight from the ledger. */
export class DeviceDesk implements DeviceHandlers {
  readonly #options: DeviceDeskOptions;
  readonly #doing = new Map<DeviceId, Doing>();
  readonly #waiting = new Map<DeviceId, string>();
  /** What devices said lately. */
  readonly log = new DeviceLog();

  constructor(options: DeviceDeskOptions) {
    this.#options = options;
  }

  /** What a device does now. */
  doing(device: DeviceId): Doing | undefined {
    return this.#doing.get(device);
  }

  /** Why a device that asks for work has none. */
  waitingFor(device: DeviceId): string {
    return this.#waiting.get(device) ?? NO_WORK;
  }

  async lease(id: DeviceId, request: LeaseRequest, signal: AbortSignal): Promise<LeaseAnswer> {
    const { store, hosts, changes } = this.#options;
    const device = await store.devices.get(id);
    if (!device) return { $case: 'turned', value: { why: `there is no device ${id}` } };
    const admission = admit({ device: id, state: device.state, protocol: request.protocol });
    if (admission.kind === 'turned') return { $case: 'turned', value: { why: admission.why } };
    await store.devices.seen(id, Date.now());
    await this.#endForgotten(id);
    this.log.feels(id, request.health);
    changes.tell('devices');
    let why = NO_WORK;
    const news = changes.hear(['jobs', 'hosts']);
    try {
      while (!signal.aborted) {
        const granted =
          request.resting === undefined ? await this.#tryLease(id, hostId(request.hostId), signal) : restingOf(request.resting);
        if (typeof granted !== 'string') return granted;
        why = granted;
        if (this.#waiting.get(id) !== why) changes.tell('devices');
        this.#waiting.set(id, why);
        // Who waits for a computer asks again and again, to keep the place in its queue.
        await news.next({ signal, withinMs: request.resting !== undefined || why === NO_WORK || why === PAUSED ? 10_000 : 1_000 });
      }
    } finally {
      news.stop();
    }
    hosts.release(claimOf(id));
    return { $case: 'noWork', value: { why, againInMs: 0 } };
  }

  /** A lease, or why there is none now. */
  async #tryLease(id: DeviceId, host: HostId, signal: AbortSignal): Promise<LeaseAnswer | string> {
    const { store, hosts, changes } = this.#options;
    // Read each time: a poll may be older than a pause.
    const device = await store.devices.get(id);
    if (!device || device.paused) {
      hosts.release(claimOf(id));
      return PAUSED;
    }
    const [job] = await store.jobs.readyFor({ deviceId: device.id, classIds: device.classId ? [device.classId] : [] });
    if (!job) {
      hosts.release(claimOf(device.id));
      return NO_WORK;
    }
    const why = hosts.claim({ host, kind: 'measure', by: claimOf(device.id) });
    if (why !== undefined) return why;
    const { job: body, fleet } = parseJobBody(job.body);
    const now = Date.now();
    if (signal.aborted) return 'the request is over';
    const attempt = await store.jobs.lease({
      id: attemptId(randomUUID()),
      jobId: job.id,
      deviceId: device.id,
      leasedAt: now,
      deadlineAt: now + fleet.leaseMs,
      body: {},
    });
    if (attempt && !signal.aborted) {
      this.#begins({ attempt, job, phase: Phase.PHASE_FETCH, done: 0 });
      return {
        $case: 'lease',
        value: { attemptId: attempt.id, fence: attempt.fence, job: body, ttlMs: fleet.leaseMs, heartbeatMs: fleet.heartbeatMs },
      };
    }
    // Nobody would hear of it: as if it had never been.
    if (attempt) await store.jobs.endAttempt(attempt.id, { state: 'released', endedAt: Date.now(), job: 'ready' });
    hosts.release(claimOf(device.id));
    changes.tell('jobs');
    return attempt ? 'the request is over' : 'another device was faster';
  }

  #begins(now: Doing): void {
    this.#doing.set(now.attempt.deviceId, now);
    this.#waiting.delete(now.attempt.deviceId);
    this.#options.changes.tell('devices');
    this.#options.changes.tell(`sweep ${now.job.sweepId}`);
  }

  /** A device that asks for work has none in hand: the answer with its last lease never came, so that was no attempt. */
  async #endForgotten(id: DeviceId): Promise<void> {
    const { store, changes } = this.#options;
    for (const attempt of await store.jobs.openAttempts({ deviceId: id })) {
      await store.jobs.endAttempt(attempt.id, { state: 'released', endedAt: Date.now(), job: 'ready' });
      this.freed(id, attempt.id);
      changes.tell('jobs');
    }
  }

  async heartbeat(id: DeviceId, beat: Heartbeat): Promise<HeartbeatResponse> {
    const { store, hosts, changes } = this.#options;
    const attempt = await store.jobs.getAttempt(attemptId(beat.attemptId));
    if (!attempt || attempt.deviceId !== id || attempt.fence !== beat.fence) return { goOn: false, why: 'this attempt is not yours' };
    const job = await store.jobs.get(attempt.jobId);
    if (!job || attempt.state !== 'leased') return { goOn: false, why: `the attempt is ${attempt.state}` };
    const now = Date.now();
    const alive = await store.jobs.extend(attempt.id, now + parseJobBody(job.body).fleet.leaseMs);
    if (!alive) return { goOn: false, why: 'the attempt is over' };
    await store.devices.seen(id, now);
    const device = await store.devices.get(id);
    // After a restart of ours the computer is claimed again, as soon as its device is heard.
    if (device) hosts.claim({ host: device.hostId, kind: 'measure', by: claimOf(id) });
    this.log.feels(id, beat.health);
    this.#doing.set(id, { attempt, job, phase: beat.phase, done: beat.done });
    changes.tell('devices');
    return { goOn: true, why: '' };
  }

  async release(id: DeviceId, given: Release): Promise<void> {
    const { store, changes, log } = this.#options;
    const attempt = await store.jobs.getAttempt(attemptId(given.attemptId));
    if (!attempt || attempt.deviceId !== id) return;
    await store.jobs.endAttempt(attempt.id, { state: 'released', endedAt: Date.now(), job: 'ready' });
    log.info('a device gave a job back', { device: id, job: attempt.jobId, why: given.reason });
    this.freed(id, attempt.id);
    changes.tell('jobs');
  }

  /** Gives the computer of a device back, once this attempt of it is over. */
  freed(device: DeviceId, attempt: AttemptId): void {
    const now = this.#doing.get(device);
    // A late report of an earlier attempt frees nothing: the device is at the next one.
    if (now && now.attempt.id !== attempt) return;
    this.#doing.delete(device);
    this.#options.hosts.release(claimOf(device));
    this.#options.changes.tell('devices');
  }

  /** What becomes of a job when an attempt of it ends so; see fleet's attempt rules. */
  async after(ending: AttemptEnding, { job, device }: { readonly job: JobRow; readonly device: DeviceId }): Promise<AfterEnding> {
    const { store } = this.#options;
    const attempts = await store.jobs.attemptsOf(job.id);
    const counted = attempts.filter((each) => ['lost', 'crashed', 'invalid'].includes(each.state)).length;
    const reports = await store.jobs.reportsOf(job.id);
    const blamed = new Set(reports.filter((each) => blamesCandidate(each.document)).map((each) => each.attemptId));
    const failedOn = attempts.filter((each) => blamed.has(each.id)).map((each) => each.deviceId);
    const devices = (await store.devices.list({ state: 'active', classId: job.classId })).map((each) => each.id);
    const { attempts: limit } = parseJobBody(job.body).fleet;
    const next = afterAttempt(ending, device, { counted, failedOn, limit, devices });
    return { job: next.job === 'failed' ? 'failed' : 'ready', notDevices: next.notDevices };
  }

  /** Ends attempts whose device has been silent too long. */
  async lapse(): Promise<void> {
    const { store, changes, log, onJobOver } = this.#options;
    for (const attempt of await store.jobs.openAttempts({ deadlineBefore: Date.now() })) {
      const job = await store.jobs.get(attempt.jobId);
      if (!job) continue;
      const next = await this.after({ kind: 'lost' }, { job, device: attempt.deviceId });
      const ended = await store.jobs.endAttempt(attempt.id, { state: 'lost', endedAt: Date.now(), ...next });
      if (!ended) continue;
      log.warn('an attempt was lost: its device fell silent', { device: attempt.deviceId, job: job.id });
      this.freed(attempt.deviceId, attempt.id);
      changes.tell('jobs');
      const now = await store.jobs.get(job.id);
      if (now?.state === 'failed') await onJobOver(now);
    }
  }

  /** Remembers what devices reported, and claims the computers of attempts that were open when this process started. */
  async restore(): Promise<void> {
    const { store, hosts } = this.#options;
    for (const report of await store.jobs.lastReports(DeviceLog.kept)) this.log.told(report);
    for (const attempt of await store.jobs.openAttempts()) {
      const [device, job] = [await store.devices.get(attempt.deviceId), await store.jobs.get(attempt.jobId)];
      if (!device || !job) continue;
      hosts.claim({ host: device.hostId, kind: 'measure', by: claimOf(device.id) });
      this.#doing.set(device.id, { attempt, job, phase: Phase.PHASE_UNSPECIFIED, done: 0 });
    }
  }
}

/** An attempt ended and brought nothing: its job has another try, or is given up. */
interface AfterEnding {
  readonly job: 'ready' | 'failed';
  readonly notDevices: readonly DeviceId[];
}

const NO_WORK = 'no work';
const PAUSED = 'paused by an operator';
/** Said by a device, shown to people: kept short. */
const restingOf = (why: string): string => `rests: ${why.slice(0, 100)}`;

const claimOf = (device: DeviceId): string => `device ${device}`;
