import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { type DeviceId, deviceId, FleetError, hostId, milliseconds } from '@fleetfit/core';
import { joinWords, readJoinCode } from '@fleetfit/fleet';
import type { DeviceMinter } from '@fleetfit/messaging/operator';
import {
  type DeviceFacts,
  DeviceState,
  deviceClassOfFacts,
  type JoinRequest,
  joinStatement,
  KeyKind,
  type OpenSessionRequest,
  type OpenSessionResponse,
  type PublicKey,
  sessionStatement,
} from '@fleetfit/protocol';
import { type BearerKey, type EnrollmentHandlers, limitPeers, signBearer } from '@fleetfit/rpc';
import type { DeviceRow, Store, StoreTables } from '@fleetfit/store';
import type { Changes } from './changes.ts';

export interface EnrollmentOptions {
  readonly store: Store;
  readonly minter: DeviceMinter;
  readonly bearerKey: BearerKey;
  readonly changes: Changes;
  /** What a device connects to. */
  readonly natsUrl: () => string;
  readonly tensorsUrl: () => string;
  /** The device origin: where a device that is a browser finds both. */
  readonly phonesUrl: () => string;
  /** How long credentials last. */
  readonly sessionMs: number;
}

const NONCE_MS = 60_000;
const MOST_NONCES = 10_000;

/** How a stranger becomes a device, and a device gets credentials that end soon. */
export function enrollment(options: EnrollmentOptions): EnrollmentHandlers {
  const nonces = new Map<string, number>();
  const admitCode = limitCodes();
  return {
    async challenge() {
      const now = Date.now();
      for (const [nonce, expires] of nonces) if (expires < now || nonces.size > MOST_NONCES) nonces.delete(nonce);
      const nonce = randomBytes(32);
      nonces.set(nonce.toString('hex'), now + NONCE_MS);
      return { nonce };
    },
    async join(request, call) {
      takeNonce(nonces, request.nonce);
      if (request.code !== undefined) admitCode(call.peer);
      return join(options, request);
    },
    async openSession(request) {
      takeNonce(nonces, request.nonce);
      return openSession(options, request);
    },
  };
}

/**
 * A code has 40 bits: whoever may try 30 a minute, from however many addresses, finds one of a hundred good ones within a day with a chance of
 * 1 in 250,000. A link is not limited so.
 */
function limitCodes(): (peer: string) => void {
  const now = (): number => performance.now();
  const ofPeer = limitPeers({ burst: 5, perSecond: 1 / 12, now });
  const ofAll = limitPeers({ burst: 30, perSecond: 1 / 2, now });
  return (peer) => {
    ofPeer(peer);
    ofAll('everybody');
  };
}

function takeNonce(nonces: Map<string, number>, nonce: Uint8Array): void {
  const key = Buffer.from(nonce).toString('hex');
  const expires = nonces.get(key);
  nonces.delete(key);
  if (expires === undefined || expires < Date.now()) {
    throw new FleetError('unauthenticated', 'Cannot accept the answer: its challenge is unknown or over', {
      next: 'ask for a new challenge',
    });
  }
}

async function join({ store, changes }: EnrollmentOptions, request: JoinRequest) {
  const { publicKey, facts } = request;
  if (!publicKey || !facts) throw new FleetError('invalid', 'Cannot join: the public key or the facts are missing');
  checkSignature(publicKey, joinStatement(request.nonce, publicKey.spki), request.signature);
  const device = await store.transaction((tables) => admitKey(tables, { ...secretOf(request), publicKey, facts }));
  changes.tell('devices');
  return { deviceId: device.id, state: STATES[device.state], words: await joinWords(publicKey.spki) };
}

interface Secret {
  readonly kind: 'link' | 'code';
  readonly secret: string;
}

/** Token and device in one transaction: of two devices with a one-off token exactly one gets in. */
async function admitKey(tables: StoreTables, wanted: Secret & { publicKey: PublicKey; facts: DeviceFacts }): Promise<DeviceRow> {
  const now = Date.now();
  const key = keyText(wanted.publicKey);
  const token = await tables.joinTokens.consume(tokenHash(wanted.secret), now);
  const known = await tables.devices.byPublicKey(key);
  if (!token) {
    // Sent twice: the first answer was lost on its way, and the key proves who asks.
    if (known && known.state !== 'revoked') return known;
    throw new FleetError('unauthenticated', `Cannot join: this ${wanted.kind} is wrong, was used, or is over`, {
      next: 'make a new one with: fleetfit device add',
    });
  }
  if (known?.state === 'revoked')
    throw new FleetError('denied', `Cannot join: device ${known.id} was revoked`, {
      next: "remove the agent's folder on the device, then join again",
    });
  if (known) return known;
  const row: DeviceRow = {
    id: deviceId(`d${createHash('sha256').update(key).digest('hex').slice(0, 10)}`),
    name: nameOf(wanted.facts),
    hostId: hostId(wanted.facts.hostId),
    classId: await recordClass(tables, wanted.facts),
    facts: wanted.facts,
    publicKey: key,
    state: token.autoApprove ? 'active' : 'pending',
    createdAt: now,
    lastSeenAt: now,
    tags: token.tags,
    paused: false,
  };
  await tables.devices.insert(row);
  return row;
}

