CREATE TABLE "attempts" (
	"id" text PRIMARY KEY NOT NULL,
	"job_id" text NOT NULL,
	"device_id" text NOT NULL,
	"fence" integer NOT NULL,
	"state" text NOT NULL,
	"leased_at" double precision NOT NULL,
	"deadline_at" double precision NOT NULL,
	"ended_at" double precision,
	"body" jsonb
);
--> statement-breakpoint
CREATE TABLE "datasets" (
	"id" text PRIMARY KEY NOT NULL,
	"arrival" bigserial NOT NULL,
	"name" text NOT NULL,
	"created_at" double precision NOT NULL,
	"document" jsonb
);
--> statement-breakpoint
CREATE TABLE "device_classes" (
	"id" text PRIMARY KEY NOT NULL,
	"position" integer NOT NULL,
	"document" jsonb
);
--> statement-breakpoint
CREATE TABLE "devices" (
	"id" text PRIMARY KEY NOT NULL,
	"arrival" bigserial NOT NULL,
	"name" text NOT NULL,
	"host_id" text NOT NULL,
	"class_id" text,
	"facts" jsonb,
	"public_key" text NOT NULL,
	"state" text NOT NULL,
	"created_at" double precision NOT NULL,
	"last_seen_at" double precision
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" text PRIMARY KEY NOT NULL,
	"arrival" bigserial NOT NULL,
	"sweep_id" text NOT NULL,
	"candidate_id" text NOT NULL,
	"class_id" text NOT NULL,
	"state" text NOT NULL,
	"priority" integer NOT NULL,
	"body" jsonb,
	"not_devices" text[] NOT NULL,
	"fence" integer NOT NULL,
	"created_at" double precision NOT NULL,
	"ended_at" double precision
);
--> statement-breakpoint
CREATE TABLE "join_tokens" (
	"hash" text PRIMARY KEY NOT NULL,
	"arrival" bigserial NOT NULL,
	"expires_at" double precision NOT NULL,
	"uses_left" integer NOT NULL,
	"auto_approve" boolean NOT NULL,
	"tags" text[] NOT NULL,
	"created_at" double precision NOT NULL
);
--> statement-breakpoint
CREATE TABLE "models" (
	"id" text PRIMARY KEY NOT NULL,
	"arrival" bigserial NOT NULL,
	"name" text NOT NULL,
	"created_at" double precision NOT NULL,
	"document" jsonb
);
--> statement-breakpoint
CREATE TABLE "reports" (
	"attempt_id" text PRIMARY KEY NOT NULL,
	"arrival" bigserial NOT NULL,
	"body_hash" text NOT NULL,
	"body" "bytea" NOT NULL,
	"document" jsonb,
	"received_at" double precision NOT NULL,
	"verdict" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"name" text PRIMARY KEY NOT NULL,
	"value" jsonb
);
--> statement-breakpoint
CREATE TABLE "sweep_events" (
	"sweep_id" text NOT NULL,
	"seq" integer NOT NULL,
	"kind" text NOT NULL,
	"body" jsonb,
	"at" double precision NOT NULL,
	CONSTRAINT "sweep_events_sweep_id_seq_pk" PRIMARY KEY("sweep_id","seq")
);
--> statement-breakpoint
CREATE TABLE "sweeps" (
	"id" text PRIMARY KEY NOT NULL,
	"number" integer NOT NULL,
	"definition" jsonb,
	"state" text NOT NULL,
	"created_at" double precision NOT NULL,
	"ended_at" double precision
);
--> statement-breakpoint
CREATE TABLE "work_items" (
	"id" text PRIMARY KEY NOT NULL,
	"arrival" bigserial NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"epoch" integer NOT NULL,
	"input" jsonb,
	"output" jsonb,
	"error" jsonb,
	"progress" double precision NOT NULL,
	"worker" text,
	"created_at" double precision NOT NULL,
	"started_at" double precision,
	"ended_at" double precision
);
--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_device_id_devices_id_fk" FOREIGN KEY ("device_id") REFERENCES "public"."devices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_sweep_id_sweeps_id_fk" FOREIGN KEY ("sweep_id") REFERENCES "public"."sweeps"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reports" ADD CONSTRAINT "reports_attempt_id_attempts_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "public"."attempts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sweep_events" ADD CONSTRAINT "sweep_events_sweep_id_sweeps_id_fk" FOREIGN KEY ("sweep_id") REFERENCES "public"."sweeps"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_fence" ON "attempts" USING btree ("job_id","fence");--> statement-breakpoint
CREATE INDEX "attempts_open" ON "attempts" USING btree ("deadline_at") WHERE state = 'leased';--> statement-breakpoint
CREATE UNIQUE INDEX "device_classes_position" ON "device_classes" USING btree ("position");--> statement-breakpoint
CREATE UNIQUE INDEX "devices_public_key" ON "devices" USING btree ("public_key");--> statement-breakpoint
CREATE INDEX "jobs_sweep" ON "jobs" USING btree ("sweep_id","candidate_id");--> statement-breakpoint
CREATE INDEX "jobs_ready" ON "jobs" USING btree ("class_id","priority" DESC NULLS FIRST,"arrival") WHERE state = 'ready';--> statement-breakpoint
CREATE UNIQUE INDEX "sweeps_number" ON "sweeps" USING btree ("number");--> statement-breakpoint
CREATE INDEX "work_items_open" ON "work_items" USING btree ("arrival") WHERE state in ('ready', 'running');