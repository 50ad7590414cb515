import { asc, eq, like } from 'drizzle-orm';
import type { Database } from './database.ts';
import { settings } from './schema.ts';
import type { SettingsRepository } from './store.ts';

/** The repository of small documents by name. */
export function settingsTable(database: Database): SettingsRepository {
  const get = async (name: string): Promise<unknown> => {
    const [row] = await database.query(`read the setting ${name}`, (sql) => sql.select().from(settings).where(eq(settings.name, name)));
    return row?.value;
  };
  return {
    get,
    put: async (name, value) => {
      await database.query(`put the setting ${name}`, (sql) =>
        sql.insert(settings).values({ name, value }).onConflictDoUpdate({ target: settings.name, set: { value } }),
      );
    },
    putIfAbsent: async (name, value) => {
      const [mine] = await database.query(`put the setting ${name}`, (sql) =>
        sql.insert(settings).values({ name, value }).onConflictDoNothing().returning(),
      );
      return mine ? mine.value : get(name);
    },
    remove: async (name) => {
      const gone = await database.query(`remove the setting ${name}`, (sql) =>
        sql.delete(settings).where(eq(settings.name, name)).returning({ name: settings.name }),
      );
      return gone.length > 0;
    },
    names: async (prefix = '') => {
      const pattern = `${prefix.replace(/[\\%_]/g, '\\$&')}%`;
      const rows = await database.query('list the settings', (sql) =>
        sql.select({ name: settings.name }).from(settings).where(like(settings.name, pattern)).orderBy(asc(settings.name)),
      );
      return rows.map(({ name }) => name);
    },
  };
}
