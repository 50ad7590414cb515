import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FleetError, type Log } from '@fleetfit/core';
import { type Ended, type StartedChild, startChild } from './start-child.ts';

export interface NatsServerStart {
  /** The program, from findNatsServer. */
  readonly bin: string;
  /** The whole configuration. A port of -1 lets the system choose. Written as `nats-server.conf` with mode 0600: it may hold seeds. */
  readonly configText: string;
  /** A folder of this server alone, made when missing: configuration, pid file, ports. Whoever calls holds its lock. */
  readonly folder: string;
  /** Ends the wait for readiness. Once the server is ready, only `stop` stops it: an orderly end has an order. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** How long it may take to be ready (default 30 s: a large store is read back first) and to stop (default 10 s). */
  readonly readyMs?: number;
  readonly graceMs?: number;
}

export interface NatsServer {
  /** `nats://127.0.0.1:4222` */
  readonly url: string;
  readonly port: number;
  /** Undefined when the configuration does not ask for it. */
  readonly monitorPort: number | undefined;
  readonly websocketPort: number | undefined;
  readonly pid: number;
  /** SIGTERM, then SIGKILL after the grace. Resolves when it has ended; calling it twice is fine. */
  readonly stop: () => Promise<void>;
  /** Resolves, never rejects, when the server has ended for whatever reason. */
  readonly ended: Promise<Ended>;
}

/**
 * Starts a nats-server and waits until it takes connections, JetStream included. Throws `conflict` when a port is taken or a living
 * process owns a server in this folder, `unavailable` when it ends or is not ready in time, `cancelled`.
 *
 * It does not outlive us: see startChild. One left behind by an owner that was killed is ended first, never reused: its
 * configuration may be an older one.
 */
export async function startNatsServer(start: NatsServerStart): Promise<NatsServer> {
  const { folder, configText } = start;
  const ports = join(folder, 'ports');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const child = await startChild({
    name: 'nats-server',
    folder,
    command: start.bin,
    args: ['-c', join(folder, 'nats-server.conf'), '--ports_file_dir', ports],
    prepare: () => {
      rmSync(ports, { recursive: true, force: true });
      mkdirSync(ports);
      writeFileSync(join(folder, 'nats-server.conf'), configText, { mode: 0o600 });
    },
    // The server writes this file once it accepts connections, which is after JetStream has read its store.
    ready: (pid) => readPorts(ports, pid) !== undefined,
    explain: (lines) => explain(lines),
    onLine: (line) => passOn(line, start.log),
    signal: start.signal,
    readyMs: start.readyMs ?? 30_000,
    graceMs: start.graceMs ?? 10_000,
  });
  start.log.info('nats-server is ready', { pid: child.pid, folder });
  return serverOf(child, readPorts(ports, child.pid) ?? {});
}

function serverOf(child: StartedChild, ports: Ports): NatsServer {
  const [url] = ports.nats ?? [];
  const port = portOf(url);
  if (!url || port === undefined) throw new FleetError('bug', 'Cannot use nats-server: it listens for no clients');
  return {
    url,
    port,
    monitorPort: portOf(ports.monitoring?.[0]),
    websocketPort: portOf(ports.websocket?.[0]),
    pid: child.pid,
    stop: child.stop,
    ended: child.ended,
  };
}

interface Ports {
  readonly nats?: readonly string[];
  readonly monitoring?: readonly string[];
  readonly websocket?: readonly string[];
}

function readPorts(folder: string, pid: number): Ports | undefined {
  const file = readdirSync(folder).find((name) => name.endsWith(`_${pid}.ports`));
  if (!file) return undefined;
  try {
    return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Ports;
  } catch {
    return undefined; // half written: look again
  }
}

function portOf(url: string | undefined): number | undefined {
  const digits = url ? /:(\d+)$/.exec(url)?.[1] : undefined;
  return digits ? Number(digits) : undefined;
}

function explain(lines: readonly string[]): FleetError | undefined {
  const taken = lines.find((line) => line.includes('address already in use'));
  if (taken) {
    const address = /listen tcp (\S+): bind/.exec(taken)?.[1] ?? 'its port';
    return new FleetError('conflict', `Cannot start nats-server: ${address} is taken by another process`, {
      next: 'choose another port, or end the process that holds it',
    });
  }
  const fatal = lines.findLast((line) => line.includes('[FTL]')) ?? lines.at(-1);
  return fatal ? new FleetError('unavailable', `Cannot start nats-server: ${wordsOf(fatal)}`) : undefined;
}

// `[pid] 2026/11/25 00:22:27.586946 [WRN] words`
const wordsOf = (line: string): string => line.replace(/^.*\[(?:FTL|ERR|WRN)\] /, '').replace(/^nats-server: /, '');

function passOn(line: string, log: Log): void {
  if (line.includes('[ERR]') || line.includes('[FTL]')) log.error('nats-server', { said: wordsOf(line) });
  else if (line.includes('[WRN]')) log.warn('nats-server', { said: wordsOf(line) });
}
