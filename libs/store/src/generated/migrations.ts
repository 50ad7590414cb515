// Written by embed-migrations.ts from the migrations folder: do not edit.
import type { Migration } from '../migrate.ts';

export const migrations: readonly Migration[] = [
  {
    "name": "0000_ledger",
    "statements": [
      "CREATE TABLE \"attempts\" (\n\t\"id\" text PRIMARY KEY NOT NULL,\n\t\"job_id\" text NOT NULL,\n\t\"device_id\" text NOT NULL,\n\t\"fence\" integer NOT NULL,\n\t\"state\" text NOT NULL,\n\t\"leased_at\" double precision NOT NULL,\n\t\"deadline_at\" double precision NOT NULL,\n\t\"ended_at\" double precision,\n\t\"body\" jsonb\n);",
      "CREATE TABLE \"datasets\" (\n\t\"id\" text PRIMARY KEY NOT NULL,\n\t\"arrival\" bigserial NOT NULL,\n\t\"name\" text NOT NULL,\n\t\"created_at\" double precision NOT NULL,\n\t\"document\" jsonb\n);",
      "CREATE TABLE \"device_classes\" (\n\t\"id\" text PRIMARY KEY NOT NULL,\n\t\"position\" integer NOT NULL,\n\t\"document\" jsonb\n);",
      "CREATE TABLE \"devices\" (\n\t\"id\" text PRIMARY KEY NOT NULL,\n\t\"arrival\" bigserial NOT NULL,\n\t\"name\" text NOT NULL,\n\t\"host_id\" text NOT NULL,\n\t\"class_id\" text,\n\t\"facts\" jsonb,\n\t\"public_key\" text NOT NULL,\n\t\"state\" text NOT NULL,\n\t\"created_at\" double precision NOT NULL,\n\t\"last_seen_at\" double precision\n);",
      "CREATE TABLE \"jobs\" (\n\t\"id\" text PRIMARY KEY NOT NULL,\n\t\"arrival\" bigserial NOT NULL,\n\t\"sweep_id\" text NOT NULL,\n\t\"candidate_id\" text NOT NULL,\n\t\"class_id\" text NOT NULL,\n\t\"state\" text NOT NULL,\n\t\"priority\" integer NOT NULL,\n\t\"body\" jsonb,\n\t\"not_devices\" text[] NOT NULL,\n\t\"fence\" integer NOT NULL,\n\t\"created_at\" double precision NOT NULL,\n\t\"ended_at\" double precision\n);",
      "CREATE TABLE \"join_tokens\" (\n\t\"hash\" text PRIMARY KEY NOT NULL,\n\t\"arrival\" bigserial NOT NULL,\n\t\"expires_at\" double precision NOT NULL,\n\t\"uses_left\" integer NOT NULL,\n\t\"auto_approve\" boolean NOT NULL,\n\t\"tags\" text[] NOT NULL,\n\t\"created_at\" double precision NOT NULL\n);",
      "CREATE TABLE \"models\" (\n\t\"id\" text PRIMARY KEY NOT NULL,\n\t\"arrival\" bigserial NOT NULL,\n\t\"name\" text NOT NULL,\n\t\"created_at\" double precision NOT NULL,\n\t\"document\" jsonb\n);",
      "CREATE TABLE \"reports\" (\n\t\"attempt_id\" text PRIMARY KEY NOT NULL,\n\t\"arrival\" bigserial NOT NULL,\n\t\"body_hash\" text NOT NULL,\n\t\"body\" \"bytea\" NOT NULL,\n\t\"document\" jsonb,\n\t\"received_at\" double precision NOT NULL,\n\t\"verdict\" text NOT NULL\n);",
      "CREATE TABLE \"settings\" (\n\t\"name\" text PRIMARY KEY NOT NULL,\n\t\"value\" jsonb\n);",
      "CREATE TABLE \"sweep_events\" (\n\t\"sweep_id\" text NOT NULL,\n\t\"seq\" integer NOT NULL,\n\t\"kind\" text NOT NULL,\n\t\"body\" jsonb,\n\t\"at\" double precision NOT NULL,\n\tCONSTRAINT \"sweep_events_sweep_id_seq_pk\" PRIMARY KEY(\"sweep_id\",\"seq\")\n);",
      "CREATE TABLE \"sweeps\" (\n\t\"id\" text PRIMARY KEY NOT NULL,\n\t\"number\" integer NOT NULL,\n\t\"definition\" jsonb,\n\t\"state\" text NOT NULL,\n\t\"created_at\" double precision NOT NULL,\n\t\"ended_at\" double precision\n);",
      "CREATE TABLE \"work_items\" (\n\t\"id\" text PRIMARY KEY NOT NULL,\n\t\"arrival\" bigserial NOT NULL,\n\t\"kind\" text NOT NULL,\n\t\"state\" text NOT NULL,\n\t\"epoch\" integer NOT NULL,\n\t\"input\" jsonb,\n\t\"output\" jsonb,\n\t\"error\" jsonb,\n\t\"progress\" double precision NOT NULL,\n\t\"worker\" text,\n\t\"created_at\" double precision NOT NULL,\n\t\"started_at\" double precision,\n\t\"ended_at\" double precision\n);",
      "ALTER TABLE \"attempts\" ADD CONSTRAINT \"attempts_job_id_jobs_id_fk\" FOREIGN KEY (\"job_id\") REFERENCES \"public\".\"jobs\"(\"id\") ON DELETE no action ON UPDATE no action;",
      "ALTER TABLE \"attempts\" ADD CONSTRAINT \"attempts_device_id_devices_id_fk\" FOREIGN KEY (\"device_id\") REFERENCES \"public\".\"devices\"(\"id\") ON DELETE no action ON UPDATE no action;",
      "ALTER TABLE \"jobs\" ADD CONSTRAINT \"jobs_sweep_id_sweeps_id_fk\" FOREIGN KEY (\"sweep_id\") REFERENCES \"public\".\"sweeps\"(\"id\") ON DELETE no action ON UPDATE no action;",
      "ALTER TABLE \"reports\" ADD CONSTRAINT \"reports_attempt_id_attempts_id_fk\" FOREIGN KEY (\"attempt_id\") REFERENCES \"public\".\"attempts\"(\"id\") ON DELETE no action ON UPDATE no action;",
      "ALTER TABLE \"sweep_events\" ADD CONSTRAINT \"sweep_events_sweep_id_sweeps_id_fk\" FOREIGN KEY (\"sweep_id\") REFERENCES \"public\".\"sweeps\"(\"id\") ON DELETE no action ON UPDATE no action;",
      "CREATE UNIQUE INDEX \"attempts_fence\" ON \"attempts\" USING btree (\"job_id\",\"fence\");",
      "CREATE INDEX \"attempts_open\" ON \"attempts\" USING btree (\"deadline_at\") WHERE state = 'leased';",
      "CREATE UNIQUE INDEX \"device_classes_position\" ON \"device_classes\" USING btree (\"position\");",
      "CREATE UNIQUE INDEX \"devices_public_key\" ON \"devices\" USING btree (\"public_key\");",
      "CREATE INDEX \"jobs_sweep\" ON \"jobs\" USING btree (\"sweep_id\",\"candidate_id\");",
      "CREATE INDEX \"jobs_ready\" ON \"jobs\" USING btree (\"class_id\",\"priority\" DESC NULLS FIRST,\"arrival\") WHERE state = 'ready';",
      "CREATE UNIQUE INDEX \"sweeps_number\" ON \"sweeps\" USING btree (\"number\");",
      "CREATE INDEX \"work_items_open\" ON \"work_items\" USING btree (\"arrival\") WHERE state in ('ready', 'running');"
    ]
  },
  {
    "name": "0001_long_captain_america",
    "statements": [
      "ALTER TABLE \"devices\" ADD COLUMN \"tags\" text[] DEFAULT '{}' NOT NULL;",
      "ALTER TABLE \"devices\" ADD COLUMN \"paused\" boolean DEFAULT false NOT NULL;",
      "ALTER TABLE \"join_tokens\" ADD COLUMN \"code_hash\" text;",
      "CREATE UNIQUE INDEX \"join_tokens_code\" ON \"join_tokens\" USING btree (\"code_hash\");"
    ]
  }
];
