import type { Worker } from 'node:worker_threads';
import { openBlobStore } from '@fleetfit/artifacts';
import { compressionPasses, describeRecipe } from '@fleetfit/compress';
import { attemptId, type DeviceId, deviceId, FleetError, type Log, milliseconds } from '@fleetfit/core';
import { ExclusiveLock } from '@fleetfit/host';
import { controlDevice, openConnection, openWorkQueue, serveDevices } from '@fleetfit/messaging';
import { compressorLogin, coordinatorLogins, makeDeviceMinter, revokeDevice } from '@fleetfit/messaging/operator';
import { serveRpc, verifyBearer } from '@fleetfit/rpc';
import { openStore, type Store } from '@fleetfit/store';
import { connect } from '@nats-io/transport-node';
import { makeChanges } from './changes.ts';
import { type DataFolder, openDataFolder, readJson, writeSecretJson } from './data-folder.ts';
import { openDeviceDesk } from './device-desk.ts';
import { serveTensors } from './device-listener.ts';
import { enrollment } from './enrollment.ts';
import { openHostDesk } from './host-desk.ts';
import { type Keys, openKeys } from './keys.ts';
import { type Library, openLibrary } from './library.ts';
import { openMessageServer } from './message-server.ts';
import { makeOperations } from './operations.ts';
import { serveOperators } from './operator-listener.ts';
import { reportDesk } from './report-desk.ts';
import { openSamplerDesk } from './sampler-desk.ts';
import { parseWorkInput } from './stored.ts';
import { SweepRunner } from './sweep-runner.ts';
import { openWorkDesk, type WorkDesk } from './work-desk.ts';

