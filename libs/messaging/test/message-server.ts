import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DeviceId, milliseconds, silent } from '@fleetfit/core';
import { findNatsServer, type NatsServer, startNatsServer } from '@fleetfit/host';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { connectDevice, type DeviceCredentials, type DeviceLink, makeSessionKey } from '../src/connect-device.ts';
import { type NatsLogin, openConnection } from '../src/connection.ts';
import {
  type CoordinatorLogins,
  coordinatorLogins,
  type DeviceMinter,
  makeDeviceMinter,
  makeOperatorKeys,
  type OperatorKeys,
  serverConfig,
} from '../src/operator/index.ts';

/** A real nats-server in operator mode for tests, and shortcuts to connect to it. */
export interface MessageServer {
  readonly url: string;
  readonly keys: OperatorKeys;
  readonly logins: CoordinatorLogins;
  readonly minter: DeviceMinter;
  open(login: NatsLogin): Promise<NatsConnection>;
  /** Credentials as OpenSession gives them; they end after `lifeMs`. */
  credentials(device: DeviceId, lifeMs?: number): Promise<DeviceCredentials>;
  link(device: DeviceId, credentials?: DeviceCredentials): Promise<DeviceLink>;
  /** kill -9, and a new process on the same port and folder. */
  killAndRestart(): Promise<void>;
  close(): Promise<void>;
}

export async function startMessageServer(): Promise<MessageServer> {
  const signal = new AbortController().signal;
  const folder = await mkdtemp(join(tmpdir(), 'fleetfit-messaging-'));
  const { path: bin } = await findNatsServer({ signal, log: silent, say: () => {} });
  const keys = makeOperatorKeys();
  const start = async (port: number): Promise<NatsServer> => {
    const { text, folders } = await serverConfig(keys, { folder, host: '127.0.0.1', port });
    for (const each of folders) await mkdir(each, { recursive: true });
    return startNatsServer({ bin, configText: text, folder: join(folder, 'process'), signal, log: silent });
  };
  let server = await start(-1);
  const { url, port } = server;
  const [logins, minter] = await Promise.all([coordinatorLogins(keys), makeDeviceMinter(keys)]);
  const closing: (() => Promise<void>)[] = [];
  const closed = <Link extends { close(): Promise<void> }>(link: Link): Link => {
    closing.push(() => link.close());
    return link;
  };
  const credentials: MessageServer['credentials'] = async (device, lifeMs = 600_000) => {
    const key = makeSessionKey();
    const natsJwt = await minter.mint({ device, natsUser: key.publicKey, expiresAt: milliseconds(Date.now() + lifeMs) });
    return { natsUrl: url, natsJwt, key };
  };
  return {
    url,
    keys,
    logins,
    minter,
    credentials,
    open: async (login) => closed(await openConnection({ connect, url, login: () => login, name: 'test' })),
    async link(device, given) {
      const own = given ?? (await credentials(device));
      return closed(await connectDevice({ device, connect, credentials: () => own }));
    },
    async killAndRestart() {
      process.kill(server.pid, 'SIGKILL');
      await server.ended;
      server = await start(port);
    },
    async close() {
      await Promise.allSettled(closing.map((close) => close()));
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
