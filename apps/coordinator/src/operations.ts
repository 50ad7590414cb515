import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { DatasetView, Health, ModelView, Operations } from '@fleetfit/api';
import { type CandidateId, type DeviceClass, type DeviceId, FleetError, type SweepId, sweepId } from '@fleetfit/core';
import { joinWords } from '@fleetfit/fleet';
import { type DeviceFacts, Phase } from '@fleetfit/protocol';
import type { DeviceRow, Store } from '@fleetfit/store';
import { type DeviceView, type DoingView, type SweepRow, type SweepView, viewSweep } from '@fleetfit/sweep';
import { type Changes, follow } from './changes.ts';
import type { DeviceDesk } from './device-desk.ts';
import { keyFrom, tokenHash } from './enrollment.ts';
import type { Evaluations } from './evaluate-original.ts';
import { listExports } from './export-winner.ts';
import type { Library } from './library.ts';
import { openSetup } from './open-setup.ts';
import { parseWorkInput } from './stored.ts';
import type { SweepRunner } from './sweep-runner.ts';

export interface OperationsOptions {
  readonly store: Store;
  readonly library: Library;
  readonly sweeps: SweepRunner;
  readonly evaluations: Evaluations;
  readonly devices: DeviceDesk;
  readonly changes: Changes;
  readonly health: () => Promise<Health>;
  readonly present: () => readonly DeviceId[];
  /** `host:port` of the door for devices. */
  readonly deviceAddress: () => string;
  /** Ends the sessions of a device on the message server. */
  readonly endSessions: (device: DeviceId) => Promise<void>;
}

const MOST_TEXT = 1_000_000;

/** What people can ask of this coordinator: the port behind the API. */
export function makeOperations(options: OperationsOptions): Operations {
  const { store, library, sweeps, changes } = options;
  const now = (): number => Date.now();

  const listModels = async (): Promise<ModelView[]> => Promise.all((await store.models.list()).map(({ id }) => library.viewModel(id)));
  const listDatasets = async (): Promise<DatasetView[]> =>
    Promise.all((await store.datasets.list()).map(({ id }) => library.viewDataset(id)));
  const showSweep = (id: SweepId): Promise<SweepView> => viewOf(options, id);
  const listDevices = async (): Promise<DeviceView[]> => viewDevices(options);

  return {
    health: options.health,
    listDevices,
    watchDevices: (signal) => follow(changes, 'devices', { signal, make: listDevices }),
    async inviteDevice({ uses, minutes, autoApprove }) {
      const token = randomBytes(16).toString('base64url');
      const expiresAt = now() + minutes * 60_000;
      await store.joinTokens.prune(now());
      await store.joinTokens.insert({ hash: tokenHash(token), expiresAt, usesLeft: uses, autoApprove, tags: [], createdAt: now() });
      return { link: `fleetfit://${options.deviceAddress()}/#${token}`, expiresAt };
    },
    async approveDevice(id) {
      const device = await known(store, id);
      if (device.state === 'revoked')
        throw new FleetError('denied', `Cannot approve device ${id}: it was revoked`, { next: 'let it join again with a fresh key' });
      await store.devices.update(id, { state: 'active' });
      changes.tell('devices');
    },
    async revokeDevice(id) {
      await known(store, id);
      await store.devices.update(id, { state: 'revoked' });
      for (const attempt of await store.jobs.openAttempts({ deviceId: id })) {
        await store.jobs.endAttempt(attempt.id, { state: 'released', endedAt: now(), job: 'ready' });
        options.devices.freed(id, attempt.id);
      }
      await options.endSessions(id);
      changes.tell('devices');
      changes.tell('jobs');
    },
    async renameDevice(id, name) {
      await known(store, id);
      await store.devices.update(id, { name });
      changes.tell('devices');
    },
    listModels,
    showModel: (id) => library.viewModel(id),
    async addModel({ path, name, sidecarPath, dataset }) {
      const sidecar = sidecarPath === undefined ? undefined : await readSidecar(sidecarPath);
      return library.addModel({ path, name, sidecar, dataset });
    },
    evaluateModel: (id, on) => options.evaluations.order(id, on),
    watchModel: (id, signal) => follow(changes, `model ${id}`, { signal, make: () => library.viewModel(id) }),
    listDatasets,
    addDataset: (wanted) => library.addDataset(wanted),
    watchDataset: (id, signal) => follow(changes, `dataset ${id}`, { signal, make: () => library.viewDataset(id) }),
    listSweeps: () => listRows(options),
    watchSweeps: (signal) => follow(changes, 'sweeps', { signal, make: () => listRows(options) }),
    showSweep,
    watchSweep: (id, signal) => follow(changes, `sweep ${id}`, { signal, make: () => showSweep(id) }),
    async startSweep(input) {
      const setup = await openSetup(input, { library, store });
      const row = await store.sweeps.insert({
        id: (number) => sweepId(`s${number}`),
        definition: setup.definition,
        state: 'running',
        createdAt: now(),
      });
      await sweeps.open(row.id, setup);
      return showSweep(row.id);
    },
    pauseSweep: (id) => append(sweeps, id, { kind: 'paused', at: now() }),
    resumeSweep: (id) => append(sweeps, id, { kind: 'resumed', at: now() }),
    extendSweep: (id, by) => append(sweeps, id, { kind: 'extended', by, at: now() }),
    cancelSweep: (id) => append(sweeps, id, { kind: 'cancelled', at: now() }),
    exportsOf: async (id) => listExports(sweeps.state(id)),
  };
}

