import { makeOperatorKeys, type OperatorKeys, parseOperatorKeys } from '@fleetfit/messaging/operator';
import { type BearerKey, makeBearerKey } from '@fleetfit/rpc';
import { type DataFolder, readJson, writeSecretJson } from './data-folder.ts';

/** Every secret of a coordinator. */
export interface Keys {
  readonly operator: OperatorKeys;
  readonly bearer: BearerKey;
}

/** The keys of a data folder, made at the first start. */
export async function openKeys(folder: DataFolder): Promise<Keys> {
  const stored = readJson(folder.keys);
  if (isKeys(stored)) return { operator: parseOperatorKeys(JSON.stringify(stored.operator)), bearer: stored.bearer };
  const keys = { operator: makeOperatorKeys(), bearer: await makeBearerKey() };
  writeSecretJson(folder.keys, keys);
  return keys;
}

function isKeys(value: unknown): value is Keys {
  return typeof value === 'object' && value !== null && 'operator' in value && 'bearer' in value;
}
