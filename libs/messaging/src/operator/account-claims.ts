import { type OperatorKeys, publicKeyOf } from './operator-keys.ts';
import type { NatsClaims } from './sign-claims.ts';
import { claimsSigner } from './sign-claims.ts';

/**
 * Time stamp of the accounts as the configuration carries them: fixed, so that what the server stored later
 * (revocations) wins at every restart. Count it up when the limits below change.
 */
export const FIRST_ISSUED = 1_700_000_000;

// The library's defaults are 0, which means none.
const NO_LIMITS = { subs: -1, conn: -1, leaf: -1, imports: -1, exports: -1, data: -1, payload: -1, wildcards: true };
const JETSTREAM = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
const NO_JETSTREAM = { mem_storage: 0, disk_storage: 0, streams: 0, consumer: 0 };

/** Seconds at which the JWTs of a user key, and older ones, ended. */
export type Revocations = Readonly<Record<string, number>>;

export async function operatorJwt(keys: OperatorKeys): Promise<string> {
  const signer = await claimsSigner(keys.operator);
  return signer.sign({
    sub: signer.issuer,
    name: 'fleetfit',
    iat: FIRST_ISSUED,
    nats: {
      signing_keys: [publicKeyOf(keys.operatorSigning)],
      system_account: publicKeyOf(keys.system),
      type: 'operator',
      version: 2,
    },
  });
}

export async function systemAccountJwt(keys: OperatorKeys): Promise<string> {
  return accountJwt(keys, { sub: publicKeyOf(keys.system), name: 'SYS', iat: FIRST_ISSUED, nats: { limits: NO_LIMITS } });
}

export async function coordinatorAccountJwt(keys: OperatorKeys): Promise<string> {
  const limits = { ...NO_LIMITS, ...JETSTREAM };
  return accountJwt(keys, { sub: publicKeyOf(keys.coordinator), name: 'COORD', iat: FIRST_ISSUED, nats: { limits } });
}

/** The account of devices: no JetStream in it, so that nothing of `$JS` can be attacked from there. */
export async function fleetAccountJwt(keys: OperatorKeys, issuedAt: number, revocations: Revocations): Promise<string> {
  return accountJwt(keys, {
    sub: publicKeyOf(keys.fleet),
    name: 'FLEET',
    iat: issuedAt,
    nats: { limits: { ...NO_LIMITS, ...NO_JETSTREAM }, signing_keys: [publicKeyOf(keys.fleetSigning)], revocations },
  });
}

async function accountJwt(keys: OperatorKeys, claims: NatsClaims): Promise<string> {
  const signer = await claimsSigner(keys.operatorSigning);
  return signer.sign({ ...claims, nats: { ...claims.nats, type: 'account', version: 2 } });
}
