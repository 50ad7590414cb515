import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type AgentState, measureIsolated, openSession, type Refused, renewSessions, runAgent, type SessionPorts } from '@fleetfit/agent';
import { openBlobCache } from '@fleetfit/artifacts';
import {
  type DeviceClassId,
  type DeviceId,
  deviceClassId,
  hostId,
  type Log,
  type Milliseconds,
  milliseconds,
  seededRng,
  silent,
} from '@fleetfit/core';
import { type CurrentSession, connectWithSession, type DeviceLeases, type DeviceSession, deviceLeases } from '@fleetfit/messaging';
import { decodeMessage, Report } from '@fleetfit/protocol';
import { enrollmentClient, reportClient } from '@fleetfit/rpc';
import { type Inbox, makeInbox } from '@fleetfit/runtime';
import { type NodeHostOptions, nodeHost } from '@fleetfit/runtime-node';
import { connect } from '@nats-io/transport-node';
import { cachedArtifacts } from './cached-artifacts.ts';
import { type DeviceDescription, freeMemoryBytes, hostLoad } from './device-facts.ts';
import type { DeviceHome, JoinedDevice } from './device-home.ts';
import { cameraSessions } from './enroll.ts';
import { describe, holdHome, type JoinDeviceOptions, joinHome } from './join-device.ts';
import { journalFile } from './journal-file.ts';
import { nodeTime } from './node-time.ts';
import { openOutboxFolder } from './outbox-folder.ts';

export interface CameraAgentOptions extends JoinDeviceOptions {
  readonly log?: Log;
  /** Told as things happen: for a terminal. */
  readonly onEvent?: (event: CameraEvent) => void;
  /** How long one question for work may wait. Default 25 s. */
  readonly poll?: Milliseconds;
  /** Most that the cache of models and images may hold. Default 4 GB. */
  readonly cacheBytes?: number;
  /** Program of the measuring process. Default: `measure-child` beside this file, as it is bundled. */
  readonly measureChild?: Pick<NodeHostOptions, 'entry' | 'execArgv'>;
}

export type CameraEvent =
  /** `words` are shown here and beside the device on the dashboard; empty when it had joined before. */
  | { readonly kind: 'joined'; readonly device: DeviceId; readonly words: string }
  /** Once, when it turns out that somebody has to approve this device. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'active'; readonly device: DeviceId; readonly deviceClass: DeviceClassId }
  | { readonly kind: 'state'; readonly state: AgentState };

/**
 * The camera agent: joins where a link is given, waits for approval, and then measures whatever it is leased until the signal aborts.
 * All it knows lies in its home folder, so that it goes on after a kill at any moment.
 *
 * @throws FleetError with a sentence when it cannot join, or is not wanted any more
 */
export async function runCameraAgent(options: CameraAgentOptions): Promise<void> {
  const { onEvent = () => {} } = options;
  const held = await holdHome(options.home);
  try {
    const { device, words } = await joinHome(held.home, options);
    onEvent({ kind: 'joined', device: device.id, words });
    await new CameraAgent(held.home, device, options).run();
  } finally {
    held.letGo();
  }
}

const DEFAULT_POLL = milliseconds(25_000);
const DEFAULT_CACHE = 4 * 2 ** 30;

class CameraAgent {
  readonly #home: DeviceHome;
  readonly #device: JoinedDevice;
  readonly #options: CameraAgentOptions;
  readonly #description: DeviceDescription;
  readonly #log: Log;
  // Random, not by the device: two agents that were copied from one home must not keep step.
  readonly #rng = seededRng(randomUUID());
  readonly #refused: Inbox<Refused> = makeInbox();

  constructor(home: DeviceHome, device: JoinedDevice, options: CameraAgentOptions) {
    this.#home = home;
    this.#device = device;
    this.#options = options;
    this.#description = describe(options, device);
    this.#log = options.log ?? silent;
  }

