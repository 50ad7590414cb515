import { FleetError } from '@fleetfit/core';
import { customType } from 'drizzle-orm/pg-core';

/**
 * JSON that comes back as it went in. Refuses what JSON would change without a word: NaN and infinities (they would become null),
 * bytes, maps, sets and big integers. The order of keys is not kept.
 */
export const json = customType<{ data: unknown; driverData: string }>({
  dataType: () => 'jsonb',
  toDriver: (value) => JSON.stringify(value, onlyJson),
  // The driver has parsed it already; parsing a string again would change a document that is the text "1".
  fromDriver: (value: unknown) => value,
});

export const binary = customType<{ data: Uint8Array; driverData: Buffer }>({
  dataType: () => 'bytea',
  toDriver: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  fromDriver: (value) => Uint8Array.from(value),
});

function onlyJson(key: string, value: unknown): unknown {
  const lost =
    (typeof value === 'number' && !Number.isFinite(value)) ||
    typeof value === 'bigint' ||
    ArrayBuffer.isView(value) ||
    value instanceof Map ||
    value instanceof Set;
  if (lost) throw new FleetError('invalid', `Cannot store a document: "${key}" is ${describe(value)}, which JSON cannot hold`);
  return value;
}

function describe(value: unknown): string {
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : `a ${value?.constructor.name ?? 'null'}`;
}
