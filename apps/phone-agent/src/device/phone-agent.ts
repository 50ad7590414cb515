import { type AgentState, measureIsolated, openSession, type Refused, renewSessions, runAgent, type SessionPorts } from '@fleetfit/agent';
import type { BlobKeeper } from '@fleetfit/artifacts/web';
import { type DeviceClassId, deviceClassId, hostId, type Log, milliseconds, seededRng } from '@fleetfit/core';
import {
  type CurrentSession,
  connectWithSession,
  type DeviceLeases,
  type DeviceLink,
  type DeviceSession,
  deviceLeases,
} from '@fleetfit/messaging';
import { decodeMessage, Report } from '@fleetfit/protocol';
import { type WebEnrollmentClient, webReportClient } from '@fleetfit/rpc/web';
import { makeInbox } from '@fleetfit/runtime';
import { webHost } from '@fleetfit/runtime-web';
import { wsconnect } from '@nats-io/nats-core';
import { BUILD } from '../build.ts';
import type { DeviceRecord, JoinedDevice } from '../keeping/device-record.ts';
import type { Measured } from '../keeping/history.ts';
import { databaseJournal } from '../keeping/journal.ts';
import type { Database } from '../keeping/open-database.ts';
import { databaseOutbox } from '../keeping/outbox.ts';
import type { DeviceDescription } from './browser-facts.ts';
import { endsTooOften, settleLastPage } from './crash-watch.ts';
import type { DeviceKey } from './device-key.ts';
import { notingMeasure } from './noting-measure.ts';
import { pageArtifacts } from './page-artifacts.ts';
import { phoneSessions } from './phone-sessions.ts';
import { restingLeases } from './resting-leases.ts';
import { healthOf, type Surroundings } from './surroundings.ts';
import { webTime } from './web-time.ts';

/** What happens, for a screen. */
export type PhoneEvent =
  /** Somebody has to approve this phone. */
  | { readonly kind: 'pending' }
  /** Approved and connected. */
  | { readonly kind: 'active'; readonly deviceClass: DeviceClassId }
  | { readonly kind: 'state'; readonly state: AgentState }
  | { readonly kind: 'fetched'; readonly bytes: number; readonly all: number }
  | { readonly kind: 'measured'; readonly measured: Measured }
  | { readonly kind: 'sent' }
  /** The page ended in the middle of measuring again and again: it goes on when somebody says so. */
  | { readonly kind: 'ends-too-often' };

export interface PhoneAgentOptions {
  readonly device: JoinedDevice;
  readonly key: DeviceKey;
  readonly description: DeviceDescription;
  readonly database: Database;
  readonly record: DeviceRecord;
  readonly keeper: BlobKeeper;
  readonly client: WebEnrollmentClient;
  /** `https://host:port` of this page: it talks to nobody else. */
  readonly origin: string;
  /** Why this phone wants to rest now; read again after each `restChanged`. */
  readonly resting: () => string | undefined;
  readonly surroundings: () => Surroundings;
  readonly onEvent: (event: PhoneEvent) => void;
  readonly log: Log;
}

/** How long one question for work may wait. */
const POLL = milliseconds(25_000);

/**
 * The phone agent: waits for approval, and then measures whatever it is leased until the signal aborts. All it knows lies in the
 * database, so that it goes on after the end of the tab at any moment.
 */
export class PhoneAgent {
  readonly #options: PhoneAgentOptions;
  // Random: two phones that were set up alike must not keep step.
  readonly #rng = seededRng(crypto.randomUUID());
  readonly #refused = makeInbox<Refused>();
  #state: AgentState | undefined;
  #restChanged: () => void = () => {};

  constructor(options: PhoneAgentOptions) {
    this.#options = options;
  }

  /** The attempt under way, if any. */
  get attempt(): string | undefined {
    return this.#lease()?.attemptId;
  }

  restChanged(): void {
    this.#restChanged();
  }

