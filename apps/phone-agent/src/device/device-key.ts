import { FleetError } from '@fleetfit/core';
import { KeyKind } from '@fleetfit/protocol';
import type { Database } from '../keeping/open-database.ts';

/** The key that this phone is known by. Its private half is made inside the browser and never leaves it, not even for this page. */
export interface DeviceKey {
  readonly kind: KeyKind;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  sign(statement: Uint8Array): Promise<Uint8Array>;
}

/** As it lies in the database: a CryptoKey is kept as a handle, without its bytes. */
interface KeptKey {
  readonly kind: KeyKind;
  readonly privateKey: CryptoKey;
  readonly spki: Uint8Array;
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** The key of this browser, made where there is none yet. @throws FleetError `unsupported` */
export async function openDeviceKey(database: Database): Promise<DeviceKey> {
  const kept = await database.get('device', 'key');
  if (isKept(kept)) return keyOf(kept);
  const made = await makeKey();
  await database.put('device', 'key', made);
  return keyOf(made);
}

/** Ed25519 where the browser has it (Chrome 137, Firefox 129, Safari 17), P-256 elsewhere. Not extractable. */
async function makeKey(): Promise<KeptKey> {
  if (!globalThis.crypto?.subtle)
    throw new FleetError('unsupported', 'Cannot make a key for this device: the page was not opened over https', {
      next: 'open the link that begins with https',
    });
  try {
    return await kept(KeyKind.KEY_KIND_ED25519, await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']));
  } catch {
    return kept(KeyKind.KEY_KIND_P256, await crypto.subtle.generateKey(P256, false, ['sign', 'verify']));
  }
}

async function kept(kind: KeyKind, { privateKey, publicKey }: CryptoKeyPair): Promise<KeptKey> {
  return { kind, privateKey, spki: new Uint8Array(await crypto.subtle.exportKey('spki', publicKey)) };
}

function keyOf({ kind, privateKey, spki }: KeptKey): DeviceKey {
  const algorithm = kind === KeyKind.KEY_KIND_P256 ? { name: 'ECDSA', hash: 'SHA-256' } : 'Ed25519';
  return {
    kind,
    spki,
    sign: async (statement) => new Uint8Array(await crypto.subtle.sign(algorithm, privateKey, Uint8Array.from(statement))),
  };
}

function isKept(value: unknown): value is KeptKey {
  return typeof value === 'object' && value !== null && 'privateKey' in value && value.privateKey instanceof CryptoKey && 'spki' in value;
}
