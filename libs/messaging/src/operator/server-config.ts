import { coordinatorAccountJwt, FIRST_ISSUED, fleetAccountJwt, operatorJwt, systemAccountJwt } from './account-claims.ts';
import { type OperatorKeys, publicKeyOf } from './operator-keys.ts';

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
    /** Without it the socket is plain: for loopback only. */
    readonly tls?: TlsFiles;
    readonly allowedOrigins?: readonly string[];
  };
  readonly tls?: TlsFiles;
  /** Disk for JetStream, bytes. Default 1 GB. */
  readonly maxFileBytes?: number;
}

/** Paths of files in PEM. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface ServerConfig {
  /** For `nats-server -c`. Holds JWTs, which are no secrets, and no seeds. */
  readonly text: string;
  /** Must exist before the server starts. */
  readonly folders: readonly string[];
}

/** The configuration of a nats-server (2.9 and newer) in operator mode with the accounts of these keys. */
export async function serverConfig(keys: OperatorKeys, settings: ServerSettings): Promise<ServerConfig> {
  const claims = `${settings.folder}/claims`;
  const jetstream = `${settings.folder}/jetstream`;
  const lines = [
    'server_name: fleetfit',
    `listen: ${quoted(`${settings.host}:${settings.port}`)}`,
    ...(settings.monitorPort === undefined ? [] : [`http: "127.0.0.1:${settings.monitorPort}"`]),
    ...(settings.tls ? [tlsBlock(settings.tls)] : []),
    ...(settings.websocket ? [websocketBlock(settings.websocket)] : []),
    'max_payload: 1MB',
    'ping_interval: "20s"',
    'ping_max: 2',
    'write_deadline: "10s"',
    `jetstream { store_dir: ${quoted(jetstream)}, max_mem: 64MB, max_file: ${settings.maxFileBytes ?? 1_000_000_000} }`,
    `operator: ${await operatorJwt(keys)}`,
    `system_account: ${publicKeyOf(keys.system)}`,
    `resolver: { type: full, dir: ${quoted(claims)}, allow_delete: false, interval: "2m", timeout: "1.9s" }`,
    'resolver_preload: {',
    `  ${publicKeyOf(keys.system)}: ${await systemAccountJwt(keys)}`,
    `  ${publicKeyOf(keys.coordinator)}: ${await coordinatorAccountJwt(keys)}`,
    `  ${publicKeyOf(keys.fleet)}: ${await fleetAccountJwt(keys, FIRST_ISSUED, {})}`,
    '}',
  ];
  return { text: `${lines.join('\n')}\n`, folders: [jetstream, claims] };
}

function websocketBlock(websocket: NonNullable<ServerSettings['websocket']>): string {
  const origins = (websocket.allowedOrigins ?? []).map(quoted).join(', ');
  return [
    `websocket { listen: ${quoted(`${websocket.host}:${websocket.port}`)}`,
    websocket.tls ? tlsBlock(websocket.tls) : 'no_tls: true',
    ...(origins ? [`allowed_origins: [${origins}]`] : []),
    // Weights and hashes do not compress.
    'compression: false }',
  ].join('\n  ');
}

function tlsBlock({ certFile, keyFile }: TlsFiles): string {
  return `tls { cert_file: ${quoted(certFile)}, key_file: ${quoted(keyFile)} }`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
