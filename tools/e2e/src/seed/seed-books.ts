import { generateKeyPairSync } from 'node:crypto';
import {
  attemptId,
  candidateId,
  type DeviceClassFacts,
  type DeviceId,
  deviceClassOf,
  deviceId,
  hostId,
  jobId,
  sweepId,
} from '@fleetfit/core';
import { KeyKind } from '@fleetfit/protocol';
import type { Constraints } from '@fleetfit/space';
import type { Store } from '@fleetfit/store';
import type { SweepEvent, SweepSetup } from '@fleetfit/sweep';
import { type SeededAttempt, type SeededClass, type SeedOptions, seededSweep } from './seeded-sweep.ts';

/** Devices and sweeps that never were, written into the books of a coordinator that does not run: for pictures, and to see how pages bear thousands. */
export interface Seed {
  readonly name: string;
  readonly candidates: number;
  readonly over: number;
  readonly images: number;
  /** Devices a class. */
  readonly devices: readonly [number, number, number];
  readonly everyMs: number;
  readonly finish: boolean;
  /** Where the books hold only so many attempts. */
  readonly mostAttempts?: number;
}

const CLASSES: readonly {
  readonly facts: Pick<DeviceClassFacts, 'cpu' | 'os' | 'arch' | 'runtime' | 'provider'>;
  readonly word: string;
  readonly originalMs: number;
  readonly int8: number;
  readonly limits: Constraints;
}[] = [
  {
    facts: { cpu: 'Raspberry Pi 5', os: 'Linux 6.6', arch: 'arm64', runtime: 'node', provider: 'cpu' },
    word: 'shelf',
    originalMs: 38.4,
    int8: 2.29,
    limits: { latencyMs: 20, accuracyDropPoints: 1 },
  },
  {
    facts: { cpu: 'x86 camera', os: 'Linux 6.1', arch: 'x64', runtime: 'node', provider: 'cpu' },
    word: 'door',
    originalMs: 15.2,
    int8: 2.29,
    limits: { latencyMs: 8, accuracyDropPoints: 1 },
  },
  {
    facts: { cpu: 'Pixel phone', os: 'Android 16', arch: 'arm64', runtime: 'web', provider: 'wasm' },
    word: 'pixel',
    originalMs: 46.8,
    int8: 0.78,
    limits: { latencyMs: 40, accuracyDropPoints: 1 },
  },
];

/** Writes one seeded sweep with its devices. `like` is a sweep that was run: its model and dataset stand in for the seeded ones. */
export async function seedBooks(store: Store, seed: Seed, like: SweepSetup): Promise<string> {
  const row = await store.sweeps.insert({
    id: (number) => sweepId(`s${number}`),
    definition: {},
    state: seed.finish ? 'done' : 'running',
    createdAt: Date.now(),
  });
  const classes: SeededClass[] = [];
  for (const [at, one] of CLASSES.entries()) classes.push(await seedClass(store, { prefix: row.id, count: seed.devices[at] ?? 1, ...one }));
  const spent = seed.everyMs * (seed.over + 2);
  const options: SeedOptions = {
    id: row.id,
    name: seed.name,
    setup: {
      model: like.model,
      dataset: { ...like.dataset, images: { calibration: 100, validation: seed.images, test: seed.images } },
      space: like.space,
    },
    classes,
    candidates: seed.candidates,
    over: seed.over,
    images: seed.images,
    startedAt: Date.now() - spent,
    everyMs: seed.everyMs,
    finish: seed.finish,
  };
  const { events, attempts } = seededSweep(options);
  await append(store, row.id, events);
  await seedAttempts(store, row.id, attempts.slice(-(seed.mostAttempts ?? attempts.length)));
  await store.sweeps.update(row.id, { state: seed.finish ? 'done' : 'running', ...(seed.finish && { endedAt: Date.now() }) });
  return row.id;
}

const EVENTS_AT_ONCE = 2_000;

async function append(store: Store, id: ReturnType<typeof sweepId>, events: readonly SweepEvent[]): Promise<void> {
  let seq = 0;
  for (let from = 0; from < events.length; from += EVENTS_AT_ONCE) {
    const some = events.slice(from, from + EVENTS_AT_ONCE).map(({ kind, at, ...body }) => ({ kind, at, body }));
    seq = await store.sweeps.append(id, seq, some);
  }
}

interface SeedClass {
  readonly prefix: string;
  readonly count: number;
  readonly facts: Pick<DeviceClassFacts, 'cpu' | 'os' | 'arch' | 'runtime' | 'provider'>;
  readonly word: string;
  readonly originalMs: number;
  readonly int8: number;
  readonly limits: Constraints;
}

async function seedClass(store: Store, { prefix, count, facts, word, ...rest }: SeedClass): Promise<SeededClass> {
  const whole = { ...facts, features: [], runtimeVersion: '1.30.0', threads: 1, isolated: true };
  const deviceClass = deviceClassOf(whole);
  const { position } = await store.deviceClasses.record(deviceClass.id, deviceClass);
  const devices: DeviceId[] = [];
  for (let at = 1; at <= count; at++) {
    const id = deviceId(`d-${prefix}-${word}-${at}`);
    const name = `${word}-${String(at).padStart(2, '0')}`;
    const said = { ...whole, hostId: `h-${id}`, name, memoryBytes: 8e9, agentVersion: '0.1.0' };
    await store.devices.insert({
      id,
      name,
      hostId: hostId(said.hostId),
      classId: deviceClass.id,
      facts: said,
      publicKey: publicKey(),
      state: 'active',
      createdAt: Date.now() - 86_400_000,
      lastSeenAt: Date.now() - 60_000,
      tags: [],
      paused: false,
    });
    devices.push(id);
  }
  return { id: deviceClass.id, label: deviceClass.label, position, devices, ...rest };
}

async function seedAttempts(store: Store, id: ReturnType<typeof sweepId>, attempts: readonly SeededAttempt[]): Promise<void> {
  const jobs = new Map(attempts.map((each) => [`${each.candidate} ${each.classId}`, each]));
  const nameOf = ({ candidate, classId }: SeededAttempt) => jobId(`${id}-${candidate}-${classId}-seeded`);
  await store.jobs.insert(
    [...jobs.values()].map((each) => ({
      id: nameOf(each),
      sweepId: id,
      candidateId: candidateId(each.candidate),
      classId: each.classId,
      priority: 0,
      body: {},
      notDevices: [],
      createdAt: each.leasedAt,
    })),
  );
  for (const [at, each] of attempts.entries()) {
    const attempt = attemptId(`${id}-seeded-${at}`);
    await store.jobs.lease({
      id: attempt,
      jobId: nameOf(each),
      deviceId: each.device,
      leasedAt: each.leasedAt,
      deadlineAt: each.leasedAt + 60_000,
      body: {},
    });
    if (each.endedAt === undefined) continue;
    await store.jobs.endAttempt(attempt, {
      state: each.failed ? 'lost' : 'done',
      endedAt: each.endedAt,
      job: each.failed ? 'ready' : 'done',
    });
  }
}

function publicKey(): string {
  const spki = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' });
  return `${KeyKind.KEY_KIND_ED25519}:${spki.toString('base64')}`;
}
