import { deviceId, FleetError, type Milliseconds, milliseconds } from '@fleetfit/core';
import { deviceSubjects } from '@fleetfit/protocol';
import { jwtAuthenticator, type NatsConnection, PermissionViolationError } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessageServer, startMessageServer } from '../../test/message-server.ts';
import { type DeviceCredentials, makeSessionKey } from '../connect-device.ts';
import { compressorLogin, makeOperatorKeys, parseOperatorKeys, revokeDevice, watchDisconnects } from './index.ts';

const phone = deviceId('phone-1');
const camera = deviceId('camera-1');
const now = (): Milliseconds => milliseconds(Date.now());

let server: MessageServer;
beforeAll(async () => {
  server = await startMessageServer();
}, 120_000);
afterAll(() => server.close());

/** A bare client with a device's credentials, as an attacker would write it: no prefix, no retries. */
async function bare({ natsJwt, key }: DeviceCredentials, reconnect = false): Promise<NatsConnection> {
  const authenticator = jwtAuthenticator(natsJwt, new TextEncoder().encode(key.seed));
  return connect({ servers: server.url, authenticator, reconnect, inboxPrefix: `f.${phone}.in`, timeout: 3000 });
}

/** What the server says to a publication: undefined when it took it. */
async function publishing(connection: NatsConnection, subject: string, reply?: string): Promise<string | undefined> {
  const complaint = nextComplaint(connection);
  connection.publish(subject, 'x', reply === undefined ? {} : { reply });
  await connection.flush();
  return Promise.race([complaint, new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 50))]);
}

async function nextComplaint(connection: NatsConnection): Promise<string | undefined> {
  for await (const status of connection.status()) if (status.type === 'error') return status.error.message;
  return undefined;
}

function subscribing(connection: NatsConnection, subject: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    connection.subscribe(subject, { callback: (error) => resolve(error ?? undefined) });
    void connection.flush().then(() => setTimeout(() => resolve(undefined), 50));
  });
}

describe('keys of the message server', { timeout: 30_000 }, () => {
  it('survive a file', () => {
    const keys = makeOperatorKeys();
    expect(parseOperatorKeys(JSON.stringify(keys))).toEqual(keys);
  });

  it('are refused when a seed is damaged or of another kind', () => {
    const keys = makeOperatorKeys();
    const damaged = { ...keys, fleet: keys.fleet.replace(/^(.{20})(.)/, (_all, head, one) => `${head}${one === 'A' ? 'B' : 'A'}`) };
    expect(() => parseOperatorKeys(JSON.stringify(damaged))).toThrow(/"fleet"/);
    expect(() => parseOperatorKeys(JSON.stringify({ ...keys, fleet: keys.operator }))).toThrow(/"fleet"/);
    expect(() => parseOperatorKeys('{')).toThrow(FleetError);
  });
});

describe('what a device may do on a real server', { timeout: 30_000 }, () => {
  it('publishes on its own subjects', async () => {
    const device = await bare(await server.credentials(phone));
    const { lease, heartbeat, release } = deviceSubjects(phone);
    for (const subject of [lease, heartbeat, release]) expect(await publishing(device, subject), subject).toBeUndefined();
    await device.close();
  });

  it.each([
    deviceSubjects(camera).lease,
    deviceSubjects(camera).heartbeat,
    deviceSubjects(phone).control,
    `${deviceSubjects(camera).inbox}.x`,
    '$JS.API.INFO',
    '$JS.ACK.WORK.compressors.1.1.1.0.0',
    '$SYS.REQ.SERVER.PING',
    'work.compress',
    'w.result',
  ])('may not publish on %s', async (subject) => {
    const device = await bare(await server.credentials(phone));
    expect(await publishing(device, subject)).toMatch(/Permissions Violation/i);
    await device.close();
  });

  it.each(['>', 'f.*.lease', deviceSubjects(camera).control, `${deviceSubjects(camera).inbox}.>`, '_INBOX.>', 'w.cancel'])(
    'may not listen to %s',
    async (subject) => {
      const device = await bare(await server.credentials(phone));
      expect(await subscribing(device, subject)).toBeInstanceOf(PermissionViolationError);
      await device.close();
    },
  );

  it('hears its own commands and answers', async () => {
    const device = await bare(await server.credentials(phone));
    expect(await subscribing(device, deviceSubjects(phone).control)).toBeUndefined();
    expect(await subscribing(device, `${deviceSubjects(phone).inbox}.>`)).toBeUndefined();
    await device.close();
  });

  it('may not send a message of more than 64 KiB', async () => {
    const device = await bare(await server.credentials(phone));
    expect(device.info?.max_payload).toBe(65_536);
    // Our client obeys what the server says; one that lies to itself is cut off.
    if (device.info) device.info.max_payload = 1024 * 1024;
    const complaint = nextComplaint(device);
    device.publish(deviceSubjects(phone).heartbeat, new Uint8Array(70_000));
    expect(await complaint).toMatch(/Maximum Payload/i);
    await device.closed();
  });

  it('is refused without credentials, with a JWT of another key, or of another operator', async () => {
    await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow(/Authorization/i);
    const good = await server.credentials(phone);
    await expect(bare({ ...good, key: makeSessionKey() })).rejects.toThrow(/Authorization/i);
    const { makeDeviceMinter } = await import('./index.ts');
    const stranger = await makeDeviceMinter(makeOperatorKeys());
    const natsJwt = await stranger.mint({ device: phone, natsUser: good.key.publicKey, expiresAt: milliseconds(Date.now() + 60_000) });
    await expect(bare({ ...good, natsJwt })).rejects.toThrow(/Authorization/i);
  });

  it('is no user key, no credentials', async () => {
    const grant = { device: phone, expiresAt: milliseconds(Date.now() + 60_000) };
    await expect(server.minter.mint({ ...grant, natsUser: 'U123' })).rejects.toThrow(/no public nkey/);
    await expect(server.minter.mint({ ...grant, natsUser: makeSessionKey().seed })).rejects.toThrow(FleetError);
  });
});

