import { blobKeeper } from '@fleetfit/artifacts/web';
import { type Log, silent } from '@fleetfit/core';
import { webEnrollmentClient } from '@fleetfit/rpc/web';
import { BUILD } from '../build.ts';
import { describeBrowser } from '../device/browser-facts.ts';
import { markAsLeft } from '../device/crash-watch.ts';
import { openDeviceKey } from '../device/device-key.ts';
import { join, type Ticket } from '../device/join-fleet.ts';
import { choicesOf, type JoinSecret, parseJoinSecret } from '../device/join-link.ts';
import type { PhoneAgent, PhoneEvent } from '../device/phone-agent.ts';
import { reasonToRest, type Surroundings, watchSurroundings } from '../device/surroundings.ts';
import { deviceRecord, type JoinedDevice } from '../keeping/device-record.ts';
import { databaseHistory } from '../keeping/history.ts';
import { type Database, openDatabase } from '../keeping/open-database.ts';
import { type AppState, START, type Trouble } from './app-state.ts';
import { holdTab } from './hold-tab.ts';
import { keepScreenOn } from './keep-screen-on.ts';
import { endTrouble, joinTrouble } from './troubles.ts';

const CRASHING = 'the page ended in the middle of measuring twice in ten minutes; press Go on to try again';

const OTHER_TAB: Trouble = {
  title: 'Open in another tab already',
  what: 'This phone measures in one tab at a time, since two would disturb each other.',
  next: 'Go to the other tab, or close it and try again here.',
};

/** What the page does, apart from how it looks: joins, runs the agent, pauses, leaves. */
export class PhoneApp {
  readonly #listeners = new Set<() => void>();
  readonly #log: Log;
  readonly #origin: string;
  #state: AppState = START;
  #database: Database | undefined;
  #agent: PhoneAgent | undefined;
  #stop = new AbortController();
  #endsTooOften = false;
  #surroundings: (() => Surroundings) | undefined;
  #wantScreen: (wanted: boolean) => void = () => {};

  constructor(origin: string, log: Log = silent) {
    this.#origin = origin;
    this.#log = log;
  }

  get state(): AppState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens what the phone keeps, joins where the address has a token, and goes on from where the last page stopped. */
  async start(address: Pick<Location, 'hash' | 'search'>): Promise<void> {
    try {
      const secret = parseJoinSecret(address.hash);
      if (!(await holdTab())) return this.#set({ stage: { kind: 'stopped', trouble: OTHER_TAB, again: 'reload' } });
      const record = deviceRecord(await this.#open());
      await record.keepChoices({ ...(await record.choices()), ...choicesOf(address.search) });
      this.#set({
        history: await databaseHistory(await this.#open()).list(),
        description: await describeBrowser(await record.choices(), await record.hostId()),
      });
      if (secret) return await this.#joinBy({ kind: 'token', text: secret.token }, secret);
      const device = await record.joined();
      if (device) await this.#run(device);
      else this.#set({ stage: { kind: 'outside', busy: false, trouble: undefined } });
    } catch (thrown) {
      this.#set({ stage: { kind: 'stopped', ...endTrouble(thrown) } });
    }
  }

  async enterCode(code: string): Promise<void> {
    await this.#joinBy({ kind: 'code', text: code });
  }