  async run(): Promise<void> {
    const client = enrollmentClient(this.#device.address);
    try {
      const session = cameraSessions({ device: this.#device, home: this.#home, facts: this.#description.facts, client });
      let told = false;
      const onPending = (): void => {
        if (!told) this.#options.onEvent?.({ kind: 'pending' });
        told = true;
      };
      await this.#work({ session, time: nodeTime, rng: this.#rng, log: this.#log, onPending });
    } finally {
      client.close();
    }
  }

  async #work(ports: SessionPorts<DeviceSession>): Promise<void> {
    const { signal } = this.#options;
    const current: CurrentSession = { session: await openSession(ports, signal) };
    this.#tellActive(current);
    const onRefused = (why: string): void => this.#refused.push({ why });
    const link = await connectWithSession({ device: this.#device.id, connect, current, ports, onRefused }, signal);
    const wish = () => ({ hostId: hostId(this.#description.facts.hostId), freeMemoryBytes: freeMemoryBytes() });
    const leases = deviceLeases(link, { wish, poll: this.#options.poll ?? DEFAULT_POLL });
    const onRenewed = async (next: DeviceSession): Promise<void> => {
      current.session = next;
      await leases.renew();
    };
    try {
      await together(signal, [
        (each) => renewSessions(current.session, { ...ports, refused: this.#refused, onRenewed }, each),
        (each) => this.#measure(leases, current, each),
      ]);
    } finally {
      await link.close();
    }
  }

  async #measure(leases: DeviceLeases, current: CurrentSession, signal: AbortSignal): Promise<void> {
    const { onEvent = () => {}, cacheBytes = DEFAULT_CACHE } = this.#options;
    const bearer = (): string => current.session.response.bearer;
    const reports = reportClient(this.#device.address, bearer);
    const cache = await openBlobCache(this.#home.cache, cacheBytes);
    try {
      await runAgent(
        {
          device: this.#device.id,
          conditions: this.#description.conditions,
          load: hostLoad,
          leases,
          reports: { send: (report, each) => reports.report({ report: decodeMessage(Report, report, 'report') }, each) },
          artifacts: cachedArtifacts({ url: () => current.session.response.tensorsUrl, bearer, cache }),
          measure: measureIsolated(nodeHost(this.#child()), { open: this.#description.open, time: nodeTime, log: this.#log }),
          journal: journalFile(this.#home.journal),
          outbox: await openOutboxFolder(this.#home.outbox),
          time: nodeTime,
          rng: this.#rng,
          log: this.#log,
          onState: (state) => onEvent({ kind: 'state', state }),
        },
        signal,
      );
    } finally {
      reports.close();
    }
  }

  #child(): NodeHostOptions {
    // Beside this file and of its kind: a bundle starts a bundle, sources start sources with the same loader.
    const [, extension = '.js'] = /(\.\w+)$/.exec(new URL(import.meta.url).pathname) ?? [];
    const standard = { entry: fileURLToPath(new URL(`./measure-child${extension}`, import.meta.url)), execArgv: process.execArgv };
    return { ...(this.#options.measureChild ?? standard), env: { FLEETFIT_BLOBS: this.#home.cache } };
  }

  #tellActive({ session }: CurrentSession): void {
    this.#options.onEvent?.({ kind: 'active', device: this.#device.id, deviceClass: deviceClassId(session.response.deviceClassId) });
  }
}

/** Runs all beside each other; when one ends or fails, the others are stopped and waited for. */
async function together(signal: AbortSignal, works: readonly ((signal: AbortSignal) => Promise<void>)[]): Promise<void> {
  const stop = new AbortController();
  const each = AbortSignal.any([signal, stop.signal]);
  const ends = await Promise.allSettled(works.map((work) => work(each).finally(() => stop.abort())));
  for (const end of ends) if (end.status === 'rejected' && !signal.aborted) throw end.reason;
}
