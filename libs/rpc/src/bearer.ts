import { type DeviceId, FleetError, type Milliseconds } from '@fleetfit/core';

/** The coordinator's key for bearers. JSON-safe; secret. */
export interface BearerKey {
  /** Names the key, so that two can be good at once while one replaces the other. */
  readonly id: string;
  /** PKCS #8, base64url. */
  readonly privateKey: string;
  /** Raw Ed25519, base64url. */
  readonly publicKey: string;
}

export function makeBearerKey(): Promise<BearerKey> {
  throw new FleetError('bug', 'Cannot make a bearer key: not built yet');
}

/** A token that says: this is that device, until then. An EdDSA JWT in compact form. */
export function signBearer(_key: BearerKey, _claims: { readonly device: DeviceId; readonly expiresAt: Milliseconds }): Promise<string> {
  throw new FleetError('bug', 'Cannot sign a bearer: not built yet');
}

/**
 * The device of a token. Whether that device may still do anything is the ledger's to say.
 * @throws FleetError `unauthenticated` when it is malformed, of an unknown key, forged or over
 */
export function verifyBearer(_keys: readonly Pick<BearerKey, 'id' | 'publicKey'>[], _token: string, _now: Milliseconds): Promise<DeviceId> {
  throw new FleetError('bug', 'Cannot verify a bearer: not built yet');
}
