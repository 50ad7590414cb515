import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BlobStore, blobHandler, openBlobStore } from '@fleetfit/artifacts';
import { deviceId, FleetError, milliseconds, silent } from '@fleetfit/core';
import { findNatsServer, startNatsServer } from '@fleetfit/host';
import { type DeviceHandlers, openConnection, serveDevices } from '@fleetfit/messaging';
import { coordinatorLogins, makeDeviceMinter, makeOperatorKeys, serverConfig } from '@fleetfit/messaging/operator';
import {
  ChannelOrder,
  DeviceState,
  type Heartbeat,
  type ImagePack,
  type Job,
  JobPurpose,
  joinStatement,
  Layout,
  type OpenSessionRequest,
  type PublicKey,
  type Release,
  type Report,
  sessionStatement,
  Verdict,
} from '@fleetfit/protocol';
import { type EnrollmentHandlers, makeBearerKey, type ReportHandlers, serveRpc, signBearer, verifyBearer } from '@fleetfit/rpc';
import { pixelModel } from '@fleetfit/runtime/testing';
import { connect } from '@nats-io/transport-node';

const LAPSE_MS = 15_000;
const TOKEN = 'a-token-of-this-test';

/** A small coordinator on the real parts: nats-server, gRPC, HTTP. What it stores, it keeps in memory. */
export interface TestFleet {
  readonly folder: string;
  readonly link: string;
  /** Attempts that are leased next, each with the test's job. */
  readonly leases: string[];
  state: DeviceState;
  /** How long sessions live. */
  sessionMs: number;
  sessions: number;
  readonly reports: Report[];
  readonly beats: Heartbeat[];
  readonly releases: Release[];
  /** Reports are refused as if the coordinator were away. */
  reportsFail: boolean;
  close(): Promise<void>;
}

