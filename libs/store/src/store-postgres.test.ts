import { type Log, modelId, silent } from '@fleetfit/core';
import { type RunningPostgres, startPostgres } from '@fleetfit/host/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from './index.ts';
import { storeContract } from './testing/store-contract.ts';

describe('a store on PostgreSQL', { timeout: 60_000 }, () => {
  let server: RunningPostgres;
  let store: Store;
  const stop = new AbortController();
  beforeAll(async () => {
    server = await startPostgres({ signal: stop.signal });
    store = await openStore({ url: await freshDatabase(server) });
  }, 60_000);
  afterAll(async () => {
    await store.close();
    for (const name of made) await ask(server.url, `drop database ${name} with (force)`);
    await server.stop();
  });

  storeContract(() => store);

  it('says what it survives', () => expect(store.durability).toBe('server'));

  it('belongs to one process, and to the next one after closing', async () => {
    const url = await freshDatabase(server);
    const first = await openStore({ url });
    await first.models.insert({ id: modelId('m1'), name: 'kept', createdAt: 1, document: {} });
    await expect(openStore({ url })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('another process') });
    await first.close();
    const second = await openStore({ url });
    expect(await second.models.list()).toHaveLength(1);
    await second.close();
  });

  it('refuses every call while it does not hold its lock, and goes on when it has it again', async () => {
    const url = await freshDatabase(server);
    const said: string[] = [];
    const again = new EventTarget();
    const log: Log = {
      ...silent,
      info: (message) => again.dispatchEvent(new Event(message)),
      warn: (message) => said.push(message),
    };
    const own = await openStore({ url }, { log });
    const locked = new Promise((resolve) => again.addEventListener('the store is locked again', resolve, { once: true }));
    await ask(
      server.url,
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = $1)`,
      [new URL(url).pathname.slice(1)],
    );
    await expect
      .poll(() => own.models.list().then(String, (why: { code: string }) => why.code), { interval: 5, timeout: 10_000 })
      .toBe('unavailable');
    await locked;
    expect(said).toContain('the connection that holds the lock of the store was lost');
    expect(await own.models.list()).toEqual([]);
    await own.close();
  });

  it('is refused by one who is not there, or has no such database', async () => {
    const missing = new URL(server.url);
    missing.pathname = '/nothing';
    await expect(openStore({ url: missing.href })).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringContaining('Cannot open the store: '),
    });
    await expect(openStore({ url: 'postgres://127.0.0.1:1/x' })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('calls a full disk exhausted', async () => {
    const url = await freshDatabase(server);
    const own = await openStore({ url });
    await ask(
      url,
      `create function disk_full() returns trigger language plpgsql as $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`,
    );
    await ask(url, 'create trigger disk_full before insert on models for each row execute function disk_full()');
    await expect(own.models.insert({ id: modelId('m1'), name: 'x', createdAt: 1, document: {} })).rejects.toMatchObject({
      code: 'exhausted',
      message: 'Cannot insert the model m1: could not extend file: No space left on device',
    });
    await own.close();
  });

  it('refuses a database that a newer version wrote, and leaves it alone', async () => {
    const url = await freshDatabase(server);
    await (await openStore({ url })).close();
    await ask(url, `insert into migrations values ('9999_future')`);
    await expect(openStore({ url })).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('9999_future') });
  });
});

const made: string[] = [];
async function freshDatabase(server: RunningPostgres): Promise<string> {
  const name = `fleetfit_test_${process.pid}_${made.length}`;
  made.push(name);
  await ask(server.url, `create database ${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return url.href;
}

async function ask(url: string, text: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text, values);
  } finally {
    await client.end();
  }
}
