import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Whether an agent's folder of this computer has joined already: it starts without a link then.
 * Where its coordinator answers at another `host:port` than it did, the folder is told so; an agent keeps the address that it joined by.
 */
export async function joinedBefore(folder: string, address: string | undefined): Promise<boolean> {
  const file = join(folder, 'device.json');
  if (!existsSync(file)) return false;
  const device: unknown = JSON.parse(await readFile(file, 'utf8'));
  const moved = typeof device === 'object' && device !== null && 'address' in device && device.address !== address;
  if (moved && address !== undefined) await writeFile(file, JSON.stringify({ ...device, address }, undefined, 2));
  return true;
}

/** Where the coordinator of this data folder answers devices, as `host:port`; undefined where it is none of this folder. */
export function deviceDoorOf(home: string): string | undefined {
  const file = join(home, 'addresses.json');
  if (process.env['FLEETFIT_URL'] || !existsSync(file)) return undefined;
  const known: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof known === 'object' && known !== null && 'rpc' in known && typeof known.rpc === 'string' ? hostOf(known.rpc) : undefined;
}

/** `127.0.0.1:7441` of `http://127.0.0.1:7441`. */
export const hostOf = (address: string): string => (address.includes('://') ? new URL(address).host : address);
