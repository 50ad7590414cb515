import { request as askSecurely } from 'node:https';
import { deviceId, hostId, milliseconds } from '@fleetfit/core';
import {
  type ConnectFunction,
  connectDevice,
  type DeviceLink,
  type LeaseAnswer,
  type LeaseWish,
  makeSessionKey,
  type SessionKey,
} from '@fleetfit/messaging';
import {
  type DeviceFacts,
  type JoinResponse,
  joinStatement,
  KeyKind,
  type OpenSessionResponse,
  type Report,
  type ReportResponse,
  sessionStatement,
} from '@fleetfit/protocol';
import { webEnrollmentClient, webReportClient } from '@fleetfit/rpc/web';
import { type ConnectionOptions, wsconnect } from '@nats-io/nats-core';
import { WebSocket } from 'ws';

/** What lets a phone in. */
export type Secret = { readonly token: string } | { readonly code: string };

/** What OpenSession gave, and the key that it gave it to. */
type Session = OpenSessionResponse & { readonly key: SessionKey };

/** A phone without a browser: it says to the device origin whatever a test wants it to say. */
export interface LonePhone {
  readonly joined: JoinResponse;
  /** Fresh credentials with its key. */
  openSession(): Promise<Session>;
  /** With the bearer of its last session. */
  report(report: Report): Promise<ReportResponse>;
  /** Connects as its last session says. */
  connect(): Promise<DeviceLink>;
}

const PHONE: DeviceFacts = {
  hostId: 'h-phone',
  name: 'phone',
  cpu: 'unknown',
  features: [],
  os: 'Android 16',
  arch: 'arm64',
  runtime: 'web',
  runtimeVersion: '1.30.0',
  provider: 'wasm',
  threads: 1,
  isolated: false,
  memoryBytes: 4e9,
  agentVersion: '0.1.0',
};

const soon = () => AbortSignal.timeout(20_000);
const KEY = { name: 'ECDSA', namedCurve: 'P-256' };

/** Joins over gRPC-Web with a key of its own that cannot be exported, as a browser has it. */
export async function joinAsPhone(origin: string, secret: Secret, facts: DeviceFacts = PHONE): Promise<LonePhone> {
  const enrolling = webEnrollmentClient(origin);
  const { privateKey, publicKey } = await crypto.subtle.generateKey(KEY, false, ['sign', 'verify']);
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey));
  const signed = async (statement: Uint8Array): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, Uint8Array.from(statement)));
  const { nonce } = await enrolling.challenge({}, soon());
  const key = { kind: KeyKind.KEY_KIND_P256, spki };
  const signature = await signed(joinStatement(nonce, spki));
  const joined = await enrolling.join({ token: '', ...secret, nonce, publicKey: key, signature, facts }, soon());
  const id = deviceId(joined.deviceId);
  let session: Session | undefined;
  const last = () => {
    if (!session) throw new Error('the phone has no session');
    return session;
  };
  return {
    joined,
    async openSession() {
      const { nonce: fresh } = await enrolling.challenge({}, soon());
      const user = makeSessionKey();
      const proof = await signed(sessionStatement(fresh, user.publicKey));
      const asked = { deviceId: id, nonce: fresh, signature: proof, natsUser: user.publicKey, facts };
      session = { ...(await enrolling.openSession(asked, soon())), key: user };
      return session;
    },
    report: (report) => webReportClient(origin, () => last().bearer).report({ report }, soon()),
    connect: () => connectDevice({ device: id, connect: webSocketFrom(origin), credentials: last }),
  };
}

/** Dials as a page of that origin does. */
export function webSocketFrom(origin: string, ca?: string): ConnectFunction {
  return (options) => {
    // The client's own type has no room for the factory that it looks for.
    const dialled: ConnectionOptions & { wsFactory: unknown } = {
      ...options,
      wsFactory: async (url: string) => ({ socket: new WebSocket(url, { origin, ...(ca && { ca }) }), encrypted: url.startsWith('wss:') }),
    };
    return wsconnect(dialled);
  };
}

/** Asks a phone's link for work and waits that long. */
export function askFor(link: DeviceLink, waitMs: number, more: Partial<LeaseWish> = {}): Promise<LeaseAnswer> {
  return link.lease({ hostId: hostId('h-phone'), freeMemoryBytes: 2 ** 30, poll: milliseconds(waitMs), ...more }, soon());
}

export interface Visit {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Asks over HTTPS, trusting that authority alone. */
export function visit(
  url: string,
  {
    ca,
    method = 'GET',
    headers = {},
    body,
  }: { ca: string; method?: string; headers?: Readonly<Record<string, string>>; body?: Uint8Array },
): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const request = askSecurely(url, { ca, method, headers, agent: false, servername: 'localhost' }, (response) => {
      let text = '';
      response.setEncoding('latin1').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    // An upgrade that is granted: the test wanted to know that.
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' });
    });
    request.on('error', reject).end(body);
  });
}
