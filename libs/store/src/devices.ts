import { deviceClassId, deviceId, FleetError, hostId } from '@fleetfit/core';
import { and, asc, eq, isNull, lt, or } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { DeviceRepository, DeviceRow } from './fleet-rows.ts';
import { devices } from './schema.ts';

/** The repository of devices. */
export function deviceTable(database: Database): DeviceRepository {
  return {
    insert: async (row) => {
      await database.query(`insert the device ${row.id}`, (sql) => sql.insert(devices).values({ ...row, tags: [...row.tags] }));
    },
    get: async (id) => {
      const [row] = await database.query(`read the device ${id}`, (sql) => sql.select().from(devices).where(eq(devices.id, id)));
      return row && domain(row);
    },
    byPublicKey: async (publicKey) => {
      const [row] = await database.query('look for a device', (sql) => sql.select().from(devices).where(eq(devices.publicKey, publicKey)));
      return row && domain(row);
    },
    list: async ({ state, classId } = {}) => {
      const which = and(state && eq(devices.state, state), classId && eq(devices.classId, classId));
      const rows = await database.query('list the devices', (sql) => sql.select().from(devices).where(which).orderBy(asc(devices.arrival)));
      return rows.map(domain);
    },
    update: async (id, change) => {
      // A field that is there and undefined is to be emptied; drizzle would leave it out.
      const { tags, ...rest } = change;
      const set = { ...rest, ...(tags && { tags: [...tags] }), ...('classId' in change ? { classId: change.classId ?? null } : {}) };
      const [row] = await database.query(`update the device ${id}`, (sql) =>
        sql
          .update(devices)
          .set({ id, ...set })
          .where(eq(devices.id, id))
          .returning(),
      );
      if (!row) throw new FleetError('not-found', `Cannot update the device ${id}: there is none`);
      return domain(row);
    },
    seen: async (id, at) => {
      const earlier = or(isNull(devices.lastSeenAt), lt(devices.lastSeenAt, at));
      await database.query(`note that ${id} was seen`, (sql) =>
        sql
          .update(devices)
          .set({ lastSeenAt: at })
          .where(and(eq(devices.id, id), earlier)),
      );
    },
  };
}

function domain({
  id,
  classId,
  hostId: host,
  lastSeenAt,
  name,
  facts,
  publicKey,
  state,
  createdAt,
  tags,
  paused,
}: typeof devices.$inferSelect): DeviceRow {
  return {
    id: deviceId(id),
    name,
    hostId: hostId(host),
    classId: classId === null ? undefined : deviceClassId(classId),
    facts,
    publicKey,
    state,
    createdAt,
    lastSeenAt: lastSeenAt ?? undefined,
    tags,
    paused,
  };
}
