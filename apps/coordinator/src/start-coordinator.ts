import { hostname, networkInterfaces } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { openBlobStore } from '@fleetfit/artifacts';
import { compressionPasses, describeRecipe } from '@fleetfit/compress';
import { attemptId, type DeviceId, deviceId, FleetError, type Log, milliseconds } from '@fleetfit/core';
import { ExclusiveLock } from '@fleetfit/host';
import { controlDevice, openConnection, openWorkQueue, serveDevices } from '@fleetfit/messaging';
import { compressorLogin, coordinatorLogins, makeDeviceMinter, revokeDevice, watchDisconnects } from '@fleetfit/messaging/operator';
import { serveRpc, verifyBearer } from '@fleetfit/rpc';
import type { Recipe } from '@fleetfit/space';
import { openStore, type Store, type WorkRow } from '@fleetfit/store';
import { distil } from '@fleetfit/train';
import { connect } from '@nats-io/transport-node';
import { openCandidateDetails } from './candidate-detail.ts';
import { makeChanges } from './changes.ts';
import { type DataFolder, openDataFolder, readJson, writeSecretJson } from './data-folder.ts';
import { DeviceDesk } from './device-desk.ts';
import { serveTensors } from './device-listener.ts';
import { openTls, serveDeviceOrigin } from './device-origin.ts';
import { enrollment } from './enrollment.ts';
import { type Evaluations, openEvaluations } from './evaluate-original.ts';
import { openHostDesk } from './host-desk.ts';
import { type Keys, openKeys } from './keys.ts';
import { Library } from './library.ts';
import { openLibraryImages } from './library-images.ts';
import { type MessageServer, openMessageServer } from './message-server.ts';
import { makeOperations } from './operations.ts';
import { serveOperators } from './operator-listener.ts';
import { reportDesk } from './report-desk.ts';
import { requireFreePorts } from './require-free-ports.ts';
import { openSamplerDesk } from './sampler-desk.ts';
import { parseWorkInput } from './stored.ts';
import { SweepRunner } from './sweep-runner.ts';
import { openUploads } from './uploads.ts';
import { WorkDesk } from './work-desk.ts';

export interface CoordinatorOptions {
  /** Data folder: database, blobs, keys. One coordinator at a time. */
  readonly home: string;
  /** Of the dashboard and API; the doors for devices take the four after it. 0: the system chooses, and keeps to it at the next start. */
  readonly port: number;
  /** Address on which the doors for devices listen; the door for people stays on loopback. Off loopback those of cameras are not encrypted yet. */
  readonly listen: string;
  /** PostgreSQL instead of the embedded database. */
  readonly databaseUrl?: string | undefined;
  /** A certificate for the device origin, PEM files; without, the local authority of the data folder gives one. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
  /** The phone agent's static files. */
  readonly phoneAgent?: string | undefined;
  /** The dashboard's static files. */
  readonly dashboard?: string | undefined;
  readonly workers: { readonly database: () => Worker; readonly sampler: () => Worker };
  /** How long credentials of devices last. */
  readonly sessionMs?: number;
  /** Silence of a compressor after which its work goes to another. */
  readonly workSilenceMs?: number;
  readonly say: (sentence: string) => void;
  /** Has whoever started this process start an agent beside it. */
  readonly startAgentHere?: (threads: number) => void;
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
  /** The device origin, for browsers. */
  readonly phones: string;
}

export interface Coordinator {
  readonly addresses: Addresses;
  close(): Promise<void>;
}

const VERSION = '0.1.0';
const SESSION_MS = 30 * 60_000;
/** In the order of their ports. */
const DOORS = ['operator', 'rpc', 'tensors', 'nats', 'phones'] as const;
type Ports = Record<(typeof DOORS)[number], number>;
const LAPSE_EVERY_MS = 1_000;
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
  const foundations = await lay(options, onClose);
  const desks = await openDesks(options, foundations, onClose);
  const addresses = await openDoors(options, { ...foundations, ...desks }, onClose);
  writeSecretJson(foundations.folder.addresses, addresses);
  return addresses;
}

/** What everything stands on: the data folder and its lock, keys, database, blobs, the message server and our connections to it. */
async function lay(options: CoordinatorOptions, onClose: OnClose) {
  const { log, say, signal } = options;
  const folder = openDataFolder(options.home);
  const lockOf = (path: string) => ExclusiveLock.take({ path, what: `the data folder ${folder.root}` });
  const lock = lockOf(folder.lock);
  onClose(() => lock.release());
  const before = knownPorts(folder);
  const ports = Object.fromEntries(DOORS.map((door, i) => [door, options.port === 0 ? (before[door] ?? 0) : options.port + i])) as Ports;
  await requireFreePorts([
    { port: ports.operator, host: '127.0.0.1' },
    { port: ports.rpc, host: options.listen },
    { port: ports.tensors, host: options.listen },
    { port: ports.phones, host: options.listen },
  ]);
  const tls = await openTls(folder.tls, reachableAt(options.listen), options.certificate);
  const keys = await openKeys(folder);
  const embedded = { folder: folder.database, worker: options.workers.database, lock: lockOf };
  const store = await openStore(options.databaseUrl ? { url: options.databaseUrl } : embedded);
  onClose(() => store.close());
  const blobs = await openBlobStore(folder.blobs);
  const uploads = await openUploads(folder.uploads);
  const messages = await openMessageServer({
    keys: keys.operator,
    folder: folder.nats,
    host: options.listen,
    port: ports.nats,
    say,
    log,
    signal,
  });
  onClose(() => messages.close());
  const connections = await connectAll(messages, keys, log);
  onClose(() => connections.close());
  return { folder, ports, tls, keys, store, blobs, uploads, messages, connections, changes: makeChanges() };
}