describe('credentials that end', { timeout: 30_000 }, () => {
  it('drop a device when they expire, and do not let it back', async () => {
    const short = await server.credentials(phone, 1500);
    const device = await bare(short);
    await device.closed();
    // Within its last second the server still takes it, and drops it at once.
    const coming = () =>
      bare(short).then(
        () => 'let in',
        (error: unknown) => String(error),
      );
    await expect.poll(coming, { timeout: 3000 }).toMatch(/Authorization|Expired/i);
  });

  it('revoked, drop the device and not its neighbour, also after a kill -9 of the server', async () => {
    const own = await server.credentials(phone);
    const other = await server.credentials(camera);
    const device = await bare(own);
    const neighbour = await bare(other);
    const system = await server.open(server.logins.system);
    const revoked = await revokeDevice(system, server.keys, {
      device: phone,
      natsUsers: [],
      now: now(),
      longestLife: milliseconds(3_600_000),
    });
    expect(revoked).toEqual([own.key.publicKey]);
    await device.closed();
    expect(neighbour.isClosed()).toBe(false);
    await expect(bare(own)).rejects.toThrow(/Authorization/i);
    await neighbour.close();
    await server.killAndRestart();
    await expect(bare(own)).rejects.toThrow(/Authorization/i);
    await (await bare(other)).close();
    // A new session of a device that was let in again has a new key.
    await (await bare(await server.credentials(phone))).close();
  });

  it('keep earlier revocations when another device is revoked', async () => {
    const system = await server.open(server.logins.system);
    const [first, second] = [await server.credentials(phone), await server.credentials(camera)];
    const revoke = (credentials: DeviceCredentials, device: typeof phone) =>
      revokeDevice(system, server.keys, {
        device,
        natsUsers: [credentials.key.publicKey],
        now: now(),
        longestLife: milliseconds(3_600_000),
      });
    expect(await revoke(first, phone)).toContain(first.key.publicKey);
    expect(await revoke(second, camera)).toContain(second.key.publicKey);
    await expect(bare(first)).rejects.toThrow(/Authorization/i);
    await expect(bare(second)).rejects.toThrow(/Authorization/i);
  });
});

describe('watching devices go', { timeout: 30_000 }, () => {
  it('tells which device lost its connection, by the name that we signed', async () => {
    const system = await server.open(server.logins.system);
    const gone: string[] = [];
    const heard = new Promise<void>((resolve) => {
      watchDisconnects(system, server.keys, {
        onGone: (device) => {
          gone.push(device);
          resolve();
        },
      });
    });
    await system.flush();
    const device = await bare(await server.credentials(camera));
    await device.close();
    await heard;
    expect(gone).toEqual([camera]);
  });
});

describe('a compressor', { timeout: 30_000 }, () => {
  it('may hand work in, but not manage the queue', async () => {
    const login = await compressorLogin(server.keys, 'compressor');
    const compressor = await server.open(login);
    expect(await publishing(compressor, 'w.begin')).toBeUndefined();
    for (const subject of ['$JS.API.STREAM.DELETE.WORK', '$JS.API.STREAM.PURGE.WORK', 'work.compress', 'w.cancel'])
      expect(await publishing(compressor, subject), subject).toMatch(/Permissions Violation/i);
    expect(await subscribing(compressor, 'w.result')).toBeInstanceOf(PermissionViolationError);
  });
});
