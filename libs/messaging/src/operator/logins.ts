import { type DeviceId, FleetError, type Milliseconds } from '@fleetfit/core';
import { deviceSubjects, workSubjects } from '@fleetfit/protocol';
import { createUser, fromPublic } from '@nats-io/nkeys';
import type { NatsLogin } from '../connection.ts';
import { type OperatorKeys, publicKeyOf, seedOf } from './operator-keys.ts';
import { claimsSigner } from './sign-claims.ts';

/** Logins of the coordinator itself: one connection to each of its three accounts. Made anew at every start; they do not end. */
export interface CoordinatorLogins {
  /** Revocation and connection lists. */
  readonly system: NatsLogin;
  /** The work queue: JetStream. */
  readonly coordinator: NatsLogin;
  /** The devices' account. */
  readonly fleet: NatsLogin;
}

const NO_LIMITS = { subs: -1, data: -1, payload: -1 };

export async function coordinatorLogins(keys: OperatorKeys): Promise<CoordinatorLogins> {
  const login = (account: string) => userLogin(account, { name: 'coordinator', nats: NO_LIMITS });
  const [system, coordinator, fleet] = await Promise.all([login(keys.system), login(keys.coordinator), login(keys.fleet)]);
  return { system, coordinator, fleet };
}

/** A login that can take work and hand it in, and nothing else. */
export function compressorLogin(keys: OperatorKeys, name: string): Promise<NatsLogin> {
  const { stream, consumer, begin, progress, result, cancel } = workSubjects;
  const take = [`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, `$JS.ACK.${stream}.${consumer}.>`];
  return userLogin(keys.coordinator, {
    name,
    nats: { ...NO_LIMITS, pub: { allow: [...take, begin, progress, result] }, sub: { allow: ['_INBOX.>', cancel] } },
  });
}

async function userLogin(account: string, user: { readonly name: string; readonly nats: object }): Promise<NatsLogin> {
  const pair = createUser();
  const signer = await claimsSigner(account);
  const nats = { ...user.nats, type: 'user', version: 2 };
  return { jwt: await signer.sign({ sub: pair.getPublicKey(), name: user.name, iat: nowInSeconds(), nats }), seed: seedOf(pair) };
}

export interface DeviceGrant {
  readonly device: DeviceId;
  /** Public nkey of the session, from OpenSession. */
  readonly natsUser: string;
  /** The server drops the device at this moment. Since the Unix epoch; rounded down to seconds. */
  readonly expiresAt: Milliseconds;
  /** For a browser, which can connect in no other way: a stolen JWT is good for no more. */
  readonly onlyWebSocket?: boolean;
}

/** Signs device JWTs: thousands a second, so that a whole fleet can come back at once. */
export interface DeviceMinter {
  /** @throws FleetError `invalid` when `natsUser` is no public user nkey */
  mint(grant: DeviceGrant): Promise<string>;
}

export async function makeDeviceMinter(keys: OperatorKeys): Promise<DeviceMinter> {
  const signer = await claimsSigner(keys.fleetSigning);
  const account = publicKeyOf(keys.fleet);
  return {
    async mint({ device, natsUser, expiresAt, onlyWebSocket = false }) {
      checkUserKey(natsUser);
      const nats = { ...deviceRights(device, onlyWebSocket), issuer_account: account, type: 'user', version: 2 };
      return signer.sign({ sub: natsUser, name: device, iat: nowInSeconds(), exp: Math.floor(expiresAt / 1000), nats });
    },
  };
}

/** All that a device may say and hear. The subscription limit leaves room for its inbox and its commands only. */
function deviceRights(device: DeviceId, onlyWebSocket: boolean) {
  const { lease, heartbeat, release, control, inbox } = deviceSubjects(device);
  return {
    pub: { allow: [lease, heartbeat, release] },
    sub: { allow: [`${inbox}.>`, control] },
    subs: 8,
    data: -1,
    payload: 65_536,
    allowed_connection_types: onlyWebSocket ? ['WEBSOCKET'] : ['STANDARD', 'WEBSOCKET'],
  };
}

function checkUserKey(natsUser: string): void {
  try {
    if (natsUser.startsWith('U') && fromPublic(natsUser).getPublicKey() === natsUser) return;
  } catch (cause) {
    throw new FleetError('invalid', `Cannot sign credentials for "${natsUser.slice(0, 60)}": it is no public nkey`, { cause });
  }
  throw new FleetError('invalid', `Cannot sign credentials for "${natsUser.slice(0, 60)}": it is no public nkey of a user`);
}

function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
