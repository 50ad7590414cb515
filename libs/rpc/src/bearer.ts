import { type DeviceId, deviceId, FleetError, type Milliseconds } from '@fleetfit/core';

/** The coordinator's key for bearers. JSON-safe; secret. */
export interface BearerKey {
  /** Names the key, so that two can be good at once while one replaces the other. */
  readonly id: string;
  /** PKCS #8, base64url. */
  readonly privateKey: string;
  /** Raw Ed25519, base64url. */
  readonly publicKey: string;
}

/** What is said of a device, and until when. */
export interface BearerClaims {
  readonly device: DeviceId;
  /** Since the Unix epoch; rounded down to seconds. */
  readonly expiresAt: Milliseconds;
}

const AUDIENCE = 'fleetfit';
const LONGEST_TOKEN = 2000;

/** A fresh key. */
export async function makeBearerKey(): Promise<BearerKey> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new FleetError('bug', 'Cannot make a bearer key: the platform made no pair');
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.exportKey('pkcs8', pair.privateKey),
    crypto.subtle.exportKey('raw', pair.publicKey),
  ]);
  const id = toBase64Url(crypto.getRandomValues(new Uint8Array(6)));
  return { id, privateKey: toBase64Url(new Uint8Array(privateKey)), publicKey: toBase64Url(new Uint8Array(publicKey)) };
}

/** A token that says: this is that device, until then. An EdDSA JWT in compact form (RFC 7519, RFC 8037). */
export async function signBearer(key: BearerKey, { device, expiresAt }: BearerClaims): Promise<string> {
  const secret = await crypto.subtle.importKey('pkcs8', fromBase64Url(key.privateKey), 'Ed25519', false, ['sign']);
  const head = toBase64Url(json({ alg: 'EdDSA', typ: 'JWT', kid: key.id }));
  const body = toBase64Url(json({ sub: device, aud: AUDIENCE, exp: Math.floor(expiresAt / 1000) }));
  const signature = await crypto.subtle.sign('Ed25519', secret, new TextEncoder().encode(`${head}.${body}`));
  return `${head}.${body}.${toBase64Url(new Uint8Array(signature))}`;
}

/**
 * The device of a token. Whether that device may still do anything is the ledger's to say.
 * @throws FleetError `unauthenticated` when it is malformed, of an unknown key, forged or over
 */
export async function verifyBearer(
  keys: readonly Pick<BearerKey, 'id' | 'publicKey'>[],
  token: string,
  now: Milliseconds,
): Promise<DeviceId> {
  const [head = '', body = '', signature = '', ...rest] = token.length > LONGEST_TOKEN ? [] : token.split('.');
  const { alg, kid } = parsed(head);
  const key = keys.find(({ id }) => id === kid);
  if (!key || alg !== 'EdDSA' || rest.length > 0) throw refused('it is none of ours');
  const open = await crypto.subtle.importKey('raw', fromBase64Url(key.publicKey), 'Ed25519', false, ['verify']);
  const signed = new TextEncoder().encode(`${head}.${body}`);
  if (!(await crypto.subtle.verify('Ed25519', open, fromBase64Url(signature), signed))) throw refused('its signature is wrong');
  const { sub, aud, exp } = parsed(body);
  if (typeof sub !== 'string' || aud !== AUDIENCE || typeof exp !== 'number') throw refused('it is none of ours');
  if (exp * 1000 <= now) throw refused('it has expired');
  return deviceId(sub);
}

function refused(why: string): FleetError {
  return new FleetError('unauthenticated', `Cannot accept the bearer: ${why}`, { next: 'open a new session' });
}

function parsed(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(fromBase64Url(part)));
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Not even JSON: none of ours.
  }
  throw refused('it is malformed');
}

const json = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw refused('it is malformed');
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  } catch {
    throw refused('it is malformed');
  }
}
