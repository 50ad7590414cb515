import { type DeviceId, FleetError, type HostId, type Log, type Milliseconds, silent } from '@fleetfit/core';
import {
  Control,
  type DeviceHealth,
  decodeMessage,
  deviceSubjects,
  Heartbeat,
  HeartbeatResponse,
  LeaseRequest,
  LeaseResponse,
  PROTOCOL,
  Release,
  ReleaseResponse,
} from '@fleetfit/protocol';
import type { NatsConnection } from '@nats-io/nats-core';
import { createUser } from '@nats-io/nkeys';
import { ask } from './answer.ts';
import { type ConnectFunction, openConnection, reconnectNow } from './connection.ts';

/** A lease, no work for now, or turned away for good; each with its reason. */
export type LeaseAnswer = NonNullable<LeaseResponse['answer']>;

/** A key that lives in memory for one session; only `publicKey` leaves the device, in OpenSession. */
export interface SessionKey {
  /** Public nkey of a NATS user: `U…`. */
  readonly publicKey: string;
  readonly seed: string;
}

/** What OpenSession gave for a session key. */
export interface DeviceCredentials {
  readonly natsUrl: string;
  readonly natsJwt: string;
  readonly key: SessionKey;
}

export interface ConnectDeviceOptions {
  readonly device: DeviceId;
  readonly connect: ConnectFunction;
  /** The newest credentials: read at every attempt to connect, so keep them fresh and never wait in here. */
  readonly credentials: () => DeviceCredentials;
  /** Told each time the server refuses the credentials (expired or revoked): open a session again, or stop. */
  readonly onRefused?: (why: string) => void;
  readonly log?: Log;
  /** How long one request may take beside its poll. Default 10 s. */
  readonly answerWithin?: Milliseconds;
}

/** What a device can ask of its coordinator. Everything survives a restart of either side. */
export interface DeviceLink {
  /**
   * Asks for work and waits up to `poll`. A lease that arrives after `signal` has aborted is given back.
   * @throws FleetError `unavailable` while no coordinator answers, `cancelled`
   */
  lease(want: LeaseWish, signal: AbortSignal): Promise<LeaseAnswer>;
  /** @throws FleetError `unavailable`, `cancelled` */
  heartbeat(heartbeat: Heartbeat, signal: AbortSignal): Promise<HeartbeatResponse>;
  /** Gives a lease back; it does not count as an attempt. @throws FleetError `unavailable`, `cancelled` */
  release(release: Release, signal: AbortSignal): Promise<void>;
  /** Calls for every command of the coordinator; ends with the returned function. */
  onControl(take: (command: NonNullable<Control['command']>) => void): () => void;
  /** Connects anew with the newest credentials, and waits for it: after a renewal, at a moment without an open request. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

export interface LeaseWish {
  readonly hostId: HostId;
  readonly freeMemoryBytes: number;
  readonly poll: Milliseconds;
  /** How the device is, as far as it can tell. */
  readonly health?: DeviceHealth;
  /** Why it wants no work now. It is told of as here, and gets none. */
  readonly resting?: string;
}

/** A fresh nkey for one session. */
export function makeSessionKey(): SessionKey {
  const pair = createUser();
  return { publicKey: pair.getPublicKey(), seed: new TextDecoder().decode(pair.getSeed()) };
}

/**
 * Connects a device with credentials that allow nothing but its own subjects.
 * The first connection is made or refused at once; later ones are tried for ever.
 * @throws FleetError `unavailable`, `unauthenticated`
 */
export async function connectDevice(options: ConnectDeviceOptions): Promise<DeviceLink> {
  const { device, connect, credentials, onRefused, log = silent, answerWithin = 10_000 } = options;
  const connection = await openConnection({
    connect,
    url: credentials().natsUrl,
    login: () => ({ jwt: credentials().natsJwt, seed: credentials().key.seed }),
    name: device,
    inbox: deviceSubjects(device).inbox,
    ...(onRefused ? { onRefused } : {}),
    log,
  });
  return {
    ...requests(connection, { device, answerWithin, log }),
    onControl: (take) => listen(connection, device, { take, log }),
    renew: () => reconnectNow(connection),
    close: () => connection.close(),
  };
}

interface Requester {
  readonly device: DeviceId;
  readonly answerWithin: number;
  readonly log: Log;
}

function requests(connection: NatsConnection, by: Requester): Pick<DeviceLink, 'lease' | 'heartbeat' | 'release'> {
  const subjects = deviceSubjects(by.device);
  const withinMs = by.answerWithin;
  const release: DeviceLink['release'] = async (value, signal) => {
    await ask(connection, { subject: subjects.release, request: Release, response: ReleaseResponse, value, withinMs }, signal);
  };
  return {
    release,
    heartbeat: (value, signal) =>
      ask(connection, { subject: subjects.heartbeat, request: Heartbeat, response: HeartbeatResponse, value, withinMs }, signal),
    async lease({ poll, ...wish }, signal) {
      const value: LeaseRequest = { protocol: PROTOCOL, pollMs: poll, ...wish };
      const late = ({ answer }: LeaseResponse): void => {
        if (answer?.$case !== 'lease') return;
        const { attemptId, fence } = answer.value;
        // Otherwise the job would wait until the lease lapses.
        release({ attemptId, fence, reason: 'the agent stopped asking' }, AbortSignal.timeout(withinMs)).catch((error: unknown) =>
          by.log.warn('could not give a late lease back', { attemptId, why: String(error) }),
        );
      };
      const question = { subject: subjects.lease, request: LeaseRequest, response: LeaseResponse, value, withinMs: poll + withinMs, late };
      const { answer } = await ask(connection, question, signal);
      if (!answer) throw new FleetError('invalid', 'Cannot take a lease: the answer is empty');
      return answer;
    },
  };
}

function listen(
  connection: NatsConnection,
  device: DeviceId,
  { take, log }: { readonly take: (command: NonNullable<Control['command']>) => void; readonly log: Log },
): () => void {
  const subscription = connection.subscribe(deviceSubjects(device).control, {
    callback: (error, message) => {
      if (error) return log.warn('cannot hear commands', { device, why: error.message });
      try {
        const { command } = decodeMessage(Control, message.data, 'command');
        if (command) take(command);
      } catch (thrown) {
        log.warn('a command failed', { device, why: String(thrown) });
      }
    },
  });
  return () => subscription.unsubscribe();
}