export async function startTestFleet(): Promise<TestFleet> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetfit-camera-'));
  const fleet: Omit<TestFleet, 'link' | 'close'> = {
    folder,
    leases: [],
    state: DeviceState.DEVICE_STATE_ACTIVE,
    sessionMs: 600_000,
    sessions: 0,
    reports: [],
    beats: [],
    releases: [],
    reportsFail: false,
  };
  const messages = await startMessages(join(folder, 'nats'));
  const blobs = await openBlobStore(join(folder, 'blobs'));
  const job = await makeJob(blobs);
  const bearerKey = await makeBearerKey();
  const authenticate = (bearer: string) => verifyBearer([bearerKey], bearer, milliseconds(Date.now()));
  const http = await listen(blobHandler(blobs, async (bearer) => void (await authenticate(bearer))));
  const grant = async ({ deviceId: id, natsUser }: OpenSessionRequest) => {
    const expiresAt = milliseconds(Date.now() + fleet.sessionMs);
    fleet.sessions++;
    return {
      state: fleet.state,
      natsUrl: messages.url,
      natsJwt: await messages.minter.mint({ device: deviceId(id), natsUser, expiresAt }),
      tensorsUrl: http.url,
      bearer: await signBearer(bearerKey, { device: deviceId(id), expiresAt }),
      expiresInMs: fleet.sessionMs,
      deviceClassId: 'class-1',
    };
  };
  const rpc = await serveRpc({
    address: '127.0.0.1:0',
    authenticate,
    services: { enrollment: enrollment(grant), report: takeReports(fleet) },
  });
  const connection = await messages.open();
  const door = serveDevices(connection, handleDevices(fleet, job));
  await connection.flush();
  return Object.assign(fleet, {
    link: `fleetfit://127.0.0.1:${rpc.port}/#${TOKEN}`,
    async close() {
      await door.close();
      await connection.close();
      await rpc.close();
      http.server.closeAllConnections();
      http.server.close();
      await messages.stop();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

async function startMessages(folder: string) {
  const signal = new AbortController().signal;
  const { path: bin } = await findNatsServer({ signal, log: silent, say: () => {} });
  const keys = makeOperatorKeys();
  const { text, folders } = await serverConfig(keys, { folder, host: '127.0.0.1', port: -1 });
  for (const each of folders) await mkdir(each, { recursive: true });
  const server = await startNatsServer({ bin, configText: text, folder: join(folder, 'process'), signal, log: silent });
  const [logins, minter] = await Promise.all([coordinatorLogins(keys), makeDeviceMinter(keys)]);
  const open = () => openConnection({ connect, url: server.url, login: () => logins.fleet, name: 'test' });
  return { url: server.url, minter, open, stop: () => server.stop() };
}

async function listen(handle: ReturnType<typeof blobHandler>): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function enrollment(grant: (request: OpenSessionRequest) => ReturnType<EnrollmentHandlers['openSession']>): EnrollmentHandlers {
  const nonces = new Set<string>();
  let key: PublicKey | undefined;
  let used = false;
  const spend = (nonce: Uint8Array): void => {
    if (!nonces.delete(Buffer.from(nonce).toString('hex'))) throw new FleetError('unauthenticated', 'the nonce is not good');
  };
  const proved = (statement: Uint8Array, signature: Uint8Array): boolean =>
    key !== undefined && verify(null, statement, createPublicKey({ key: Buffer.from(key.spki), type: 'spki', format: 'der' }), signature);
  return {
    async challenge() {
      const nonce = randomBytes(32);
      nonces.add(nonce.toString('hex'));
      return { nonce };
    },
    async join({ token, nonce, publicKey, signature, facts }) {
      spend(nonce);
      if (token !== TOKEN || used) throw new FleetError('denied', 'Cannot join: the token is unknown or used');
      key = publicKey;
      if (!publicKey || !proved(joinStatement(nonce, publicKey.spki), signature))
        throw new FleetError('unauthenticated', 'the signature is not good');
      if (facts?.runtime !== 'node' || facts.threads < 1) throw new FleetError('invalid', 'the facts are not good');
      used = true;
      return { deviceId: 'camera-1', state: DeviceState.DEVICE_STATE_PENDING, words: 'amber otter' };
    },
    async openSession(request) {
      spend(request.nonce);
      if (!proved(sessionStatement(request.nonce, request.natsUser), request.signature))
        throw new FleetError('unauthenticated', 'the signature is not good');
      return grant(request);
    },
  };
}

function takeReports(fleet: Pick<TestFleet, 'reports' | 'reportsFail'>): ReportHandlers {
  return {
    async report({ report }) {
      if (fleet.reportsFail) throw new FleetError('unavailable', 'the ledger is away');
      if (!report) throw new FleetError('invalid', 'there is no report');
      const known = fleet.reports.some(({ attemptId }) => attemptId === report.attemptId);
      fleet.reports.push(report);
      return { verdict: known ? Verdict.VERDICT_DUPLICATE : Verdict.VERDICT_ACCEPTED, reason: '' };
    },
  };
}

function handleDevices(fleet: Pick<TestFleet, 'leases' | 'beats' | 'releases'>, job: Job): DeviceHandlers {
  return {
    async lease(_device, _request, signal) {
      while (fleet.leases.length === 0 && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
      const attemptId = signal.aborted ? undefined : fleet.leases.shift();
      if (!attemptId) return { $case: 'noWork', value: { why: 'nothing', againInMs: 10 } };
      // A lease without any heartbeat lapses, also where its answer was lost on the way.
      const lapse = (): unknown => fleet.beats.some((beat) => beat.attemptId === attemptId) || fleet.leases.push(`${attemptId}-again`);
      setTimeout(lapse, LAPSE_MS).unref();
      return { $case: 'lease', value: { attemptId, fence: 1, job, ttlMs: LAPSE_MS, heartbeatMs: 100 } };
    },
    async heartbeat(_device, heartbeat) {
      fleet.beats.push(heartbeat);
      return { goOn: true, why: '' };
    },
    async release(_device, release) {
      fleet.releases.push(release);
      // As the ledger does: the job is free again, under another attempt.
      fleet.leases.push(`${release.attemptId}-again`);
    },
  };
}

/** Four images of two pixels; the weights shift the second class, so that the classes tell that they were used. */
async function makeJob(blobs: BlobStore): Promise<Job> {
  const weights = new Uint8Array(Float32Array.of(0, 0.5).buffer);
  const location = createHash('sha256').update(weights).digest('hex');
  const graph = await blobs.put(pixelModel([0, 0.5], location).graph);
  const tensor = await blobs.put(weights);
  const artifact = { graph, tensors: [tensor] };
  const pack: ImagePack = {
    blob: await blobs.put(Uint8Array.of(255, 0, 0, 255, 200, 100, 250, 10)),
    count: 4,
    height: 1,
    width: 2,
    channels: 1,
  };
  return {
    jobId: 'job-1',
    sweepId: 'sweep-1',
    candidateId: 'c001',
    deviceClassId: 'class-1',
    purpose: JobPurpose.JOB_PURPOSE_MEASURE,
    artifact,
    control: artifact,
    preparation: { input: 'x', layout: Layout.LAYOUT_NCHW, order: ChannelOrder.CHANNEL_ORDER_GREY, scale: 1 / 255, mean: [], std: [] },
    images: [pack],
    measure: { blocks: 6, blockMs: 60, warmUpMs: 100, precision: 0.02 },
    top: 2,
  };
}
