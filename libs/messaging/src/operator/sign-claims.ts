import { FleetError } from '@fleetfit/core';
import { fromSeed } from '@nats-io/nkeys';

/** Body of a NATS JWT (version 2), as https://docs.nats.io/running-a-nats-service/nats_admin/security/jwt has it. */
export interface NatsClaims {
  /** Public nkey that the claims are about. */
  readonly sub: string;
  readonly name: string;
  /** Seconds since the Unix epoch. */
  readonly iat: number;
  readonly exp?: number;
  readonly nats: Readonly<Record<string, unknown>>;
}

/** Signs claims with an nkey. Ed25519 of the platform, since the nkeys library signs in plain JavaScript: a hundred times slower. */
export interface ClaimsSigner {
  /** Public nkey of the issuer. */
  readonly issuer: string;
  sign(claims: NatsClaims): Promise<string>;
}

// RFC 8410: a private key of 32 bytes in its PKCS #8 wrapping.
const PKCS8_HEAD = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/** A signer from the seed of an nkey (`SO…`, `SA…`). */
export async function claimsSigner(seed: string): Promise<ClaimsSigner> {
  const pair = fromSeed(new TextEncoder().encode(seed));
  const secret = rawSeed(seed);
  const key = await crypto.subtle.importKey('pkcs8', Uint8Array.from([...PKCS8_HEAD, ...secret]), 'Ed25519', false, ['sign']);
  const issuer = pair.getPublicKey();
  const head = base64Url(new TextEncoder().encode(JSON.stringify({ typ: 'JWT', alg: 'ed25519-nkey' })));
  return {
    issuer,
    async sign(claims) {
      const body = { jti: crypto.randomUUID(), iss: issuer, ...claims };
      const text = `${head}.${base64Url(new TextEncoder().encode(JSON.stringify(body)))}`;
      const signature = await crypto.subtle.sign('Ed25519', key, new TextEncoder().encode(text));
      return `${text}.${base64Url(new Uint8Array(signature))}`;
    },
  };
}

/** The body of a JWT whose origin is trusted already: the signature is not checked. @throws FleetError `corrupt` */
export function readClaims(jwt: string): { readonly name: string; readonly sub: string; readonly nats: Readonly<Record<string, unknown>> } {
  try {
    const body: unknown = JSON.parse(atob((jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')));
    if (!isRecord(body) || typeof body['name'] !== 'string' || typeof body['sub'] !== 'string' || !isRecord(body['nats']))
      throw new FleetError('corrupt', 'Cannot read a JWT: its body is not one of NATS');
    return { name: body['name'], sub: body['sub'], nats: body['nats'] };
  } catch (cause) {
    throw new FleetError('corrupt', 'Cannot read a JWT: it is malformed', { cause });
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Seed format of nkeys: base32 of two prefix bytes, 32 secret bytes, two bytes of checksum (which fromSeed has verified).
function rawSeed(seed: string): Uint8Array {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const out: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of seed) {
    value = ((value << 5) | alphabet.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push((value >>> bits) & 0xff);
    }
  }
  return Uint8Array.from(out.slice(2, 34));
}

function base64Url(data: Uint8Array): string {
  let text = '';
  for (const byte of data) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
