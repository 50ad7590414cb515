import { type DeviceId, FleetError, type HostId, type Log, type Milliseconds } from '@fleetfit/core';
import type { Control, Heartbeat, HeartbeatResponse, LeaseResponse, Release } from '@fleetfit/protocol';
import type { ConnectFunction } from './connection.ts';

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
  /** Connects anew with the newest credentials: after a renewal, at a moment without an open request. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

export interface LeaseWish {
  readonly hostId: HostId;
  readonly freeMemoryBytes: number;
  readonly poll: Milliseconds;
}

/** A fresh nkey for one session. */
export function makeSessionKey(): SessionKey {
  throw new FleetError('bug', 'Cannot make a session key: not built yet');
}

/**
 * Connects a device with credentials that allow nothing but its own subjects.
 * The first connection is made or refused at once; later ones are tried for ever.
 * @throws FleetError `unavailable`, `unauthenticated`
 */
export function connectDevice(_options: ConnectDeviceOptions): Promise<DeviceLink> {
  throw new FleetError('bug', 'Cannot connect a device: not built yet');
}
