ALTER TABLE "devices" ADD COLUMN "tags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "devices" ADD COLUMN "paused" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "join_tokens" ADD COLUMN "code_hash" text;--> statement-breakpoint
CREATE UNIQUE INDEX "join_tokens_code" ON "join_tokens" USING btree ("code_hash");