async function append(sweeps: SweepRunner, id: SweepId, event: Parameters<SweepRunner['append']>[1][number]): Promise<void> {
  const state = sweeps.state(id);
  if (state.ended)
    throw new FleetError('conflict', `Cannot change sweep ${id}: it is ${state.ended}`, {
      next: 'start a new one with: fleetfit sweep run',
    });
  await sweeps.append(id, [event]);
}

async function known(store: Store, id: DeviceId): Promise<DeviceRow> {
  const device = await store.devices.get(id);
  if (!device) throw new FleetError('not-found', `Cannot find device ${id}`, { next: 'list them with: fleetfit device list' });
  return device;
}

async function readSidecar(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FleetError('not-found', `Cannot read the sidecar at ${path}`, { cause });
  });
  if (text.length > MOST_TEXT) throw new FleetError('invalid', `Cannot read the sidecar at ${path}: it has ${text.length} characters`);
  return text;
}

async function viewOf({ store, sweeps }: OperationsOptions, id: SweepId): Promise<SweepView> {
  const state = sweeps.state(id);
  const row = await store.sweeps.get(id);
  const measuring = (await store.jobs.list({ sweepId: id, states: ['leased'] })).map(({ candidateId, classId }) => ({
    candidate: candidateId,
    classId,
  }));
  const running = await store.work.list({ states: ['running'], kind: 'compress' });
  const compressing = running.flatMap(({ input }) => {
    const { owner } = parseWorkInput(input);
    return owner.kind === 'sweep' && owner.sweep === id && owner.candidate !== undefined ? [owner.candidate as CandidateId] : [];
  });
  return viewSweep(state, { number: row?.number ?? 0, now: Date.now(), measuring, compressing });
}

async function listRows(options: OperationsOptions): Promise<SweepRow[]> {
  const views = await Promise.all(options.sweeps.states().map(({ id }) => viewOf(options, id)));
  return views
    .map(({ id, number, name, state, model, dataset, progress }) => ({
      id,
      number,
      name,
      state,
      model: model.name,
      dataset: dataset.name,
      done: progress.measured + progress.refused + progress.failed,
      total: progress.total,
      startedAt: progress.startedAt,
      endedAt: progress.endedAt,
    }))
    .sort((a, b) => b.number - a.number);
}

async function viewDevices({ store, devices, present }: OperationsOptions): Promise<DeviceView[]> {
  const here = new Set(present());
  const classes = new Map((await store.deviceClasses.list()).map((row) => [row.id, row]));
  const jobs = await store.jobs.list({ states: ['done'] });
  const measured = new Map<DeviceId, number>();
  for (const job of jobs) {
    const done = (await store.jobs.attemptsOf(job.id)).find((each) => each.state === 'done');
    if (done) measured.set(done.deviceId, (measured.get(done.deviceId) ?? 0) + 1);
  }
  const rows = await store.devices.list();
  return Promise.all(
    rows.map(async (row): Promise<DeviceView> => {
      const facts = row.facts as DeviceFacts;
      const deviceClass = row.classId && classes.get(row.classId);
      return {
        id: row.id,
        name: row.name,
        classId: (row.classId ?? '') as DeviceView['classId'],
        classLabel: deviceClass ? (deviceClass.document as DeviceClass).label : '',
        position: deviceClass ? deviceClass.position : 0,
        state: row.state,
        online: here.has(row.id),
        lastSeenAt: row.lastSeenAt,
        words: await joinWords(keyFrom(row.publicKey).spki),
        doing: doingOf(row, { devices, online: here.has(row.id) }),
        facts: { ...facts },
        measured: measured.get(row.id) ?? 0,
      };
    }),
  );
}

function doingOf(row: DeviceRow, { devices, online }: { devices: DeviceDesk; online: boolean }): DoingView {
  const now = devices.doing(row.id);
  if (now)
    return {
      kind: 'measuring',
      sweep: now.job.sweepId,
      candidate: now.job.candidateId,
      phase: PHASES[now.phase] ?? 'starting',
      done: now.done,
    };
  if (row.state === 'pending') return { kind: 'idle', why: 'waits for approval' };
  if (row.state === 'revoked') return { kind: 'idle', why: 'revoked' };
  return { kind: 'idle', why: online ? devices.waitingFor(row.id) : 'offline' };
}

const PHASES: Readonly<Record<number, string>> = {
  [Phase.PHASE_FETCH]: 'fetching',
  [Phase.PHASE_LOAD]: 'loading',
  [Phase.PHASE_WARM_UP]: 'warming up',
  [Phase.PHASE_TIME]: 'timing',
  [Phase.PHASE_CLASSIFY]: 'classifying',
  [Phase.PHASE_REPORT]: 'reporting',
};