  setPaused(paused: boolean): void {
    if (this.#endsTooOften && this.#database) void deviceRecord(this.#database).keepCrashes([]);
    this.#endsTooOften = false;
    this.#set({ paused });
    this.#restChanged();
  }

  /** Forgets everything on this phone. The fleet is told by silence: a device that never comes back can be removed there. */
  async leave(): Promise<void> {
    this.#stop.abort();
    const database = await this.#open();
    await database.clear();
    const root = await navigator.storage.getDirectory();
    await root.removeEntry('fleetfit-cache', { recursive: true }).catch(() => {}); // a worker still holds it, or it was never made
    this.#stop = new AbortController();
    this.#set({
      ...START,
      description: this.#state.description,
      certificate: this.#state.certificate,
      stage: { kind: 'outside', busy: false, trouble: undefined },
    });
  }

  /** Told by the page as it is being closed or loaded again. */
  closing(): void {
    const attempt = this.#agent?.attempt;
    if (attempt) markAsLeft(attempt);
  }

  noteCertificate(certificate: AppState['certificate']): void {
    this.#set({ certificate });
  }

  async #joinBy(ticket: Ticket, secret?: JoinSecret): Promise<void> {
    this.#set({ stage: { kind: 'outside', busy: true, trouble: undefined } });
    const database = await this.#open();
    const record = deviceRecord(database);
    const { description } = this.#state;
    if (!description) return;
    const client = webEnrollmentClient(this.#origin);
    try {
      const key = await openDeviceKey(database);
      const { device } = await join(ticket, { key, facts: description.facts, client, record }, AbortSignal.timeout(30_000));
      if (secret?.fingerprint) await database.put('device', 'authority', secret.fingerprint);
      // The browser may now keep what it has been given for longer.
      void navigator.storage.persist?.();
      await this.#run(device);
    } catch (thrown) {
      this.#set({ stage: { kind: 'outside', busy: false, trouble: joinTrouble(thrown) } });
    } finally {
      client.close();
    }
  }

  async #run(device: JoinedDevice): Promise<void> {
    const { signal } = this.#stop;
    const database = await this.#open();
    const record = deviceRecord(database);
    const { description } = this.#state;
    if (!description) return;
    const surroundings = watchSurroundings(() => this.#restChanged(), signal);
    this.#surroundings = surroundings;
    this.#wantScreen = keepScreenOn((screen) => this.#set({ screen }), signal);
    this.#set({ device, surroundings: surroundings(), stage: { kind: 'connecting', since: performance.now() } });
    const worker = new Worker(BUILD.blobsWorker, { type: 'module', name: 'blobs' });
    const client = webEnrollmentClient(this.#origin);
    // Loaded when it is needed: whoever only looks at the page pays nothing for it.
    const { PhoneAgent } = await import('../device/phone-agent.ts');
    this.#agent = new PhoneAgent({
      device,
      key: await openDeviceKey(database),
      description,
      database,
      record,
      keeper: blobKeeper(worker),
      client,
      origin: this.#origin,
      resting: () => this.#resting(),
      surroundings,
      onEvent: (event) => this.#take(event, database),
      log: this.#log,
    });
    try {
      await this.#agent.run(signal);
    } catch (thrown) {
      if (!signal.aborted) this.#set({ stage: { kind: 'stopped', ...endTrouble(thrown) } });
    } finally {
      this.#agent = undefined;
      this.#wantScreen(false);
      worker.terminate();
      client.close();
    }
  }

  #take(event: PhoneEvent, database: Database): void {
    switch (event.kind) {
      case 'pending':
        // Told again and again while it waits.
        if (this.#state.stage.kind !== 'waiting') this.#set({ stage: { kind: 'waiting', since: performance.now() } });
        return;
      case 'active':
        this.#wantScreen(!this.#state.paused);
        return this.#set({ stage: { kind: 'inside' }, deviceClass: event.deviceClass });
      case 'state': {
        const before = this.#state.agent?.work;
        const { work } = event.state;
        const begins = work.kind === 'measuring' && !(before?.kind === 'measuring' && before.lease.attemptId === work.lease.attemptId);
        return this.#set({ agent: event.state, ...(begins ? { began: performance.now(), fetched: undefined } : {}) });
      }
      case 'fetched':
        return this.#set({ fetched: { bytes: event.bytes, all: event.all } });
      case 'measured':
        void databaseHistory(database).add(event.measured);
        return this.#set({ history: [event.measured, ...this.#state.history] });
      case 'sent':
        return this.#set({ sent: this.#state.sent + 1 });
      case 'ends-too-often':
        this.#endsTooOften = true;
        return this.#restChanged();
    }
  }

  #resting(): string | undefined {
    if (this.#state.paused) return 'paused on the phone';
    if (this.#endsTooOften) return CRASHING;
    return this.#surroundings && reasonToRest(this.#surroundings());
  }

  #restChanged(): void {
    const before = this.#state.resting;
    this.#set({ resting: this.#resting(), surroundings: this.#surroundings?.() });
    this.#wantScreen(this.#state.stage.kind === 'inside' && !this.#state.paused);
    if (this.#state.resting !== before) this.#agent?.restChanged();
  }

  async #open(): Promise<Database> {
    this.#database ??= await openDatabase();
    return this.#database;
  }

  #set(change: Partial<AppState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
