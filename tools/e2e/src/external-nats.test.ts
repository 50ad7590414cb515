import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiAt, asked, startFleet } from '@fleetfit/cli';
import { silent } from '@fleetfit/core';
import { findNatsServer, startNatsServer } from '@fleetfit/host';
import { afterAll, describe, expect, it } from 'vitest';

const scratch = await mkdtemp(join(tmpdir(), 'fleetfit-external-'));
const { signal } = new AbortController();
afterAll(() => rm(scratch, { recursive: true, force: true, maxRetries: 5 }));

describe('NATS_URL', { timeout: 120_000 }, () => {
  it('wins: nothing is started, and a server that does not know us is said how to start', async () => {
    const home = join(scratch, 'home');
    const start = () => startFleet({ home, port: 0, compressors: 0, say: () => {} });
    process.env['NATS_URL'] = `nats://127.0.0.1:${await freePort()}`;
    try {
      await expect(start()).rejects.toMatchObject({ next: expect.stringContaining('external.conf') });
      const { path } = await findNatsServer({ signal, log: silent, say: () => {} });
      const configText = await readFile(join(home, 'nats', 'external.conf'), 'utf8');
      const server = await startNatsServer({ bin: path, configText, folder: join(scratch, 'nats'), signal, log: silent });
      const fleet = await start();
      expect(await asked(apiAt(fleet.addresses.operator).health.query())).toMatchObject({ natsVersion: 'external' });
      await fleet.stop();
      await server.stop();
    } finally {
      delete process.env['NATS_URL'];
    }
  });
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