const nameOf = (facts: DeviceFacts): string =>
  facts.name
    .replace(/[^\p{L}\p{N} ._-]/gu, '')
    .trim()
    .slice(0, 60) || 'device';

async function recordClass(tables: StoreTables, facts: DeviceFacts) {
  const deviceClass = deviceClassOfFacts(facts);
  const row = await tables.deviceClasses.record(deviceClass.id, deviceClass);
  return row.id;
}

async function openSession(options: EnrollmentOptions, request: OpenSessionRequest): Promise<OpenSessionResponse> {
  const { store, changes } = options;
  const device = await store.devices.get(deviceId(request.deviceId));
  if (!device)
    throw new FleetError('unauthenticated', `Cannot open a session: there is no device ${request.deviceId}`, {
      next: 'join again with a new link',
    });
  checkSignature(keyFrom(device.publicKey), sessionStatement(request.nonce, request.natsUser), request.signature);
  if (device.state === 'revoked')
    throw new FleetError('denied', `Cannot open a session: device ${device.id} was revoked`, {
      next: "remove the agent's folder on the device, then join again",
    });
  const facts = request.facts;
  const classId = facts ? await recordClass(store, facts) : device.classId;
  if (facts && classId) await store.devices.update(device.id, { facts, classId, hostId: hostId(facts.hostId) });
  await store.devices.seen(device.id, Date.now());
  changes.tell('devices');
  if (device.state === 'pending') return { ...NOTHING, state: DeviceState.DEVICE_STATE_PENDING, deviceClassId: classId ?? '' };
  const { runtime } = facts ?? (device.facts as DeviceFacts);
  const grant = { device: device.id, natsUser: request.natsUser, isBrowser: runtime === 'web' };
  return { ...(await credentials(options, grant)), deviceClassId: classId ?? '' };
}

async function credentials(
  options: EnrollmentOptions,
  { device, natsUser, isBrowser }: { device: DeviceId; natsUser: string; isBrowser: boolean },
): Promise<OpenSessionResponse> {
  const expiresAt = milliseconds(Date.now() + options.sessionMs);
  return {
    state: DeviceState.DEVICE_STATE_ACTIVE,
    natsUrl: isBrowser ? `${options.phonesUrl().replace(/^http/, 'ws')}/nats` : options.natsUrl(),
    natsJwt: await options.minter.mint({ device, natsUser, expiresAt, onlyWebSocket: isBrowser }),
    tensorsUrl: isBrowser ? options.phonesUrl() : options.tensorsUrl(),
    bearer: await signBearer(options.bearerKey, { device, expiresAt }),
    expiresInMs: options.sessionMs,
    deviceClassId: '',
  };
}

const NOTHING = { natsUrl: '', natsJwt: '', tensorsUrl: '', bearer: '', expiresInMs: 0 };
const STATES = {
  pending: DeviceState.DEVICE_STATE_PENDING,
  active: DeviceState.DEVICE_STATE_ACTIVE,
  revoked: DeviceState.DEVICE_STATE_REVOKED,
} as const;

/** What lets a device in: the token of its link, or the code that was typed in its place. */
function secretOf({ token, code }: JoinRequest): Secret {
  return code === undefined ? { kind: 'link', secret: token } : { kind: 'code', secret: readJoinCode(code) };
}

/** Only the hash of a token or code is stored. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');

/** A public key as one line of text, its kind in front. */
const keyText = (key: PublicKey): string => `${key.kind}:${Buffer.from(key.spki).toString('base64')}`;

/** Reads what {@link keyText} wrote. */
export function keyFrom(text: string): PublicKey {
  const [kind, spki = ''] = text.split(':');
  return {
    kind: Number(kind) === KeyKind.KEY_KIND_P256 ? KeyKind.KEY_KIND_P256 : KeyKind.KEY_KIND_ED25519,
    spki: Buffer.from(spki, 'base64'),
  };
}

function checkSignature(key: PublicKey, statement: Uint8Array, signature: Uint8Array): void {
  let good = false;
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' });
    const expected = key.kind === KeyKind.KEY_KIND_P256 ? 'ec' : 'ed25519';
    if (publicKey.asymmetricKeyType === expected) {
      good =
        expected === 'ec'
          ? verify('sha256', statement, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
          : verify(null, statement, publicKey, signature);
    }
  } catch (cause) {
    throw new FleetError('unauthenticated', 'Cannot check the signature: the public key cannot be read', { cause });
  }
  if (!good) throw new FleetError('unauthenticated', 'Cannot accept the answer: its signature does not fit the key');
}
