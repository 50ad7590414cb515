import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { modelId } from '@fleetfit/core';
import { ExclusiveLock } from '@fleetfit/host';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeContract } from './contract/store-contract.ts';
import { embedded } from './embedded-migrations.ts';
import { openStore, type Store } from './index.ts';
import { workerFromSource as worker } from './testing.ts';

const lock = (path: string): ExclusiveLock => ExclusiveLock.take({ path, what: `the store ${path}` });

describe('a store on PGlite', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore({ memory: true, worker });
  }, 60_000);
  afterAll(() => store.close());

  storeContract(() => store);

  it('says what it survives', () => expect(store.durability).toBe('none'));
});

describe('a store in a folder', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'fleetfit-store-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const folder = join(scratch, 'store');

  it('is there again after closing, belongs to one owner, and is over when it is closed', async () => {
    const model = { id: modelId('m1'), name: 'kept', createdAt: 1, document: { a: 1 } };
    const first = await openStore({ folder, worker, lock });
    expect(first.durability).toBe('process');
    await first.models.insert(model);
    await expect(openStore({ folder, worker, lock })).rejects.toMatchObject({ code: 'conflict' });
    await Promise.all([first.close(), first.close()]);
    await expect(first.models.list()).rejects.toMatchObject({
      code: 'unavailable',
      message: 'Cannot list the models: the store is closed',
    });

    const second = await openStore({ folder, worker, lock });
    expect(await second.models.list()).toEqual([model]);
    await second.close();
  }, 60_000);

  it('fails every call, and lets go, when its worker ends', async () => {
    let made: Worker | undefined;
    const store = await openStore({
      folder: join(scratch, 'dies'),
      lock,
      worker: () => {
        made = worker();
        return made;
      },
    });
    const call = store.models.list();
    await made?.terminate();
    await expect(call).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.models.list()).rejects.toMatchObject({ code: 'unavailable' });
    await store.close().catch(() => {});
    ExclusiveLock.take({ path: join(scratch, 'dies.lock'), what: 'it' }).release();
  }, 60_000);
});

describe('generated/migrations.ts', () => {
  it('is what the migrations folder says (npm run migrations -w @fleetfit/store)', () => {
    const file = new URL('./generated/migrations.ts', import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(embedded(new URL('../migrations/', import.meta.url)));
  });
});
