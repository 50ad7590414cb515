import type { AttemptId, Clock, Milliseconds } from '@fleetfit/core';
import type {
  CheckedJob,
  Conditions,
  Control,
  Crashed,
  Failed,
  Heartbeat,
  HeartbeatResponse,
  LeaseResponse,
  Measurement,
  Phase,
  Release,
  ReportResponse,
} from '@fleetfit/protocol';

/** A lease, no work for now, or turned away for good; each with its reason. */
export type LeaseAnswer = NonNullable<LeaseResponse['answer']>;
export type Command = NonNullable<Control['command']>;

/** What a device asks of its coordinator: NATS on cameras and phones alike. */
export interface LeasePort {
  /** Waits until there is work or the poll is over. @throws FleetError `unavailable`, `cancelled` */
  ask(signal: AbortSignal): Promise<LeaseAnswer>;
  /** @throws FleetError `unavailable`, `cancelled` */
  heartbeat(heartbeat: Heartbeat, signal: AbortSignal): Promise<HeartbeatResponse>;
  /** @throws FleetError `unavailable`, `cancelled` */
  release(release: Release, signal: AbortSignal): Promise<void>;
  /** Calls for every command until the returned function is called. */
  onCommand(take: (command: Command) => void): () => void;
}

/** Hands a report in: gRPC on cameras, gRPC-Web on phones. */
export interface ReportPort {
  /** Sends an encoded Report. Answers only after the coordinator has stored it. @throws FleetError */
  send(report: Uint8Array, signal: AbortSignal): Promise<ReportResponse>;
}

/** Brings everything a job names into the device's cache, each checked against its hash. */
export interface ArtifactPort {
  /** Keeps what the job names from being dropped until `release`. @throws FleetError as the transport does */
  fetch(job: CheckedJob, signal: AbortSignal): Promise<{ release(): void }>;
}

/** How a measuring process ended. A cancelled one throws instead. */
export type MeasureOutcome =
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'crashed'; readonly crashed: Crashed }
  | { readonly kind: 'failed'; readonly failed: Failed };

export interface MeasureRequest {
  readonly attemptId: AttemptId;
  readonly job: CheckedJob;
  /** Awaited before each phase is entered. */
  readonly enter: (phase: Phase) => Promise<void>;
  readonly onProgress: (done: number) => void;
}

/** Measures in a process or worker of its own. */
export interface MeasurePort {
  /** @throws FleetError `cancelled` when the signal aborts; whatever the measurement does is an outcome */
  measure(request: MeasureRequest, signal: AbortSignal): Promise<MeasureOutcome>;
}

/** The attempt under way, as it is written down before each phase. */
export interface JournalEntry {
  readonly attemptId: string;
  readonly jobId: string;
  readonly fence: number;
  readonly phase: Phase;
}

/** One entry that survives the end of the agent, however sudden. */
export interface JournalPort {
  read(): Promise<JournalEntry | undefined>;
  /** Resolves when it would survive. Replaces what was there. */
  write(entry: JournalEntry): Promise<void>;
  clear(): Promise<void>;
}

/** Encoded reports that the coordinator has not answered yet. They survive the end of the agent, however sudden. */
export interface OutboxPort {
  /** Resolves when it would survive. A second report of an attempt replaces the first. */
  put(attempt: AttemptId, report: Uint8Array): Promise<void>;
  get(attempt: AttemptId): Promise<Uint8Array | undefined>;
  remove(attempt: AttemptId): Promise<void>;
  /** Attempts whose report is here, oldest first. */
  list(): Promise<readonly AttemptId[]>;
}

/** Time that tests can play. */
export interface TimePort extends Clock {
  /** Ends early, and well, when the signal aborts. */
  sleep(time: Milliseconds, signal: AbortSignal): Promise<void>;
}

/** What this device's numbers depend on besides the job. */
export type DeviceConditions = Omit<Conditions, 'measure' | 'ttlMs' | 'heartbeatMs' | 'load'>;
