import { FleetError, type Log, silent } from '@fleetfit/core';
import {
  AuthorizationError,
  type ConnectionOptions,
  jwtAuthenticator,
  type NatsConnection,
  UserAuthenticationExpiredError,
} from '@nats-io/nats-core';
import { pause } from './pause.ts';

/** How this platform dials: `connect` of `@nats-io/transport-node`, or `wsconnect` in a browser. */
export type ConnectFunction = (options: ConnectionOptions) => Promise<NatsConnection>;

/** A user of an account: who it is, and the key that proves it. Plain text, so that it travels in a file or an environment variable. */
export interface NatsLogin {
  readonly jwt: string;
  /** Seed of the user's nkey: a secret. */
  readonly seed: string;
}

export interface OpenConnectionOptions {
  readonly connect: ConnectFunction;
  /** `nats://host:port`, `tls://…`, or `ws(s)://…` where `connect` is `wsconnect`. */
  readonly url: string;
  /** Read again at every attempt to connect, so that a renewed login is used as soon as it is there. */
  readonly login: () => NatsLogin;
  /** Shown in the server's monitoring. */
  readonly name: string;
  /** Where answers come back to; default `_INBOX`. */
  readonly inbox?: string;
  /** Told each time the server refuses or ends the login, after the first connection. */
  readonly onRefused?: (why: string) => void;
  readonly log?: Log;
}

/**
 * Connects once, or says why not; from then on reconnects for ever and keeps its subscriptions, whatever happens to the server.
 * @throws FleetError `unavailable` (no server there), `unauthenticated` (it refuses the login)
 */
export async function openConnection(options: OpenConnectionOptions): Promise<NatsConnection> {
  const { connect, url, login, name, inbox, onRefused, log = silent } = options;
  try {
    const connection = await connect({
      servers: url,
      name,
      ...(inbox === undefined ? {} : { inboxPrefix: inbox }),
      authenticator: jwtAuthenticator(
        () => login().jwt,
        () => new TextEncoder().encode(login().seed),
      ),
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      ignoreClusterUpdates: true,
      reconnectDelayHandler: reconnectDelay,
      pingInterval: 10_000,
      maxPingOut: 2,
      timeout: 10_000,
      noAsyncTraces: true,
    });
    lostSignals.set(connection, new AbortController());
    void follow(connection, { name, log, ...(onRefused ? { onRefused } : {}) });
    return connection;
  } catch (cause) {
    throw cannotConnect(url, cause);
  }
}

// The client leaves a request open when its connection breaks, though the answer may be gone: who asks wants to know at once.
const lostSignals = new WeakMap<NatsConnection, AbortController>();
const neverLost = new AbortController().signal;

/** Aborts when the connection breaks; aborted already while it is broken. */
export function lostSignal(connection: NatsConnection): AbortSignal {
  return lostSignals.get(connection)?.signal ?? neverLost;
}

const waitingForReturn = new WeakMap<NatsConnection, Set<() => void>>();

/** Connects anew and waits until it is back, so that what is asked next travels on the new connection; five seconds at most, since the server may be away. */
export async function reconnectNow(connection: NatsConnection): Promise<void> {
  const waiting = waitingForReturn.get(connection) ?? new Set();
  waitingForReturn.set(connection, waiting);
  const enough = new AbortController();
  const tell = (): void => enough.abort();
  waiting.add(tell);
  try {
    await connection.reconnect();
    await pause(5_000, enough.signal);
  } finally {
    waiting.delete(tell);
  }
}

// A whole fleet that lost its server must not come back in one moment.
function reconnectDelay(): number {
  return 250 + Math.random() * 750;
}

async function follow(
  connection: NatsConnection,
  { name, log, onRefused }: { readonly name: string; readonly log: Log; readonly onRefused?: (why: string) => void },
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') {
      lostSignals.get(connection)?.abort();
      log.warn('lost the message server', { name });
    }
    if (status.type === 'reconnect') {
      lostSignals.set(connection, new AbortController());
      for (const tell of waitingForReturn.get(connection) ?? []) tell();
      log.info('back on the message server', { name });
    }
    if (status.type !== 'error') continue;
    log.warn('the message server complains', { name, why: status.error.message });
    if (isRefusal(status.error)) onRefused?.(status.error.message);
  }
}

function cannotConnect(url: string, cause: unknown): FleetError {
  if (isRefusal(cause))
    return new FleetError('unauthenticated', `Cannot connect to ${url}: the server refuses these credentials`, { cause });
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FleetError('unavailable', `Cannot connect to ${url}: ${why}`, { cause, next: 'check that nats-server runs there' });
}

const isRefusal = (error: unknown): boolean => error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError;
