import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Addresses } from '@fleetfit/coordinator';
import { type ErrorCode, FleetError, toFleetError } from '@fleetfit/core';
import { type OurProcess, startProcess } from './child-process.ts';
import { useThisComputer } from './use-this-computer.ts';

export interface FleetOptions {
  readonly home: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly compressors: number;
  /** Address on which devices are answered; default loopback. */
  readonly listen?: string;
  /** Files of a certificate for the device origin. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
  /** Silence of a compressor, ms, after which its work goes to another. */
  readonly workSilenceMs?: number;
  readonly say: (sentence: string) => void;
}

export interface AgentOptions {
  /** The agent's own folder: its key, its outbox, its cache. */
  readonly home: string;
  /** Needed the first time. */
  readonly link?: string;
  readonly threads: number;
  readonly name?: string;
}

/** Everything that runs here: each a process of its own, started again should it end by itself. */
export interface Fleet {
  readonly addresses: Addresses;
  startAgent(options: AgentOptions): Supervised;
  readonly coordinator: Supervised;
  readonly compressors: readonly Supervised[];
  /** Agents first, then compressors, then the coordinator. */
  stop(): Promise<void>;
}

const dist = (app: string): string => fileURLToPath(import.meta.resolve(`@fleetfit/${app}/main`));
/** The dashboard's static files, where they were built. */
const dashboardFolder = (): string => fileURLToPath(new URL('../../dashboard/out', import.meta.url));

/** The phone agent's, likewise. */
const phoneAgentFolder = (): string => fileURLToPath(new URL('../../phone-agent/dist', import.meta.url));

/** Starts coordinator (with its message server) and compressors, and waits until the coordinator is ready. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { home, say } = options;
  const logs = (name: string): string => join(home, 'logs', `${name}.log`);
  const silence = options.workSilenceMs === undefined ? [] : ['--work-silence', String(options.workSilenceMs)];
  const coordinator = supervise(() =>
    startProcess({
      name: 'the coordinator',
      entry: dist('coordinator'),
      args: [
        '--home',
        home,
        '--port',
        String(options.port),
        '--dashboard',
        dashboardFolder(),
        '--listen',
        options.listen ?? '127.0.0.1',
        '--phone-agent',
        phoneAgentFolder(),
        ...(options.certificate ? ['--cert', options.certificate.cert, '--key', options.certificate.key] : []),
        '--starts-agents',
        ...silence,
      ],
      logFile: logs('coordinator'),
      onSay: say,
      onUseThisComputer: (threads) => {
        useThisComputer(fleet, { home, threads }).catch((thrown: unknown) => say(toFleetError(thrown, 'Cannot use this computer').message));
      },
    }),
  );
  const ready = await coordinator.firstReady.catch(async (thrown: unknown) => {
    await coordinator.stop();
    throw thrown;
  });
  const compressors = Array.from({ length: options.compressors }, (_, i) =>
    supervise(() =>
      startProcess({
        name: 'a compressor',
        entry: dist('compressor'),
        args: ['--home', home],
        logFile: logs(`compressor-${i + 1}`),
        onSay: say,
      }),
    ),
  );
  const agents: Supervised[] = [];
  const fleet: Fleet = {
    addresses: addressesIn(ready),
    coordinator,
    compressors,
    startAgent(agent) {
      const started = supervise(() => startAgentProcess(agent, say));
      agents.push(started);
      return started;
    },
    async stop() {
      await Promise.all(agents.map((each) => each.stop()));
      await Promise.all(compressors.map((each) => each.stop()));
      await coordinator.stop();
    },
  };
  return fleet;
}

/** One agent on this computer. */
export function startAgentProcess(agent: AgentOptions, say: (sentence: string) => void): OurProcess {
  const args = [
    '--home',
    agent.home,
    '--threads',
    String(agent.threads),
    ...(agent.link ? ['--link', agent.link] : []),
    ...(agent.name ? ['--name', agent.name] : []),
  ];
  return startProcess({ name: 'the agent', entry: dist('camera-agent'), args, logFile: join(agent.home, 'agent.log'), onSay: say });
}

function addressesIn(ready: Readonly<Record<string, unknown>>): Addresses {
  const { addresses } = ready;
  if (typeof addresses !== 'object' || addresses === null || !('operator' in addresses))
    throw new FleetError('bug', 'Cannot use the coordinator: it told no addresses');
  return addresses as Addresses;
}

/** A process that is started again whenever it ends by itself. */
export interface Supervised {
  /** Of the process that runs now. */
  pid(): number;
  readonly firstReady: Promise<Readonly<Record<string, unknown>>>;
  /** Resolves once it is started no more: because it was stopped, or with why it cannot go on. */
  readonly over: Promise<FleetError | undefined>;
  stop(): Promise<void>;
}

const PAUSE_MS = 500;
/** What no later start can mend: the coordinator does not want this device any more. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['denied', 'unauthenticated']);

export function supervise(start: () => OurProcess): Supervised {
  let running = start();
  const stopping = new AbortController();
  const { ready: firstReady } = running;
  const wasReady = firstReady.then(
    () => true,
    () => false,
  );
  const watch = async (): Promise<FleetError | undefined> => {
    while (!stopping.signal.aborted) {
      const { failed } = await running.ended;
      if (stopping.signal.aborted) return undefined;
      // One that never got ready has said why: starting it again would only say it again.
      if (!(await wasReady) || (failed && FINAL.has(failed.code))) return failed;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      if (!stopping.signal.aborted) running = start();
    }
    return undefined;
  };
  const over = watch();
  return {
    pid: () => running.pid,
    firstReady,
    over,
    async stop() {
      stopping.abort();
      await running.stop();
    },
  };
}