  /** @throws FleetError `denied` or `unauthenticated` when the coordinator does not want this phone any more */
  async run(signal: AbortSignal): Promise<void> {
    const { device, key, client, description, log, onEvent, origin } = this.#options;
    const session = phoneSessions(device.id, { key, facts: description.facts, client });
    const ports: SessionPorts<DeviceSession> = {
      session,
      time: webTime,
      rng: this.#rng,
      log,
      onPending: () => onEvent({ kind: 'pending' }),
    };
    const current: CurrentSession = { session: await openSession(ports, signal) };
    const onRefused = (why: string): void => this.#refused.push({ why });
    const natsUrl = `${origin.replace(/^http/, 'ws')}/nats`;
    const link = await connectWithSession({ device: device.id, connect: wsconnect, natsUrl, current, ports, onRefused }, signal);
    onEvent({ kind: 'active', deviceClass: deviceClassId(current.session.response.deviceClassId) });
    try {
      await this.#work(link, { current, ports }, signal);
    } finally {
      await link.close();
    }
  }

  async #work(
    link: DeviceLink,
    { current, ports }: { readonly current: CurrentSession; readonly ports: SessionPorts<DeviceSession> },
    signal: AbortSignal,
  ): Promise<void> {
    const { description, resting, surroundings } = this.#options;
    const wish = () => {
      const why = resting();
      return {
        hostId: hostId(description.facts.hostId),
        freeMemoryBytes: 0,
        health: healthOf(surroundings()),
        ...(why === undefined ? {} : { resting: why }),
      };
    };
    const leases = deviceLeases(link, { wish, poll: POLL, health: () => healthOf(surroundings()) });
    const onRenewed = async (next: DeviceSession): Promise<void> => {
      current.session = next;
      await leases.renew();
    };
    await together(signal, [
      (each) => renewSessions(current.session, { ...ports, refused: this.#refused, onRenewed }, each),
      (each) => this.#measure(leases, current, each),
    ]);
  }

  async #measure(leases: DeviceLeases, current: CurrentSession, signal: AbortSignal): Promise<void> {
    const { device, description, database, record, keeper, origin, resting, onEvent, log } = this.#options;
    const bearer = (): string => current.session.response.bearer;
    const reports = webReportClient(origin, bearer);
    const journal = databaseJournal(database);
    const outbox = databaseOutbox(database);
    const polite = restingLeases(leases, { resting, current: () => this.#lease(), log });
    this.#restChanged = () => polite.changed();
    const died = await settleLastPage({ journal, outbox, record, leases: polite, log }, signal);
    if (died) onEvent({ kind: 'measured', measured: died });
    if (await endsTooOften(record)) onEvent({ kind: 'ends-too-often' });
    const isolated = measureIsolated(webHost({ entry: BUILD.measureWorker, name: 'measure' }), {
      open: description.open,
      time: webTime,
      log,
    });
    try {
      await runAgent(
        {
          device: device.id,
          conditions: description.conditions,
          // No browser tells what else its computer does.
          load: () => 0,
          leases: polite,
          reports: {
            send: async (report, each) => {
              const answer = await reports.report({ report: decodeMessage(Report, report, 'report') }, each);
              onEvent({ kind: 'sent' });
              return answer;
            },
          },
          artifacts: pageArtifacts({ keeper, origin, bearer, onFetched: (bytes, all) => onEvent({ kind: 'fetched', bytes, all }) }),
          measure: notingMeasure(isolated, (measured) => onEvent({ kind: 'measured', measured })),
          journal,
          outbox,
          time: webTime,
          rng: this.#rng,
          log,
          onState: (state) => {
            this.#state = state;
            onEvent({ kind: 'state', state });
          },
        },
        signal,
      );
    } finally {
      this.#restChanged = () => {};
      reports.close();
    }
  }

  #lease() {
    return this.#state?.work.kind === 'measuring' ? this.#state.work.lease : undefined;
  }
}

/** Runs all beside each other; when one ends or fails, the others are stopped and waited for. */
async function together(signal: AbortSignal, works: readonly ((signal: AbortSignal) => Promise<void>)[]): Promise<void> {
  const stop = new AbortController();
  const each = AbortSignal.any([signal, stop.signal]);
  const ends = await Promise.allSettled(works.map((work) => work(each).finally(() => stop.abort())));
  for (const end of ends) if (end.status === 'rejected' && !signal.aborted) throw end.reason;
}
