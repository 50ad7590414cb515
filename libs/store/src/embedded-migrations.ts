import { readFileSync } from 'node:fs';

/** The text of `generated/migrations.ts` for a folder that drizzle-kit writes. A test checks that the file is up to date. */
export function embedded(folder: URL): string {
  const journal = JSON.parse(readFileSync(new URL('meta/_journal.json', folder), 'utf8')) as { entries: { tag: string }[] };
  const migrations = journal.entries.map(({ tag }) => ({
    name: tag,
    statements: readFileSync(new URL(`${tag}.sql`, folder), 'utf8')
      .split('--> statement-breakpoint')
      .map((statement) => statement.trim()),
  }));
  return `// Written by embed-migrations.ts from the migrations folder: do not edit.
import type { Migration } from '../migrate.ts';

export const migrations: readonly Migration[] = ${JSON.stringify(migrations, null, 2)};
`;
}
