import { FleetError } from '@fleetfit/core';
import type { OperatorKeys } from './operator-keys.ts';

export interface ServerSettings {
  /** Absolute path of a folder for JetStream and for account claims; see `ServerConfig.folders`. */
  readonly folder: string;
  readonly host: string;
  /** -1 lets the server choose. */
  readonly port: number;
  /** Monitoring over HTTP on loopback; left out: none. */
  readonly monitorPort?: number;
  readonly websocket?: {
    readonly host: string;
    readonly port: number;
    /** Files in PEM; without them the socket is plain: loopback only. */
    readonly tls?: { readonly certFile: string; readonly keyFile: string };
    readonly allowedOrigins?: readonly string[];
  };
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Disk for JetStream, bytes. Default 1 GB. */
  readonly maxFileBytes?: number;
}

export interface ServerConfig {
  /** For `nats-server -c`. Holds JWTs, which are no secrets, and no seeds. */
  readonly text: string;
  /** Must exist before the server starts. */
  readonly folders: readonly string[];
}

/** The configuration of a nats-server (2.9 and newer) in operator mode with the accounts of these keys. */
export function serverConfig(_keys: OperatorKeys, _settings: ServerSettings): Promise<ServerConfig> {
  throw new FleetError('bug', 'Cannot configure the message server: not built yet');
}
