import type { DatasetId, ModelId } from '@fleetfit/core';
import type { DeviceClassRepository, DeviceRepository, JoinTokenRepository } from './fleet-rows.ts';
import type { JobRepository } from './job-rows.ts';
import type { SweepRepository } from './sweep-rows.ts';
import type { WorkRepository } from './work-rows.ts';

/**
 * Everything that must outlive the process, as plain readonly rows. One process owns a store.
 *
 * Times are Milliseconds since the Unix epoch and always come from the caller. Documents (`document`, `body`, `input`...) are JSON:
 * they come back as `unknown`, and the caller's parse function turns them into what they are.
 *
 * Every method throws FleetError: `conflict` (an id or a sequence number is taken), `not-found` (an update of a row that is not there),
 * `exhausted` (the disk is full), `unavailable` (the database is away or the store is closed).
 */
export interface Store extends StoreTables {
  /**
   * What an answered write survives: `process` (PGlite in a folder) the end of this process, kill -9 included, but not a power cut;
   * `server` what the PostgreSQL server promises, by default a power cut too; `none` (in memory) nothing.
   */
  readonly durability: 'process' | 'server' | 'none';
  /**
   * Runs several calls as one: all of them are kept, or none when `run` throws. Use only the tables that are passed in.
   * Example: consume a join token and insert the device; accept a report and append to the sweep's events.
   */
  transaction<Result>(run: (tables: StoreTables) => Promise<Result>): Promise<Result>;
  /** Waits for what is running, then lets go of the database and of its folder. Closing twice is fine. */
  close(): Promise<void>;
}

/** The tables, inside or outside a transaction. */
export interface StoreTables {
  readonly models: DocumentRepository<ModelId>;
  readonly datasets: DocumentRepository<DatasetId>;
  readonly devices: DeviceRepository;
  readonly deviceClasses: DeviceClassRepository;
  readonly joinTokens: JoinTokenRepository;
  readonly sweeps: SweepRepository;
  readonly jobs: JobRepository;
  readonly work: WorkRepository;
  readonly settings: SettingsRepository;
}

/** A thing with a name and a document of the caller's own shape: a model, a dataset. Its large bytes live in the blob store. */
export interface DocumentRow<Id> {
  readonly id: Id;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly document: unknown;
}

export interface DocumentRepository<Id> {
  /** Throws `conflict` when the id is taken. */
  insert(row: DocumentRow<Id>): Promise<void>;
  /** Inserts, or replaces name and document of the row with this id; `createdAt` of the first stays. */
  put(row: DocumentRow<Id>): Promise<void>;
  get(id: Id): Promise<DocumentRow<Id> | undefined>;
  /** Oldest first. */
  list(): Promise<readonly DocumentRow<Id>[]>;
  /** False when there was none. */
  remove(id: Id): Promise<boolean>;
}

/** Small documents by name: keys, the coordinator's own settings, snapshots of samplers. */
export interface SettingsRepository {
  get(name: string): Promise<unknown>;
  put(name: string, value: unknown): Promise<void>;
  /** Inserts only when the name is free; the value that stands afterwards comes back, so that two starters agree on one key. */
  putIfAbsent(name: string, value: unknown): Promise<unknown>;
  remove(name: string): Promise<boolean>;
  /** Names that begin with the prefix, sorted. */
  names(prefix?: string): Promise<readonly string[]>;
}