type Foundations = Awaited<ReturnType<typeof lay>>;

/** Who decides and remembers: hosts, devices, work, sweeps, the library. Nothing is answered yet. */
async function openDesks(options: CoordinatorOptions, { connections, store, blobs, uploads, changes }: Foundations, onClose: OnClose) {
  const { log, signal, workSilenceMs } = options;
  const hosts = openHostDesk(changes);
  const queue = await openWorkQueue(connections.work, {
    log,
    ...(workSilenceMs !== undefined && { ackWait: milliseconds(workSilenceMs) }),
  });
  const sampler = openSamplerDesk(options.workers.sampler);
  onClose(() => sampler.close());
  // Desks tell of what is over; those that come later are reached through these.
  const later: { sweeps?: SweepRunner; library?: Library; evaluations?: Evaluations } = {};
  const devices = new DeviceDesk({ store, hosts, changes, log, onJobOver: async (job) => later.sweeps?.jobOver(job) });
  const onOver = async (row: WorkRow): Promise<void> => {
    const { owner } = parseWorkInput(row.input);
    if (owner.kind === 'sweep') await later.sweeps?.workOver(row);
    else if (owner.kind === 'evaluation') await later.evaluations?.workOver(row);
    else await later.library?.workOver(row);
  };
  const work = new WorkDesk({ store, queue, hosts, changes, log, signal, onOver });
  const describe = (recipe: Recipe): string => describeRecipe(recipe, [...compressionPasses, distil]);
  const withdrawn = (attempts: readonly { readonly id: string; readonly deviceId: string }[]): void => {
    for (const each of attempts) {
      const device = deviceId(each.deviceId);
      devices.freed(device, attemptId(each.id));
      controlDevice(connections.fleet, device, { $case: 'cancel', value: { attemptId: each.id, why: 'the sweep was cancelled' } });
    }
  };
  const sweeps = new SweepRunner({ store, work, sampler, changes, log, describe, onWithdrawn: withdrawn });
  const library = new Library({ store, work, changes, uploads });
  const images = openLibraryImages({ library, blobs });
  const details = openCandidateDetails({ store, blobs, images, describe });
  const evaluations = openEvaluations({ store, work, changes });
  Object.assign(later, { sweeps, library, evaluations });
  return { hosts, queue, devices, work, sweeps, library, images, details, evaluations };
}

type Everything = Foundations & Awaited<ReturnType<typeof openDesks>>;

/** Opens the doors, for devices first, then compressors, then people; what was under way before a restart goes on in between. */
async function openDoors(options: CoordinatorOptions, all: Everything, onClose: OnClose): Promise<Addresses> {
  const { log, signal } = options;
  const { store, blobs, changes, connections, devices, work, sweeps, library, hosts, ports } = all;
  const authenticate = async (bearer: string): Promise<DeviceId> =>
    activeDevice(store, await verifyBearer([all.keys.bearer], bearer, milliseconds(Date.now())));
  const host = reachableAt(options.listen);
  const tensors = await serveTensors({ port: ports.tensors, host: options.listen, blobs, authenticate, log });
  onClose(() => tensors.close());
  const tensorsUrl = `http://${host}:${tensors.port}`;
  const rpc = await serveRpc({
    address: `${options.listen}:${ports.rpc}`,
    services: await services(options, all, { tensors: () => tensorsUrl, phones: () => phones.url }),
    authenticate,
    log,
  });
  onClose(() => rpc.close());
  const phones = await serveDeviceOrigin({
    port: ports.phones,
    listen: options.listen,
    tls: all.tls,
    phoneAgent: options.phoneAgent,
    rpc: rpc.web,
    blobs,
    authenticate,
    websocketPort: all.messages.websocketPort,
    log,
  });
  onClose(() => phones.close());
  await devices.restore();
  const door = serveDevices(connections.fleet, devices, { log, onPresence: () => changes.tell('devices') });
  onClose(() => door.close());
  onClose(watchDisconnects(connections.system, all.keys.operator, { onGone: (device) => door.gone(device), log }));
  onClose(all.queue.serve(work));
  const login = await compressorLogin(all.keys.operator, 'compressor');
  writeSecretJson(all.folder.compressor, { natsUrl: all.messages.url, login, blobsFolder: all.folder.blobs });
  await library.restore();
  await sweeps.start();
  onClose(keepHouse({ devices, work, hosts, log, signal, workSilenceMs: options.workSilenceMs ?? 45_000 }));
  const rpcAddress = `${host}:${rpc.port}`;
  const operations = operationsOf(options, all, { present: () => door.present(), rpcAddress, phonesUrl: phones.url });
  const operator = await serveOperators({
    port: ports.operator,
    context: { operations },
    sweeps,
    blobs,
    uploads: all.uploads,
    images: all.images,
    dashboard: options.dashboard,
    log,
  });
  onClose(() => operator.close());
  return {
    pid: process.pid,
    operator: `http://localhost:${operator.port}`,
    rpc: rpcAddress,
    tensors: tensorsUrl,
    nats: all.messages.url,
    phones: phones.url,
  };
}

