import { sql } from 'drizzle-orm';
import { bigserial, boolean, doublePrecision, index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { binary, json } from './columns.ts';
import type { DeviceState } from './fleet-rows.ts';
import type { AttemptState, JobState, ReportRow } from './job-rows.ts';
import type { WorkState } from './work-rows.ts';

// After a change here: `npm run migrations -w @fleetfit/store`, and commit what it writes. Only what PostgreSQL 15 knows.

// Milliseconds since the epoch; a double, since clocks may give fractions.
const at = (name: string) => doublePrecision(name);
// Rows in the order they came, also those of one millisecond.
const arrival = () => bigserial('arrival', { mode: 'number' });

export const models = pgTable('models', {
  id: text('id').primaryKey(),
  arrival: arrival(),
  name: text('name').notNull(),
  createdAt: at('created_at').notNull(),
  document: json('document'),
});

export const datasets = pgTable('datasets', {
  id: text('id').primaryKey(),
  arrival: arrival(),
  name: text('name').notNull(),
  createdAt: at('created_at').notNull(),
  document: json('document'),
});

export const devices = pgTable(
  'devices',
  {
    id: text('id').primaryKey(),
    arrival: arrival(),
    name: text('name').notNull(),
    hostId: text('host_id').notNull(),
    classId: text('class_id'),
    facts: json('facts'),
    publicKey: text('public_key').notNull(),
    state: text('state').$type<DeviceState>().notNull(),
    createdAt: at('created_at').notNull(),
    lastSeenAt: at('last_seen_at'),
    tags: text('tags').array().notNull().default([]),
    paused: boolean('paused').notNull().default(false),
  },
  (table) => [uniqueIndex('devices_public_key').on(table.publicKey)],
);

export const deviceClasses = pgTable(
  'device_classes',
  { id: text('id').primaryKey(), position: integer('position').notNull(), document: json('document') },
  (table) => [uniqueIndex('device_classes_position').on(table.position)],
);

export const joinTokens = pgTable(
  'join_tokens',
  {
    hash: text('hash').primaryKey(),
    arrival: arrival(),
    expiresAt: at('expires_at').notNull(),
    usesLeft: integer('uses_left').notNull(),
    autoApprove: boolean('auto_approve').notNull(),
    tags: text('tags').array().notNull(),
    createdAt: at('created_at').notNull(),
    codeHash: text('code_hash'),
  },
  (table) => [uniqueIndex('join_tokens_code').on(table.codeHash)],
);

export const sweeps = pgTable(
  'sweeps',
  {
    id: text('id').primaryKey(),
    number: integer('number').notNull(),
    definition: json('definition'),
    state: text('state').notNull(),
    createdAt: at('created_at').notNull(),
    endedAt: at('ended_at'),
  },
  (table) => [uniqueIndex('sweeps_number').on(table.number)],
);

export const sweepEvents = pgTable(
  'sweep_events',
  {
    sweepId: text('sweep_id')
      .notNull()
      .references(() => sweeps.id),
    seq: integer('seq').notNull(),
    kind: text('kind').notNull(),
    body: json('body'),
    at: at('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sweepId, table.seq] })],
);

export const jobs = pgTable(
  'jobs',
  {
    id: text('id').primaryKey(),
    arrival: arrival(),
    sweepId: text('sweep_id')
      .notNull()
      .references(() => sweeps.id),
    candidateId: text('candidate_id').notNull(),
    classId: text('class_id').notNull(),
    state: text('state').$type<JobState>().notNull(),
    priority: integer('priority').notNull(),
    body: json('body'),
    notDevices: text('not_devices').array().notNull(),
    fence: integer('fence').notNull(),
    createdAt: at('created_at').notNull(),
    endedAt: at('ended_at'),
  },
  (table) => [
    index('jobs_sweep').on(table.sweepId, table.candidateId),
    index('jobs_ready').on(table.classId, table.priority.desc().nullsFirst(), table.arrival).where(sql`state = 'ready'`),
  ],
);

export const attempts = pgTable(
  'attempts',
  {
    id: text('id').primaryKey(),
    jobId: text('job_id')
      .notNull()
      .references(() => jobs.id),
    deviceId: text('device_id')
      .notNull()
      .references(() => devices.id),
    fence: integer('fence').notNull(),
    state: text('state').$type<AttemptState>().notNull(),
    leasedAt: at('leased_at').notNull(),
    deadlineAt: at('deadline_at').notNull(),
    endedAt: at('ended_at'),
    body: json('body'),
  },
  (table) => [
    uniqueIndex('attempts_fence').on(table.jobId, table.fence),
    index('attempts_open').on(table.deadlineAt).where(sql`state = 'leased'`),
  ],
);

export const reports = pgTable('reports', {
  attemptId: text('attempt_id')
    .primaryKey()
    .references(() => attempts.id),
  arrival: arrival(),
  bodyHash: text('body_hash').notNull(),
  body: binary('body').notNull(),
  document: json('document'),
  receivedAt: at('received_at').notNull(),
  verdict: text('verdict').$type<ReportRow['verdict']>().notNull(),
});

export const workItems = pgTable(
  'work_items',
  {
    id: text('id').primaryKey(),
    arrival: arrival(),
    kind: text('kind').notNull(),
    state: text('state').$type<WorkState>().notNull(),
    epoch: integer('epoch').notNull(),
    input: json('input'),
    output: json('output'),
    error: json('error'),
    progress: doublePrecision('progress').notNull(),
    worker: text('worker'),
    createdAt: at('created_at').notNull(),
    startedAt: at('started_at'),
    endedAt: at('ended_at'),
  },
  (table) => [index('work_items_open').on(table.arrival).where(sql`state in ('ready', 'running')`)],
);

export const settings = pgTable('settings', { name: text('name').primaryKey(), value: json('value') });
