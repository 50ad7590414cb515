import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprintOf, nameIn, openLocalAuthority, ownNames, readServerCertificate, type ServerCertificate } from './local-authority.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'authority-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const NOW = Date.now();
const DAY = 86_400_000;

/** What a client that trusts only this authority finds when it looks for a name here: the status, or why it does not trust it. */
async function visit({ cert, key }: ServerCertificate, { ca, name }: { ca: string; name: string }): Promise<number | string> {
  const server = createServer({ cert, key }, (_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  try {
    return await new Promise((resolve) => {
      // Every name is here.
      const lookup: LookupFunction = (_name, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]);
      request({ host: name, port, ca, lookup, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', (error) => resolve(error.message))
        .end();
    });
  } finally {
    server.close();
  }
}

describe('openLocalAuthority', () => {
  it('signs for this computer, so that who trusts it can visit, and who does not cannot', async () => {
    const authority = await openLocalAuthority(folder, NOW);
    const server = await authority.serverCertificate(ownNames(), NOW);
    expect(await visit(server, { ca: authority.certificate, name: 'localhost' })).toBe(200);
    const other = await openLocalAuthority(join(folder, 'other'), NOW);
    expect(await visit(server, { ca: other.certificate, name: 'localhost' })).toMatch(/self-signed|unable to/);
    const { subjectAltName = '' } = new X509Certificate(server.cert);
    for (const name of ['DNS:localhost', 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1'])
      expect(subjectAltName.split(', ')).toContain(name);
  });

  it('can vouch for nothing on the Internet, even with its key', async () => {
    const authority = await openLocalAuthority(folder, NOW);
    const bank = await authority.serverCertificate(['bank.example', '8.8.8.8'], NOW);
    expect(await visit(bank, { ca: authority.certificate, name: 'bank.example' })).toBe('permitted subtree violation');
    const lan = await (await openLocalAuthority(join(folder, 'lan'), NOW)).serverCertificate(
      ['192.168.3.4', 'printer.local', 'fd00::1'],
      NOW,
    );
    const ca = readFileSync(join(folder, 'lan', 'ca.pem'), 'utf8');
    expect(await visit(lan, { ca, name: 'printer.local' })).toBe(200);
  });

  it('is the same at the next start, and its keys are for their owner alone', async () => {
    const first = await openLocalAuthority(folder, NOW);
    const one = await first.serverCertificate(['localhost', '10.0.0.2'], NOW);
    const second = await openLocalAuthority(folder, NOW + DAY);
    expect(second.certificate).toBe(first.certificate);
    expect((await second.serverCertificate(['localhost'], NOW + DAY)).cert).toBe(one.cert);
    for (const file of ['ca.key', 'server.key']) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  });

  it('signs anew a month before the end, and when a name is new, keeping the old ones', async () => {
    const authority = await openLocalAuthority(folder, NOW);
    const first = await authority.serverCertificate(['localhost'], NOW);
    expect((await authority.serverCertificate(['localhost'], NOW + 59 * DAY)).cert).toBe(first.cert);
    const renewed = await authority.serverCertificate(['localhost'], NOW + 61 * DAY);
    expect(renewed.expiresAt).toBe(NOW + 151 * DAY);
    const moved = await authority.serverCertificate(['10.0.0.7'], NOW + 61 * DAY);
    expect(new X509Certificate(moved.cert).subjectAltName).toBe('IP Address:10.0.0.7, DNS:localhost');
  });

  it('is named by its certificate', async () => {
    const authority = await openLocalAuthority(folder, NOW);
    expect(authority.fingerprint).toMatch(/^[\w-]{22}$/);
    expect(fingerprintOf(readFileSync(join(folder, 'ca.pem'), 'utf8'))).toBe(authority.fingerprint);
    expect((await openLocalAuthority(join(folder, 'other'), NOW)).fingerprint).not.toBe(authority.fingerprint);
  });
});

describe('readServerCertificate', () => {
  it('takes files, and says what is wrong with them', async () => {
    const authority = await openLocalAuthority(folder, NOW);
    const issued = await authority.serverCertificate(['localhost'], NOW);
    const files = { cert: join(folder, 'server.pem'), key: join(folder, 'server.key') };
    expect(readServerCertificate(files, NOW)).toMatchObject({
      key: expect.stringContaining('PRIVATE KEY'),
      expiresAt: Math.floor(issued.expiresAt / 1000) * 1000,
    });
    expect(() => readServerCertificate({ ...files, cert: join(folder, 'none') }, NOW)).toThrow(/Cannot use the certificate .*ENOENT/);
    expect(() => readServerCertificate({ ...files, key: join(folder, 'ca.key') }, NOW)).toThrow(/the key is that of another certificate/);
    expect(() => readServerCertificate(files, NOW + 91 * DAY)).toThrow(/it was good until /);
    expect(() => readServerCertificate({ ...files, cert: files.key }, NOW)).toThrow(/Cannot use the certificate/);
  });
});

describe('nameIn', () => {
  it('takes the wanted name where the certificate has it, else one that it has', async () => {
    const authority = await openLocalAuthority(folder, NOW);
    const { cert } = await authority.serverCertificate(['*.shop.local', 'fleet.shop.local', '10.0.0.9'], NOW);
    for (const name of ['10.0.0.9', 'fleet.shop.local', 'any.shop.local']) expect(nameIn(cert, name)).toBe(name);
    expect(nameIn(cert, '10.0.0.8')).toBe('fleet.shop.local');
    const { cert: address } = await (await openLocalAuthority(join(folder, 'other'), NOW)).serverCertificate(['10.0.0.9'], NOW);
    expect(nameIn(address, 'fleet.shop.local')).toBeUndefined();
  });
});
