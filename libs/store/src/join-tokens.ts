import { and, asc, eq, gt, lte, or, sql as raw } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { JoinTokenRepository, JoinTokenRow } from './fleet-rows.ts';
import { joinTokens } from './schema.ts';

/** The repository of join tokens. */
export function joinTokenTable(database: Database): JoinTokenRepository {
  const usable = (now: number) => and(gt(joinTokens.expiresAt, now), gt(joinTokens.usesLeft, 0));
  return {
    insert: async (row) => {
      await database.query('insert a join token', (sql) => sql.insert(joinTokens).values({ ...row, tags: [...row.tags] }));
    },
    consume: async (hash, now) => {
      // One statement: the row is locked between reading and writing, so the last use is taken once.
      const [row] = await database.query('use a join token', (sql) =>
        sql
          .update(joinTokens)
          .set({ usesLeft: raw`${joinTokens.usesLeft} - 1` })
          .where(and(or(eq(joinTokens.hash, hash), eq(joinTokens.codeHash, hash)), usable(now)))
          .returning(),
      );
      return row && domain(row);
    },
    list: async (now) => {
      const rows = await database.query('list the join tokens', (sql) =>
        sql.select().from(joinTokens).where(usable(now)).orderBy(asc(joinTokens.arrival)),
      );
      return rows.map(domain);
    },
    remove: async (hash) => {
      const gone = await database.query('remove a join token', (sql) =>
        sql.delete(joinTokens).where(eq(joinTokens.hash, hash)).returning({ hash: joinTokens.hash }),
      );
      return gone.length > 0;
    },
    prune: async (now) => {
      const useless = or(lte(joinTokens.expiresAt, now), lte(joinTokens.usesLeft, 0));
      const gone = await database.query('prune the join tokens', (sql) =>
        sql.delete(joinTokens).where(useless).returning({ hash: joinTokens.hash }),
      );
      return gone.length;
    },
  };
}

const domain = ({ hash, expiresAt, usesLeft, autoApprove, tags, createdAt, codeHash }: typeof joinTokens.$inferSelect): JoinTokenRow => ({
  hash,
  expiresAt,
  usesLeft,
  autoApprove,
  tags,
  createdAt,
  codeHash: codeHash ?? undefined,
});
