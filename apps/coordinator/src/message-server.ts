import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetError, type Log } from '@fleetfit/core';
import { assertNatsFloor, findNatsServer, isLoopback, type NatsServer, startNatsServer } from '@fleetfit/host';
import { type OperatorKeys, serverConfig } from '@fleetfit/messaging/operator';

export interface MessageServer {
  readonly url: string;
  /** `2.9.10`, or `external`. */
  readonly version: string;
  /** Port of its WebSocket listener on loopback now; another after a restart of it. */
  readonly websocketPort: () => number;
  /** What to do when it refuses us: how to start it with our accounts. Only for an external one. */
  readonly next?: string;
  close(): Promise<void>;
}

export interface MessageServerOptions {
  readonly keys: OperatorKeys;
  readonly folder: string;
  /** Address to listen on. */
  readonly host: string;
  /** 0: the system chooses, and the choice is kept for restarts. */
  readonly port: number;
  readonly say: (sentence: string) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
}

/** What our door says it is to the message server: no page can have this origin (RFC 6761). */
export const RELAY_ORIGIN = 'http://fleetfit.invalid';

const RESTART_MS = 500;

/**
 * The message server: `NATS_URL` where it is set (it must run with our accounts), else one of our own,
 * started again on the same port whenever it ends.
 */
export async function openMessageServer(options: MessageServerOptions): Promise<MessageServer> {
  const external = (options.env ?? process.env)['NATS_URL'];
  if (external) return externalServer(external, options);
  const { folder, host, keys, say, log, signal } = options;
  const found = await findNatsServer({ signal, log, say });
  assertNatsFloor(found.version, { loopback: isLoopback(host) });
  const start = async (port: number): Promise<NatsServer> => {
    const { text } = await configOf({ keys, folder, host, port, websocketPort: -1 });
    return startNatsServer({ bin: found.path, configText: text, folder, signal, log });
  };
  let server = await start(options.port === 0 ? -1 : options.port);
  const { url, port } = server;
  let closing = false;
  const watch = (running: NatsServer): void => {
    void running.ended.then(async () => {
      if (closing || signal.aborted) return;
      log.warn('nats-server ended; it is started again', { port });
      server = await startAgain(() => start(port), { signal, log });
      watch(server);
    });
  };
  watch(server);
  return {
    url,
    version: found.version,
    websocketPort: () => server.websocketPort ?? 0,
    async close() {
      closing = true;
      await server.stop();
    },
  };
}

/**
 * Somebody else runs it: what it has to run with is written beside our data, so that it can be started or changed to fit. Browsers need its
 * WebSocket listener, on loopback at the port after its own.
 */
async function externalServer(url: string, { keys, folder }: MessageServerOptions): Promise<MessageServer> {
  if (!URL.canParse(url))
    throw new FleetError('invalid', `Cannot use NATS_URL "${url}": it is no URL`, { next: 'write it like nats://127.0.0.1:4222' });
  const { hostname, port } = new URL(url);
  const at = Number(port || 4222);
  const websocketPort = at + 1;
  const { text } = await configOf({ keys, folder, host: hostname, port: at, websocketPort });
  const file = join(folder, 'external.conf');
  await writeFile(file, text, { mode: 0o600 });
  return {
    url,
    version: 'external',
    websocketPort: () => websocketPort,
    next: `start it with our accounts: nats-server -c ${file}`,
    close: async () => {},
  };
}

interface Where {
  readonly keys: OperatorKeys;
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly websocketPort: number;
}

async function configOf({ keys, folder, host, port, websocketPort }: Where) {
  // Browsers come through our own door; a page that finds this port by itself is refused by its origin.
  const websocket = { host: '127.0.0.1', port: websocketPort, allowedOrigins: [RELAY_ORIGIN] };
  const config = await serverConfig(keys, { folder: join(folder, 'data'), host, port, monitorPort: -1, websocket });
  for (const each of config.folders) await mkdir(each, { recursive: true, mode: 0o700 });
  return config;
}

async function startAgain(start: () => Promise<NatsServer>, { signal, log }: { signal: AbortSignal; log: Log }): Promise<NatsServer> {
  for (;;) {
    try {
      return await start();
    } catch (thrown) {
      if (signal.aborted) throw new FleetError('cancelled', 'Cannot start nats-server again: stopping', { cause: thrown });
      log.error('nats-server does not start', { why: thrown instanceof Error ? thrown.message : String(thrown) });
      await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
    }
  }
}
