import { deviceClassId, FleetError } from '@fleetfit/core';
import { asc, eq, sql as raw } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { DeviceClassRepository, DeviceClassRow } from './fleet-rows.ts';
import { deviceClasses } from './schema.ts';

/** The repository of device classes. */
export function deviceClassTable(database: Database): DeviceClassRepository {
  return {
    record: async (id, document) =>
      database.atomically(`record the device class ${id}`, async (inside) => {
        // Positions are counted, not drawn from a sequence, which would leave gaps: so only one at a time may count.
        await inside.query(`record the device class ${id}`, (sql) =>
          sql.execute(raw`lock table ${deviceClasses} in share row exclusive mode`),
        );
        const [row] = await inside.query(`record the device class ${id}`, (sql) =>
          sql
            .insert(deviceClasses)
            .values({ id, position: raw`(select coalesce(max(position) + 1, 0) from ${deviceClasses})`, document })
            .onConflictDoUpdate({ target: deviceClasses.id, set: { document } })
            .returning(),
        );
        if (!row) throw new FleetError('bug', `Cannot record the device class ${id}: no row came back`);
        return domain(row);
      }),
    get: async (id) => {
      const [row] = await database.query(`read the device class ${id}`, (sql) =>
        sql.select().from(deviceClasses).where(eq(deviceClasses.id, id)),
      );
      return row && domain(row);
    },
    list: async () => {
      const rows = await database.query('list the device classes', (sql) =>
        sql.select().from(deviceClasses).orderBy(asc(deviceClasses.position)),
      );
      return rows.map(domain);
    },
  };
}

const domain = ({ id, position, document }: typeof deviceClasses.$inferSelect): DeviceClassRow => ({
  id: deviceClassId(id),
  position,
  document,
});
