import { FleetError, type Log, silent } from '@fleetfit/core';
import { type ConnectionOptions, errors, jwtAuthenticator, type NatsConnection } from '@nats-io/nats-core';

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
  readonly log?: Log;
}

/**
 * Connects once, or says why not; from then on reconnects for ever and keeps its subscriptions, whatever happens to the server.
 * @throws FleetError `unavailable` (no server there), `unauthenticated` (it refuses the login)
 */
export async function openConnection(options: OpenConnectionOptions): Promise<NatsConnection> {
  const { connect, url, login, name, inbox, log = silent } = options;
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
      reconnectDelayHandler: reconnectDelay(),
      pingInterval: 10_000,
      maxPingOut: 2,
      timeout: 10_000,
    });
    void tell(connection, name, log);
    return connection;
  } catch (cause) {
    throw cannotConnect(url, cause);
  }
}

// The client gives no attempt number, so the delay is even: a whole fleet that lost its server must not come back in one moment.
function reconnectDelay(): () => number {
  return () => 250 + Math.random() * 750;
}

async function tell(connection: NatsConnection, name: string, log: Log): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') log.warn('lost the message server', { name });
    if (status.type === 'reconnect') log.info('back on the message server', { name });
    if (status.type === 'error') log.warn('the message server complains', { name, why: status.error.message });
  }
}

function cannotConnect(url: string, cause: unknown): FleetError {
  const refused = cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError;
  if (refused) return new FleetError('unauthenticated', `Cannot connect to ${url}: the server refuses these credentials`, { cause });
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FleetError('unavailable', `Cannot connect to ${url}: ${why}`, { cause, next: 'check that nats-server runs there' });
}
