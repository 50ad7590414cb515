import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { silent } from '@fleetfit/core';
import { findNatsServer, startNatsServer } from '@fleetfit/host';
import { openConnection } from '@fleetfit/messaging';
import { compressorLogin, coordinatorLogins, makeOperatorKeys, serverConfig } from '@fleetfit/messaging/operator';
import { connect } from '@nats-io/transport-node';

/** A real nats-server with our accounts, a coordinator's connection to it, and a login for compressors. */
export async function startMessageServer(folder: string) {
  const signal = new AbortController().signal;
  const { path: bin } = await findNatsServer({ signal, log: silent, say: () => {} });
  const keys = makeOperatorKeys();
  const { text, folders } = await serverConfig(keys, { folder, host: '127.0.0.1', port: -1 });
  for (const each of folders) await mkdir(each, { recursive: true });
  const server = await startNatsServer({ bin, configText: text, folder: join(folder, 'process'), signal, log: silent });
  const { coordinator } = await coordinatorLogins(keys);
  const connection = await openConnection({ connect, url: server.url, login: () => coordinator, name: 'test' });
  return {
    url: server.url,
    connection,
    login: await compressorLogin(keys, 'compressor'),
    async close() {
      await connection.close();
      await server.stop();
    },
  };
}
