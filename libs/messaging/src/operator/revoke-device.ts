import { type DeviceId, FleetError, type Milliseconds } from '@fleetfit/core';
import type { NatsConnection } from '@nats-io/nats-core';
import type { OperatorKeys } from './operator-keys.ts';

export interface Revocation {
  readonly device: DeviceId;
  /** Session keys (`U…`) that are known to be out; the keys of its open connections are found without being named. */
  readonly natsUsers: readonly string[];
  readonly now: Milliseconds;
  /** The longest life of a device JWT: older revocations are dropped from the list. */
  readonly longestLife: Milliseconds;
}

/**
 * Ends the sessions of a device: open connections are closed within moments, and the same keys are refused from then on.
 * Other devices notice nothing. Returns the keys that were revoked. The ledger must refuse the device too: it guards everything else.
 * @param system connection with the `system` login
 * @throws FleetError `unavailable` when the server does not confirm
 */
export function revokeDevice(_system: NatsConnection, _keys: OperatorKeys, _revocation: Revocation): Promise<readonly string[]> {
  throw new FleetError('bug', 'Cannot revoke: not built yet');
}
