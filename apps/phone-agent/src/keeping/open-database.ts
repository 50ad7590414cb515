import { FleetError } from '@fleetfit/core';

/** What the phone keeps: who it is, the attempt under way, reports that wait, and what it has measured. */
type StoreName = 'device' | 'journal' | 'outbox' | 'history';
const STORES: readonly StoreName[] = ['device', 'journal', 'outbox', 'history'];

/** Values by name, in IndexedDB (https://www.w3.org/TR/IndexedDB/). They survive the end of the tab, however sudden. */
export interface Database {
  get(store: StoreName, key: string): Promise<unknown>;
  /** In the order of keys. */
  entries(store: StoreName): Promise<readonly (readonly [key: string, value: unknown])[]>;
  /** Resolves when it would survive the end of the tab. @throws FleetError `exhausted` when there is no space */
  put(store: StoreName, key: string, value: unknown): Promise<void>;
  remove(store: StoreName, key: string): Promise<void>;
  /** Forgets everything. */
  clear(): Promise<void>;
  close(): void;
}

/** @throws FleetError `unavailable` where the browser keeps nothing, as in some private windows */
export async function openDatabase(name = 'fleetfit'): Promise<Database> {
  const opened = await open(name).catch((cause: unknown) => {
    throw new FleetError('unavailable', `Cannot keep anything on this device: ${wordsOf(cause)}`, {
      cause,
      next: 'open the page in an ordinary window, not a private one',
    });
  });
  // Another tab wants to change or delete it: it gets its way.
  opened.addEventListener('versionchange', () => opened.close());
  const read = <Value>(store: StoreName, ask: (from: IDBObjectStore) => IDBRequest<Value>): Promise<Value> =>
    answered(ask(opened.transaction(store).objectStore(store)));
  const write = (stores: readonly StoreName[], change: (from: (store: StoreName) => IDBObjectStore) => void): Promise<void> => {
    const transaction = opened.transaction([...stores], 'readwrite', { durability: 'strict' });
    change((store) => transaction.objectStore(store));
    return committed(transaction);
  };
  return {
    get: (store, key) => read(store, (from) => from.get(key)),
    async entries(store) {
      const [keys, values] = await Promise.all([read(store, (from) => from.getAllKeys()), read(store, (from) => from.getAll())]);
      return keys.flatMap((key, index) => (typeof key === 'string' ? [[key, values[index]] as const] : []));
    },
    put: (store, key, value) => write([store], (from) => from(store).put(value, key)),
    remove: (store, key) => write([store], (from) => from(store).delete(key)),
    clear: () =>
      write(STORES, (from) => {
        for (const store of STORES) from(store).clear();
      }),
    close: () => opened.close(),
  };
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.addEventListener('upgradeneeded', () => {
    for (const store of STORES) request.result.createObjectStore(store);
  });
  return answered(request);
}

function answered<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('it failed without a reason')));
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', () => reject(asFleetError(transaction.error)));
  });
}

function asFleetError(cause: DOMException | null): FleetError {
  const full = cause?.name === 'QuotaExceededError';
  const why = full ? 'this browser gives no more space' : wordsOf(cause);
  return new FleetError(full ? 'exhausted' : 'unavailable', `Cannot keep it: ${why}`, {
    cause,
    ...(full ? { next: 'free some space on the device' } : {}),
  });
}

const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
