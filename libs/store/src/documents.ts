import { asc, eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { datasets, models } from './schema.ts';
import type { DocumentRepository, DocumentRow } from './store.ts';

interface DocumentTable<Id> {
  readonly table: typeof models | typeof datasets;
  /** For sentences: `model`. */
  readonly what: string;
  readonly idOf: (text: string) => Id;
}

/** The repository of things with a name and a document. */
export function documentTable<Id extends string>(database: Database, { table, what, idOf }: DocumentTable<Id>): DocumentRepository<Id> {
  const domain = ({ id, name, createdAt, document }: typeof table.$inferSelect): DocumentRow<Id> => ({
    id: idOf(id),
    name,
    createdAt,
    document,
  });
  return {
    insert: async ({ id, name, createdAt, document }) => {
      await database.query(`insert the ${what} ${id}`, (sql) => sql.insert(table).values({ id, name, createdAt, document }));
    },
    put: async ({ id, name, createdAt, document }) => {
      await database.query(`put the ${what} ${id}`, (sql) =>
        sql.insert(table).values({ id, name, createdAt, document }).onConflictDoUpdate({ target: table.id, set: { name, document } }),
      );
    },
    get: async (id) => {
      const [row] = await database.query(`read the ${what} ${id}`, (sql) => sql.select().from(table).where(eq(table.id, id)));
      return row && domain(row);
    },
    list: async () =>
      (await database.query(`list the ${what}s`, (sql) => sql.select().from(table).orderBy(asc(table.arrival)))).map(domain),
    remove: async (id) => {
      const gone = await database.query(`remove the ${what} ${id}`, (sql) =>
        sql.delete(table).where(eq(table.id, id)).returning({ id: table.id }),
      );
      return gone.length > 0;
    },
  };
}
