import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Worker } from 'node:worker_threads';
import { modelId } from '@fleetfit/core';
import { ExclusiveLock } from '@fleetfit/host';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embedded } from './embedded-migrations.ts';
import { openStore, type Store } from './index.ts';
import { saysPanic } from './pglite-socket.ts';
import { storeContract } from './testing/store-contract.ts';
import { workerFromSource as worker } from './testing.ts';

const lock = (path: string): ExclusiveLock => ExclusiveLock.take({ path, what: `the store ${path}` });

describe('a store on PGlite', { timeout: 60_000 }, () => {
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

  it('comes back from its files when its worker has ended', async () => {
    const workers: Worker[] = [];
    const make = (): Worker => {
      const made = worker();
      workers.push(made);
      return made;
    };
    const store = await openStore({ folder, lock, worker: make });
    await store.settings.put('before', 1);
    const [first] = workers;
    const inside = store.transaction(async (tables) => {
      await tables.settings.put('inside', 2);
      await first?.terminate();
      await tables.settings.put('after', 3);
    });
    await expect(inside).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.settings.names()).toEqual(['before']); // and not 'inside'
    expect(workers).toHaveLength(2);
    await store.close();
    ExclusiveLock.take({ path: `${folder}.lock`, what: 'it' }).release();
  }, 120_000);

  it('keeps every answered write when its process is killed', async () => {
    const said = await writeUntilKilled(folder, 200);
    expect(said).toBeGreaterThanOrEqual(200);
    const store = await openStore({ folder, worker, lock });
    const kept = await store.settings.names('n');
    await store.close();
    const answered = Array.from({ length: said }, (_, i) => `n${i + 1}`);
    expect(answered.filter((name) => !kept.includes(name))).toEqual([]);
  }, 120_000);
});

/** Another process that writes n1, n2, n3... and says each number once it is answered; kill -9 after `count`. Returns the last number it said. */
async function writeUntilKilled(path: string, count: number): Promise<number> {
  const at = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `
    const { openStore } = await import(${at('./index.ts')});
    const { workerFromSource } = await import(${at('./testing.ts')});
    const { ExclusiveLock } = await import('@fleetfit/host');
    const lock = (path) => ExclusiveLock.take({ path, what: 'it' });
    const store = await openStore({ folder: ${JSON.stringify(path)}, worker: workerFromSource, lock });
    for (let n = 1; ; n++) {
      await store.settings.put('n' + n, n);
      console.log(String(n)); // a number would come in colour where colours are forced
    }`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    said = Number(line);
    if (said === count) child.kill('SIGKILL');
  }
  return said;
}

describe('saysPanic', () => {
  const error = (severity: string): Buffer => message('E', `S${severity}\0V${severity}\0C53100\0Mno space\0\0`);
  const message = (type: string, body: string): Buffer => {
    const head = Buffer.from(`${type}....`);
    head.writeUInt32BE(4 + body.length, 1);
    return Buffer.concat([head, Buffer.from(body)]);
  };

  it('knows the error after which PostgreSQL may not go on, wherever it stands', () => {
    expect(saysPanic(Buffer.concat([message('C', 'INSERT 0 1\0'), error('PANIC')]))).toBe(true);
  });

  it('is not misled by other errors, by rows, or by half a message', () => {
    expect(saysPanic(Buffer.concat([error('ERROR'), message('D', '\0VPANIC\0'), message('Z', 'I')]))).toBe(false);
    expect(saysPanic(error('PANIC').subarray(0, 3))).toBe(false);
    expect(saysPanic(new Uint8Array(0))).toBe(false);
  });
});

describe('generated/migrations.ts', () => {
  it('is what the migrations folder says (npm run migrations -w @fleetfit/store)', () => {
    const file = new URL('./generated/migrations.ts', import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(embedded(new URL('../migrations/', import.meta.url)));
  });
});
