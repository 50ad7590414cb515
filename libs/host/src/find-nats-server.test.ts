import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent } from '@fleetfit/core';
import { afterAll, describe, expect, it } from 'vitest';
import { findNatsServer } from './find-nats-server.ts';

const scratch = mkdtempSync(join(tmpdir(), 'fleetfit-find-nats-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const { signal } = new AbortController();

function fakeServer(name: string, says: string): string {
  const path = join(scratch, name);
  writeFileSync(path, `#!/bin/sh\necho "${says}"\n`, { mode: 0o755 });
  return path;
}

describe('findNatsServer', () => {
  it('takes what NATS_SERVER_BIN names, before anything else', async () => {
    const path = fakeServer('mine', 'nats-server: v2.14.3');
    const found = await findNatsServer({ signal, log: silent, say: () => {}, env: { NATS_SERVER_BIN: path, PATH: process.env['PATH'] } });
    expect(found).toEqual({ path, version: '2.14.3', rung: 'setting' });
  });

  it('refuses a NATS_SERVER_BIN that is something else, and names it', async () => {
    const path = fakeServer('other', 'hello');
    const looking = findNatsServer({ signal, log: silent, say: () => {}, env: { NATS_SERVER_BIN: path, PATH: process.env['PATH'] } });
    await expect(looking).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining(path) });
  });

  it('finds one on PATH', async () => {
    fakeServer('nats-server', 'nats-server: v2.10.1');
    const found = await findNatsServer({
      signal,
      log: silent,
      say: () => {},
      env: { PATH: `${scratch}:${process.env['PATH']}`, FLEETFIT_CACHE: scratch },
    });
    expect(found).toMatchObject({ version: '2.10.1', rung: 'machine' });
  });

  it('says what to type where there is none and no apt', async () => {
    const looking = findNatsServer({
      signal,
      log: silent,
      say: () => {},
      env: { PATH: '/nonexistent', FLEETFIT_CACHE: join(scratch, 'empty') },
    });
    await expect(looking).rejects.toMatchObject({ code: 'unavailable', next: expect.stringContaining('install nats-server') });
  });
});
