import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeviceId, deviceId, FleetError } from '@fleetfit/core';
import { readOrNothing } from './outbox-folder.ts';
import { writeWhole } from './write-whole.ts';

/** The folder in which an agent keeps all that is its own. Copied to another machine, it would be the same device there. */
export interface DeviceHome {
  readonly lock: string;
  readonly cache: string;
  readonly outbox: string;
  readonly journal: string;
  readonly key: DeviceKey;
  /** Who this is, once it has joined. */
  readonly device: JoinedDevice | undefined;
  keep(device: JoinedDevice): Promise<void>;
}

/** The device's own key. The private half never leaves the home folder. */
interface DeviceKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** Ed25519. */
  sign(statement: Uint8Array): Uint8Array;
}

export interface JoinedDevice {
  readonly id: DeviceId;
  /** `host:port` of its coordinator. */
  readonly address: string;
  /** Hash of the token it joined by, so that the same link given again at a restart is no second join. */
  readonly joinedBy: string;
  readonly name: string;
  readonly threads: number;
}

/** Opens a home, making the folder and the key where they are missing. */
export async function openDeviceHome(folder: string): Promise<DeviceHome> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'device.json');
  const known = await readOrNothing(file);
  return {
    lock: join(folder, 'lock'),
    cache: join(folder, 'cache'),
    outbox: join(folder, 'outbox'),
    journal: join(folder, 'attempt.json'),
    key: await openKey(join(folder, 'device-key.pem')),
    device: known && parseDevice(known, file),
    keep: (device) => writeWhole(file, `${JSON.stringify(device, null, 2)}\n`),
  };
}

async function openKey(path: string): Promise<DeviceKey> {
  const pem = await readOrNothing(path);
  if (pem) return keyOf(readKey(pem, path));
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeWhole(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  return keyOf(privateKey);
}

function readKey(pem: Uint8Array, path: string): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(pem), format: 'pem' });
  } catch (cause) {
    throw new FleetError('corrupt', `Cannot read the key of this device: ${path} holds none`, {
      cause,
      next: 'join again with another --home',
    });
  }
}

function keyOf(privateKey: KeyObject): DeviceKey {
  return {
    spki: new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })),
    sign: (statement) => new Uint8Array(sign(null, statement, privateKey)),
  };
}

function parseDevice(bytes: Uint8Array, file: string): JoinedDevice {
  try {
    const { id, address, joinedBy, name, threads } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    return { id: deviceId(String(id)), address: String(address), joinedBy: String(joinedBy), name: String(name), threads: Number(threads) };
  } catch (cause) {
    throw new FleetError('corrupt', `Cannot tell which device this is: ${file} is damaged`, {
      cause,
      next: 'join again with another --home',
    });
  }
}
