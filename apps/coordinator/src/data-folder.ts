import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where everything of one coordinator lies. */
export interface DataFolder {
  readonly root: string;
  readonly lock: string;
  readonly database: string;
  readonly blobs: string;
  /** What people send, until it is imported. */
  readonly uploads: string;
  readonly nats: string;
  /** The local certificate authority and the certificate it gave. */
  readonly tls: string;
  /** Secrets of the message server and of bearers, mode 0600. */
  readonly keys: string;
  /** What a compressor of this machine needs to connect, mode 0600. */
  readonly compressor: string;
  /** Addresses in use now, for the command line and for the next start. */
  readonly addresses: string;
}

export function openDataFolder(root: string): DataFolder {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return {
    root,
    lock: join(root, 'coordinator.lock'),
    database: join(root, 'database'),
    blobs: join(root, 'blobs'),
    uploads: join(root, 'uploads'),
    nats: join(root, 'nats'),
    tls: join(root, 'tls'),
    keys: join(root, 'keys.json'),
    compressor: join(root, 'compressor.json'),
    addresses: join(root, 'addresses.json'),
  };
}

/** Reads a JSON file; undefined where there is none. */
export function readJson(path: string): unknown {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** Writes a JSON file that only its owner may read, whole or not at all. */
export function writeSecretJson(path: string, value: unknown): void {
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  chmodSync(aside, 0o600);
  renameSync(aside, path);
}