async function services(
  options: CoordinatorOptions,
  { store, keys, changes, messages, devices, sweeps }: Everything,
  urls: { tensors: () => string; phones: () => string },
) {
  return {
    enrollment: enrollment({
      store,
      minter: await makeDeviceMinter(keys.operator),
      bearerKey: keys.bearer,
      changes,
      natsUrl: () => messages.url.replace('127.0.0.1', reachableAt(options.listen)),
      tensorsUrl: urls.tensors,
      phonesUrl: urls.phones,
      sessionMs: options.sessionMs ?? SESSION_MS,
    }),
    report: reportDesk({ store, devices, changes, log: options.log, onJobOver: (job) => sweeps.jobOver(job) }),
  };
}

function operationsOf(
  options: CoordinatorOptions,
  {
    store,
    library,
    images,
    details,
    uploads,
    sweeps,
    evaluations,
    devices,
    changes,
    work,
    messages,
    folder,
    connections,
    keys,
    tls,
  }: Everything,
  { present, rpcAddress, phonesUrl }: { present: () => readonly DeviceId[]; rpcAddress: string; phonesUrl: string },
) {
  const startedAt = Date.now();
  const storeName = options.databaseUrl ? 'PostgreSQL' : `PGlite in ${folder.database}`;
  return makeOperations({
    store,
    library,
    images,
    details,
    uploads,
    sweeps,
    evaluations,
    devices,
    changes,
    health: async () => ({
      version: VERSION,
      startedAt,
      store: storeName,
      natsVersion: messages.version,
      compressors: await work.compressors(),
    }),
    present,
    deviceAddress: () => rpcAddress,
    phoneDoor: () => ({ origin: phonesUrl, fingerprint: tls.authority?.fingerprint }),
    startAgentHere: options.startAgentHere,
    endSessions: inTurn(async (device) => {
      const longestLife = milliseconds(options.sessionMs ?? SESSION_MS);
      await revokeDevice(connections.system, keys.operator, { device, natsUsers: [], now: milliseconds(Date.now()), longestLife });
    }),
  });
}

/** One after another: the list of revocations is read, changed and written as a whole. */
function inTurn(run: (device: DeviceId) => Promise<void>): (device: DeviceId) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (device) => {
    const turn = last.then(() => run(device));
    last = turn.catch(() => {});
    return turn;
  };
}

async function activeDevice(store: Store, id: DeviceId): Promise<DeviceId> {
  const device = await store.devices.get(id);
  if (device?.state !== 'active') throw new FleetError('denied', `Cannot accept device ${id}: it is ${device?.state ?? 'unknown'}`);
  return id;
}

async function connectAll({ url, next }: MessageServer, keys: Keys, log: Log) {
  const logins = await coordinatorLogins(keys.operator);
  const open = (name: string, login: (typeof logins)['fleet']) => openConnection({ connect, url, login: () => login, name, log });
  const [system, work, fleet] = await Promise.all([
    open('coordinator system', logins.system),
    open('coordinator work', logins.coordinator),
    open('coordinator fleet', logins.fleet),
  ]).catch((thrown: unknown) => {
    if (next === undefined || !(thrown instanceof FleetError)) throw thrown;
    throw new FleetError(thrown.code, thrown.message, { cause: thrown, next });
  });
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

/** What other machines call this one: the address that is listened on, or our own where that is all of them. */
function reachableAt(listen: string): string {
  if (listen !== '0.0.0.0' && listen !== '::') return listen;
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return own.find((each) => each.family === 'IPv4' && !each.internal)?.address ?? hostname();
}

/** Ports of the last start, to keep to them. */
function knownPorts(folder: DataFolder): Partial<Ports> {
  const known = readJson(folder.addresses);
  if (typeof known !== 'object' || known === null) return {};
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, address]) => {
      const port = typeof address === 'string' ? Number(/:(\d+)$/.exec(address)?.[1]) : Number.NaN;
      return Number.isInteger(port) ? [[name, port]] : [];
    }),
  );
}
