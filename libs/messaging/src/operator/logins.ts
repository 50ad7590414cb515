import { type DeviceId, FleetError, type Milliseconds } from '@fleetfit/core';
import type { NatsLogin } from '../connection.ts';
import type { OperatorKeys } from './operator-keys.ts';

/** Logins of the coordinator itself: one connection to each of its three accounts. Made anew at every start; they do not end. */
export interface CoordinatorLogins {
  /** Revocation and connection lists. */
  readonly system: NatsLogin;
  /** The work queue: JetStream. */
  readonly coordinator: NatsLogin;
  /** The devices' account. */
  readonly fleet: NatsLogin;
}

export function coordinatorLogins(_keys: OperatorKeys): Promise<CoordinatorLogins> {
  throw new FleetError('bug', 'Cannot make logins: not built yet');
}

/** A login that can take work and hand it in, and nothing else. */
export function compressorLogin(_keys: OperatorKeys, _name: string): Promise<NatsLogin> {
  throw new FleetError('bug', 'Cannot make a login: not built yet');
}

export interface DeviceGrant {
  readonly device: DeviceId;
  /** Public nkey of the session, from OpenSession. */
  readonly natsUser: string;
  /** The server drops the device at this moment. Since the Unix epoch; rounded down to seconds. */
  readonly expiresAt: Milliseconds;
}

/** Signs device JWTs: thousands a second, so that a whole fleet can come back at once. */
export interface DeviceMinter {
  /** @throws FleetError `invalid` when `natsUser` is no public user nkey */
  mint(grant: DeviceGrant): Promise<string>;
}

export function makeDeviceMinter(_keys: OperatorKeys): Promise<DeviceMinter> {
  throw new FleetError('bug', 'Cannot make a minter: not built yet');
}
