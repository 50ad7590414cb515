import { randomBytes } from 'node:crypto';
import { type Operations, qrCode } from '@fleetfit/api';
import { type DeviceClass, type DeviceId, FleetError } from '@fleetfit/core';
import { joinWords, makeJoinCode, readJoinCode } from '@fleetfit/fleet';
import { hostFacts } from '@fleetfit/host';
import { type DeviceFacts, Phase } from '@fleetfit/protocol';
import type { DeviceRow, Store } from '@fleetfit/store';
import type { DeviceView, DoingView } from '@fleetfit/sweep';
import { type Changes, follow } from './changes.ts';
import type { DeviceDesk } from './device-desk.ts';
import { keyFrom, tokenHash } from './enrollment.ts';

export interface DeviceOperationsOptions {
  readonly store: Store;
  readonly changes: Changes;
  readonly devices: DeviceDesk;
  readonly present: () => readonly DeviceId[];
  /** `host:port` of the door for devices. */
  readonly deviceAddress: () => string;
  /** Of the device origin: its URL, and the fingerprint of the local authority that signed its certificate. */
  readonly phoneDoor: () => { readonly origin: string; readonly fingerprint: string | undefined };
  /** Has whoever started this process start an agent beside it; undefined where nobody would. */
  readonly startAgentHere: ((threads: number) => void) | undefined;
  /** Ends the sessions of a device on the message server. */
  readonly endSessions: (device: DeviceId) => Promise<void>;
}

type DeviceOperations = Pick<
  Operations,
  | 'listDevices'
  | 'watchDevices'
  | 'inviteDevice'
  | 'approveDevice'
  | 'revokeDevice'
  | 'renameDevice'
  | 'useThisComputer'
  | 'tagDevice'
  | 'pauseDevice'
  | 'resumeDevice'
>;

/** What people can ask of the devices: to see them, to let them in and out, to name them. */
export function deviceOperations(options: DeviceOperationsOptions): DeviceOperations {
  const { store, changes } = options;
  const now = (): number => Date.now();
  const wordsOf = rememberedWords();
  const listDevices = async (): Promise<DeviceView[]> => viewDevices(options, wordsOf);
  return {
    listDevices,
    watchDevices: (signal) => follow(changes, 'devices', { signal, make: listDevices }),
    async inviteDevice({ uses, minutes, autoApprove, tags }) {
      const token = randomBytes(16).toString('base64url');
      const code = makeJoinCode(randomBytes(8));
      const expiresAt = now() + minutes * 60_000;
      const secrets = { hash: tokenHash(token), codeHash: tokenHash(readJoinCode(code)) };
      await store.joinTokens.prune(now());
      await store.joinTokens.insert({ ...secrets, expiresAt, usesLeft: uses, autoApprove, tags, createdAt: now() });
      const { origin, fingerprint } = options.phoneDoor();
      const phoneLink = `${origin}/j#${token}${fingerprint === undefined ? '' : `.${fingerprint}`}`;
      return { link: `fleetfit://${options.deviceAddress()}/#${token}`, phoneLink, code, qr: qrCode(phoneLink), expiresAt };
    },
    async approveDevice(id) {
      const device = await known(store, id);
      if (device.state === 'revoked')
        throw new FleetError('denied', `Cannot approve device ${id}: it was revoked`, {
          next: "remove the agent's folder on the device, then fleetfit join LINK",
        });
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
    useThisComputer: (threads) => useThisComputer(options, threads),
    async renameDevice(id, name) {
      await known(store, id);
      await store.devices.update(id, { name });
      changes.tell('devices');
    },
    async tagDevice(id, tags) {
      await known(store, id);
      await store.devices.update(id, { tags: [...new Set(tags)].sort() });
      changes.tell('devices');
    },
    pauseDevice: (id) => setPaused(options, id, true),
    resumeDevice: (id) => setPaused(options, id, false),
  };
}

async function setPaused({ store, changes }: DeviceOperationsOptions, id: DeviceId, paused: boolean): Promise<void> {
  await known(store, id);
  await store.devices.update(id, { paused });
  changes.tell('devices');
  // Those that wait for work look again: this one may have some now, or none.
  changes.tell('jobs');
}

/** How long an agent may take to start, join and be heard. */
const ARRIVAL_MS = 45_000;

async function useThisComputer({ store, changes, present, startAgentHere }: DeviceOperationsOptions, threads: number): Promise<void> {
  if (!startAgentHere)
    throw new FleetError('unsupported', 'Cannot use this computer from here: the coordinator was not started by "fleetfit up"', {
      next: 'fleetfit device add --here',
    });
  const { hostId } = hostFacts();
  const isIn = async (): Promise<boolean> => {
    const here = new Set(present());
    const active = await store.devices.list({ state: 'active' });
    return active.some((each) => each.hostId === hostId && here.has(each.id) && (each.facts as DeviceFacts).threads === threads);
  };
  if (await isIn()) return;
  const news = changes.hear(['devices']);
  const end = Date.now() + ARRIVAL_MS;
  try {
    startAgentHere(threads);
    while (Date.now() < end) {
      await news.next({ signal: AbortSignal.timeout(end - Date.now() + 1), withinMs: 1_000 });
      if (await isIn()) return;
    }
  } finally {
    news.stop();
  }
  throw new FleetError('unavailable', 'Cannot use this computer: no agent came within 45 s', {
    next: 'read what "fleetfit up" says in its terminal',
  });
}

async function known(store: Store, id: DeviceId): Promise<DeviceRow> {
  const device = await store.devices.get(id);
  if (!device) throw new FleetError('not-found', `Cannot find device ${id}`, { next: 'list them with: fleetfit device list' });
  return device;
}

/** The words of a public key. They never change, and a view of a thousand devices is made several times a second. */
function rememberedWords(): (publicKey: string) => Promise<string> {
  const known = new Map<string, Promise<string>>();
  return (publicKey) => {
    const words = known.get(publicKey) ?? joinWords(keyFrom(publicKey).spki);
    known.set(publicKey, words);
    return words;
  };
}

type Words = ReturnType<typeof rememberedWords>;

async function viewDevices({ store, devices, present }: DeviceOperationsOptions, wordsOf: Words): Promise<DeviceView[]> {
  const here = new Set(present());
  const classes = new Map((await store.deviceClasses.list()).map((row) => [row.id, row]));
  const measured = await store.jobs.doneByDevice();
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
        words: await wordsOf(row.publicKey),
        doing: doingOf(row, { devices, online: here.has(row.id) }),
        tags: row.tags,
        paused: row.paused,
        joinedAt: row.createdAt,
        health: devices.log.health(row.id),
        reports: devices.log.reports(row.id),
        facts: { ...facts, isolated: facts.runtime !== 'web' || facts.isolated },
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
      // A device that has taken the job and has said nothing of it yet may be anywhere in it.
      phase: (now.done > 0 ? PHASES[now.phase] : undefined) ?? 'starting',
      done: now.done,
    };
  if (row.state === 'pending') return { kind: 'idle', why: 'waits for approval' };
  if (row.state === 'revoked') return { kind: 'idle', why: 'revoked' };
  if (row.paused) return { kind: 'idle', why: 'paused by an operator' };
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
