import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobStore } from '@fleetfit/artifacts';
import { FleetError, silent } from '@fleetfit/core';
import { openLocalAuthority } from '@fleetfit/host';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DeviceOrigin, openTls, serveDeviceOrigin } from './device-origin.ts';

let folder: string;
let origin: DeviceOrigin | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'device-origin-'));
});
afterEach(() => origin?.close());
afterAll(() => rm(folder, { recursive: true }));

async function start({ given, host = '127.0.0.1' }: { given?: { cert: string; key: string }; host?: string } = {}) {
  const tls = await openTls(join(folder, 'tls'), host, given);
  origin = await serveDeviceOrigin({
    port: 0,
    listen: '127.0.0.1',
    tls,
    phoneAgent: undefined,
    rpc: async () => false,
    blobs: await openBlobStore(join(folder, 'blobs')),
    authenticate: async () => {
      throw new FleetError('unauthenticated', 'Cannot accept the bearer');
    },
    websocketPort: () => 1,
    log: silent,
  });
  const { port, url } = origin;
  const visit = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request({ port, path, headers, servername: 'localhost', rejectUnauthorized: false, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
  return { visit, url, port, tls };
}

describe('the device origin', () => {
  it('answers to every name of its certificate, and to no other', async () => {
    const { visit, port, url } = await start();
    expect(url).toBe(`http://localhost:${port}`);
    for (const host of [`localhost:${port}`, '127.0.0.1', `[::1]:${port}`])
      expect([host, await visit('/ca.pem', { host })]).toEqual([host, 200]);
    for (const host of ['evil.example', 'localhost.evil.example', '8.8.8.8', '[2001:db8::1]', 'a b'])
      expect([host, await visit('/ca.pem', { host })]).toEqual([host, 421]);
  });

  it('is named by the address that others reach', async () => {
    const { visit, url, port } = await start({ host: '192.168.77.5' });
    expect(url).toBe(`https://192.168.77.5:${port}`);
    expect(await visit('/ca.pem', { host: `192.168.77.5:${port}` })).toBe(200);
    await origin?.close();
    expect((await start({ host: 'fd00::7' })).url).toMatch(/^https:\/\/\[fd00::7\]:\d+$/);
  });

  it('serves a given certificate, and then has no authority to hand out', async () => {
    const other = join(folder, 'given');
    await (await openLocalAuthority(other, Date.now())).serverCertificate(['fleet.example', 'localhost'], Date.now());
    const given = { cert: join(other, 'server.pem'), key: join(other, 'server.key') };
    const { visit, tls, url } = await start({ given });
    expect(url).toMatch(/^https:\/\/fleet\.example:\d+$/);
    expect(tls.authority).toBeUndefined();
    expect(await visit('/ca.pem', { host: 'fleet.example' })).toBe(404);
    expect(await visit('/j', { host: 'fleet.example' })).toBe(503);
    expect(await visit('/j', { host: '127.0.0.1' })).toBe(421);
    await expect(openTls(folder, 'localhost', { ...given, key: given.cert })).rejects.toMatchObject({ code: 'invalid' });
  });
});