export interface CoordinatorOptions {
  /** Data folder: database, blobs, keys. One coordinator at a time. */
  readonly home: string;
  /** Of the dashboard and API; the doors for devices take the three after it. 0: the system chooses, and keeps to it at the next start. */
  readonly port: number;
  /** PostgreSQL instead of the embedded database. */
  readonly databaseUrl?: string | undefined;
  /** The dashboard's static files. */
  readonly dashboard?: string | undefined;
  readonly workers: { readonly database: () => Worker; readonly sampler: () => Worker };
  /** How long credentials of devices last. */
  readonly sessionMs?: number;
  /** Silence of a compressor after which its work goes to another. */
  readonly workSilenceMs?: number;
  readonly say: (sentence: string) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Where a running coordinator is reached; also written to `addresses.json` in its data folder. */
export interface Addresses {
  readonly pid: number;
  readonly operator: string;
  readonly rpc: string;
  readonly tensors: string;
  readonly nats: string;
}

export interface Coordinator {
  readonly addresses: Addresses;
  close(): Promise<void>;
}

const VERSION = '0.1.0';
const LAPSE_EVERY_MS = 500;
const RECONCILE_EVERY_MS = 5_000;

/** Starts everything in order and wires it; what was started is stopped again when a later step fails. */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next; next = closers.pop()) await next();
  };
  try {
    const addresses = await wire(options, (closer) => closers.push(closer));
    return { addresses, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

type OnClose = (closer: () => Promise<void> | void) => void;

async function wire(options: CoordinatorOptions, onClose: OnClose): Promise<Addresses> {
  const { log, say, signal } = options;
  const folder = openDataFolder(options.home);
  const lockOf = (path: string) => ExclusiveLock.take({ path, what: `the data folder ${folder.root}` });
  const lock = lockOf(folder.lock);
  onClose(() => lock.release());
  const before = knownPorts(folder);
  const keys = await openKeys(folder);
  const store = await openStore(
    options.databaseUrl ? { url: options.databaseUrl } : { folder: folder.database, worker: options.workers.database, lock: lockOf },
  );
  onClose(() => store.close());
  const blobs = await openBlobStore(folder.blobs);
  const natsPort = options.port === 0 ? (before.nats ?? 0) : options.port + 3;
  const messages = await openMessageServer({ keys: keys.operator, folder: folder.nats, port: natsPort, say, log, signal });
  onClose(() => messages.close());

  const connections = await connectAll(messages.url, keys, log);
  onClose(() => connections.close());
  const changes = makeChanges();
  const hosts = openHostDesk(changes);
  const queue = await openWorkQueue(connections.work, {
    log,
    ...(options.workSilenceMs !== undefined && { ackWait: milliseconds(options.workSilenceMs) }),
  });
  const sampler = openSamplerDesk(options.workers.sampler);
  onClose(() => sampler.close());

  // Desks tell each other of what is over; the two that come later are reached through these.
  const later: { sweeps?: SweepRunner; library?: Library } = {};
  const devices = openDeviceDesk({ store, hosts, changes, log, onJobOver: async (job) => later.sweeps?.jobOver(job) });
  const work = openWorkDesk({
    store,
    queue,
    hosts,
    changes,
    log,
    signal,
    onOver: async (row) => {
      const { owner } = parseWorkInput(row.input);
      if (owner.kind === 'sweep') await later.sweeps?.workOver(row);
      else await later.library?.workOver(row);
    },
  });
  const sweeps = new SweepRunner({
    store,
    work,
    sampler,
    changes,
    log,
    describe: (recipe) => describeRecipe(recipe, compressionPasses),
    onWithdrawn: (attempts) => {
      for (const each of attempts) {
        const device = deviceId(each.deviceId);
        devices.freed(device, attemptId(each.id));
        controlDevice(connections.fleet, device, { $case: 'cancel', value: { attemptId: each.id, why: 'the sweep was cancelled' } });
      }
    },
  });
  const library = openLibrary({ store, work, changes });
  Object.assign(later, { sweeps, library });

  const authenticate = async (bearer: string): Promise<DeviceId> =>
    activeDevice(store, await verifyBearer([keys.bearer], bearer, milliseconds(Date.now())));
  const host = '127.0.0.1';
  const tensors = await serveTensors({
    port: options.port === 0 ? (before.tensors ?? 0) : options.port + 2,
    host,
    blobs,
    authenticate,
    log,
  });
  onClose(() => tensors.close());
  const minter = await makeDeviceMinter(keys.operator);
  const sessionMs = options.sessionMs ?? 30 * 60_000;
  const rpc = await serveRpc({
    address: `${host}:${options.port === 0 ? (before.rpc ?? 0) : options.port + 1}`,
    services: {
      enrollment: enrollment({
        store,
        minter,
        bearerKey: keys.bearer,
        changes,
        natsUrl: () => messages.url,
        tensorsUrl: () => `http://${host}:${tensors.port}`,
        sessionMs,
      }),
      report: reportDesk({ store, devices, changes, log, onJobOver: (job) => sweeps.jobOver(job) }),
    },
    authenticate,
    log,
  });
  onClose(() => rpc.close());

  await devices.restore();
  const door = serveDevices(connections.fleet, devices.handlers, { log, onPresence: () => changes.tell('devices') });
  onClose(() => door.close());
  onClose(queue.serve(work.handlers));
  writeSecretJson(folder.compressor, {
    natsUrl: messages.url,
    login: await compressorLogin(keys.operator, 'compressor'),
    blobsFolder: folder.blobs,
  });

  const startedAt = Date.now();
  const operations = makeOperations({
    store,
    library,
    sweeps,
    devices,
    changes,
    health: () => ({
      version: VERSION,
      startedAt,
      store: options.databaseUrl ? 'PostgreSQL' : `PGlite in ${folder.database}`,
      natsVersion: messages.version,
      compressors: work.compressors(),
    }),
    present: () => door.present(),
    deviceAddress: () => `${host}:${rpc.port}`,
    endSessions: async (device) => {
      await revokeDevice(connections.system, keys.operator, {
        device,
        natsUsers: [],
        now: milliseconds(Date.now()),
        longestLife: milliseconds(sessionMs),
      });
    },
  });
  await library.restore();
  await sweeps.start();
  onClose(keepHouse({ devices, work, hosts, log, signal, workSilenceMs: options.workSilenceMs ?? 45_000 }));
  const operator = await serveOperators({
    port: options.port === 0 ? (before.operator ?? 0) : options.port,
    context: { operations },
    sweeps,
    blobs,
    dashboard: options.dashboard,
    log,
  });
  onClose(() => operator.close());
  const addresses = {
    pid: process.pid,
    operator: `http://localhost:${operator.port}`,
    rpc: `${host}:${rpc.port}`,
    tensors: `http://${host}:${tensors.port}`,
    nats: messages.url,
  };
  writeSecretJson(folder.addresses, addresses);
  return addresses;
}

async function activeDevice(store: Store, id: DeviceId): Promise<DeviceId> {
  const device = await store.devices.get(id);
  if (device?.state !== 'active') throw new FleetError('denied', `Cannot accept device ${id}: it is ${device?.state ?? 'unknown'}`);
  return id;
}

async function connectAll(url: string, keys: Keys, log: Log) {
  const logins = await coordinatorLogins(keys.operator);
  const open = (name: string, login: (typeof logins)['fleet']) => openConnection({ connect, url, login: () => login, name, log });
  const [system, work, fleet] = await Promise.all([
    open('coordinator system', logins.system),
    open('coordinator work', logins.coordinator),
    open('coordinator fleet', logins.fleet),
  ]);
  return {
    system,
    work,
    fleet,
    close: async () => {
      await Promise.all([system.close(), work.close(), fleet.close()]);
    },
  };
}

/** What is done again and again: lost attempts end, silent compressors lose their claim, lost work is published again. */
function keepHouse(of: {
  readonly devices: { lapse(): Promise<void> };
  readonly work: WorkDesk;
  readonly hosts: { dropSilentWork(silentMs: number): void };
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly workSilenceMs: number;
}): () => void {
  const guarded = (what: string, run: () => Promise<void>) => () => {
    void run().catch((thrown: unknown) =>
      of.log.warn(`${what} has to wait`, { why: thrown instanceof Error ? thrown.message : String(thrown) }),
    );
  };
  const timers = [
    setInterval(
      guarded('ending lost attempts', async () => {
        of.hosts.dropSilentWork(of.workSilenceMs);
        await of.devices.lapse();
      }),
      LAPSE_EVERY_MS,
    ),
    setInterval(
      guarded('comparing the queue with the ledger', () => of.work.reconcile(of.signal)),
      RECONCILE_EVERY_MS,
    ),
  ];
  return () => {
    for (const each of timers) clearInterval(each);
  };
}

/** Ports of the last start, to keep to them. */
function knownPorts(folder: DataFolder): Partial<Record<'operator' | 'rpc' | 'tensors' | 'nats', number>> {
  const known = readJson(folder.addresses);
  if (typeof known !== 'object' || known === null) return {};
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, address]) => {
      const port = typeof address === 'string' ? Number(/:(\d+)$/.exec(address)?.[1]) : Number.NaN;
      return Number.isInteger(port) ? [[name, port]] : [];
    }),
  );
}
