import { attemptId, deviceId, FleetError, hostId, jobId, milliseconds, seconds } from '@fleetfit/core';
import { deviceSubjects, encodeMessage, type Lease, LeaseRequest, LeaseResponse, PROTOCOL, type Release } from '@fleetfit/protocol';
import { jwtAuthenticator, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MessageServer, startMessageServer } from '../test/message-server.ts';
import { connectDevice, type LeaseAnswer } from './connect-device.ts';
import { controlDevice, type DeviceDoor, type DeviceHandlers, type ServeDevicesOptions, serveDevices } from './serve-devices.ts';

const phone = deviceId('phone-1');
const camera = deviceId('camera-1');
const never = new AbortController().signal;
const wish = { hostId: hostId('host-1'), freeMemoryBytes: 1e9, poll: seconds(20) };

let server: MessageServer;
let coordinator: NatsConnection;
const doors: DeviceDoor[] = [];
beforeAll(async () => {
  server = await startMessageServer();
  coordinator = await server.open(server.logins.fleet);
}, 120_000);
afterEach(async () => {
  await Promise.all(doors.splice(0).map((door) => door.close()));
});
afterAll(() => server.close());

const lease: Lease = { attemptId: 'a1', fence: 1, job: undefined, ttlMs: 60_000, heartbeatMs: 1000 };
const granted: LeaseAnswer = { $case: 'lease', value: lease };

async function openDoor(handlers: Partial<DeviceHandlers>, options: ServeDevicesOptions = {}): Promise<DeviceDoor> {
  const door = serveDevices(
    coordinator,
    {
      lease: async () => granted,
      heartbeat: async () => ({ goOn: true, why: '' }),
      release: async () => {},
      ...handlers,
    },
    options,
  );
  doors.push(door);
  await coordinator.flush();
  return door;
}

/** A handler without work: waits until its poll ends, as the ledger does. */
function untilEnd(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

describe('serveDevices and connectDevice', { timeout: 30_000 }, () => {
  it('carry leases, heartbeats and releases, each with the device that the credentials prove', async () => {
    const calls: unknown[] = [];
    await openDoor({
      lease: async (device, request) => {
        calls.push([device, request]);
        return granted;
      },
      heartbeat: async (device, heartbeat) => {
        calls.push([device, heartbeat]);
        return { goOn: false, why: 'the sweep has ended' };
      },
      release: async (device, release) => {
        calls.push([device, release]);
      },
    });
    const link = await server.link(phone);
    expect(await link.lease(wish, never)).toEqual(granted);
    const heartbeat = { attemptId: attemptId('a1'), fence: 1, phase: 4, done: 0.5 } as const;
    expect(await link.heartbeat(heartbeat, never)).toEqual({ goOn: false, why: 'the sweep has ended' });
    await link.release({ attemptId: 'a1', fence: 1, reason: 'hot' }, never);
    expect(calls).toEqual([
      [phone, { protocol: PROTOCOL, hostId: 'host-1', freeMemoryBytes: 1e9, pollMs: 20_000 }],
      [phone, heartbeat],
      [phone, { attemptId: 'a1', fence: 1, reason: 'hot' }],
    ]);
  });

  it('carry a job of a thousand tensors', async () => {
    const tensors = Array.from({ length: 1000 }, (_, index) => ({ sha256: index.toString(16).padStart(64, '0'), bytes: index }));
    const artifact = { graph: { sha256: 'f'.repeat(64), bytes: 9 }, tensors };
    const job = {
      jobId: jobId('j1'),
      sweepId: 's1',
      candidateId: 'c001',
      deviceClassId: 'k1',
      purpose: 1,
      artifact,
      control: artifact,
      preparation: undefined,
      images: [],
      measure: undefined,
      top: 5,
    } as const;
    const big: LeaseAnswer = { $case: 'lease', value: { ...lease, job: { ...job, images: [] } } };
    await openDoor({ lease: async () => big });
    expect(await (await server.link(phone)).lease(wish, never)).toEqual(big);
  });

  it('hold a poll open until there is work', async () => {
    let found = (): void => {};
    const waiting = new Promise<void>((asked) => {
      void openDoor({
        lease: () =>
          new Promise((resolve) => {
            found = () => resolve(granted);
            asked();
          }),
      });
    });
    const answer = (await server.link(phone)).lease(wish, never);
    await waiting;
    found();
    expect(await answer).toEqual(granted);
  });

  it('end a poll that has lasted long enough with "no work"', async () => {
    await openDoor({ lease: (_device, _request, signal) => untilEnd(signal) });
    const answer = await (await server.link(phone)).lease({ ...wish, poll: milliseconds(50) }, never);
    expect(answer).toEqual({ $case: 'noWork', value: { why: 'no work yet', againInMs: 0 } });
  });

  it('let no device hold a poll longer than the coordinator wants', async () => {
    await openDoor({ lease: (_device, _request, signal) => untilEnd(signal) }, { longestPoll: milliseconds(50) });
    expect((await (await server.link(phone)).lease({ ...wish, poll: seconds(3600) }, never)).$case).toBe('noWork');
  });

  it('end the older poll of a device that asks anew, and not that of another device', async () => {
    const ended: string[] = [];
    await openDoor({
      lease: async (device, request, signal) => {
        if (request.freeMemoryBytes === 2) return granted;
        await untilEnd(signal).finally(() => ended.push(device));
        return granted;
      },
    });
    const [own, other] = [await server.link(phone), await server.link(camera)];
    const stop = new AbortController();
    const others = other.lease(wish, stop.signal);
    const first = own.lease(wish, never);
    expect(await own.lease({ ...wish, freeMemoryBytes: 2 }, never)).toEqual(granted);
    expect(await first).toMatchObject({ $case: 'noWork' });
    expect(ended).toEqual([phone]);
    stop.abort();
    await expect(others).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('give back a lease that comes after the agent stopped asking', async () => {
    let grant = (): void => {};
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const released = new Promise<Release>((resolve) => {
      void openDoor({
        lease: () =>
          new Promise((answer) => {
            grant = () => answer(granted);
            asked();
          }),
        release: async (_device, release) => resolve(release),
      });
    });
    const stop = new AbortController();
    const answer = (await server.link(phone)).lease(wish, stop.signal);
    await isAsked;
    stop.abort();
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    grant();
    expect(await released).toMatchObject({ attemptId: 'a1', fence: 1 });
  });

  it('turn away an agent of another protocol with a sentence', async () => {
    await openDoor({});
    const device = await rawDevice();
    const request = encodeMessage(LeaseRequest, { protocol: 99, hostId: 'h', freeMemoryBytes: 0, pollMs: 1 });
    const { answer } = LeaseResponse.decode((await device.request(deviceSubjects(phone).lease, request, { timeout: 2000 })).data);
    expect(answer).toMatchObject({ $case: 'turned', value: { why: expect.stringContaining('protocol 99') } });
    await device.close();
  });

  it('tell the device which FleetError the coordinator threw, and nothing of its faults', async () => {
    await openDoor({
      heartbeat: async () => {
        throw new FleetError('denied', 'Cannot take a heartbeat: the device\nis revoked', { next: 'fleetfit join' });
      },
      release: async () => {
        throw new TypeError('secret of the implementation');
      },
    });
    const link = await server.link(phone);
    const heartbeat = { attemptId: 'a1', fence: 1, phase: 1, done: 0 } as const;
    const denied = { code: 'denied', message: 'Cannot take a heartbeat: the device is revoked', next: 'fleetfit join' };
    await expect(link.heartbeat(heartbeat, never)).rejects.toMatchObject(denied);
    const failing = link.release({ attemptId: 'a1', fence: 1, reason: '' }, never);
    await expect(failing).rejects.toMatchObject({ code: 'bug', message: expect.not.stringContaining('secret') });
  });

  it('answer only into the inbox of the device that asks', async () => {
    const warnings: string[] = [];
    let calls = 0;
    await openDoor(
      {
        lease: async () => {
          calls++;
          return granted;
        },
      },
      { log: { info: () => {}, warn: (message) => warnings.push(message), error: () => {} } },
    );
    const victim = await rawDevice(camera);
    const heard: string[] = [];
    victim.subscribe(`${deviceSubjects(camera).inbox}.>`, { callback: (_error, message) => void heard.push(message.subject) });
    await victim.flush();
    const device = await rawDevice();
    const request = encodeMessage(LeaseRequest, { protocol: PROTOCOL, hostId: 'h', freeMemoryBytes: 0, pollMs: 1 });
    const subject = deviceSubjects(phone).lease;
    for (const reply of [`${deviceSubjects(camera).inbox}.x`, deviceSubjects(camera).control, 'f.phone-1.inn.x', 'w.cancel'])
      device.publish(subject, request, { reply });
    device.publish(subject, request);
    await device.request(subject, request, { timeout: 2000 });
    expect(calls).toBe(1);
    expect(warnings).toHaveLength(5);
    expect(heard).toEqual([]);
    await victim.close();
    await device.close();
  });

  it('survive rubbish from a device', async () => {
    await openDoor({});
    const device = await rawDevice();
    const answer = await device.request(deviceSubjects(phone).heartbeat, new Uint8Array([255, 255, 255]), { timeout: 2000 });
    expect(answer.headers?.get('Fleetfit-Error')).toBe('invalid');
    await device.close();
    expect(await (await server.link(phone)).lease(wish, never)).toEqual(granted);
  });

  it('say at once that nobody serves', async () => {
    await expect((await server.link(phone)).lease(wish, never)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('bring commands to one device alone', async () => {
    const [own, other] = [await server.link(phone), await server.link(camera)];
    const heard: unknown[] = [];
    other.onControl((command) => heard.push(command));
    const command = new Promise((resolve) => own.onControl(resolve));
    await openDoor({});
    // A round trip each: the subscriptions are known to the server.
    await Promise.all([own.lease(wish, never), other.lease(wish, never)]);
    controlDevice(coordinator, phone, { $case: 'cancel', value: { attemptId: 'a1', why: 'the sweep ended' } });
    expect(await command).toEqual({ $case: 'cancel', value: { attemptId: 'a1', why: 'the sweep ended' } });
    await other.lease(wish, never);
    expect(heard).toEqual([]);
  });
});

describe('presence', { timeout: 30_000 }, () => {
  it('begins with a sign, lasts as long as the poll, and ends in silence', async () => {
    const changes: [string, boolean][] = [];
    let left = (): void => {};
    const isLeft = new Promise<void>((resolve) => {
      left = resolve;
    });
    const door = await openDoor(
      {},
      {
        presentFor: milliseconds(100),
        onPresence: (device, present) => {
          changes.push([device, present]);
          if (!present) left();
        },
      },
    );
    expect(door.present()).toEqual([]);
    const link = await server.link(phone);
    await link.lease(wish, never);
    expect(door.present()).toEqual([phone]);
    await isLeft;
    expect(changes).toEqual([
      [phone, true],
      [phone, false],
    ]);
  });

  it('ends at once, with the poll, for a device that is known to have gone', async () => {
    const door = await openDoor({ lease: (_device, _request, signal) => untilEnd(signal) });
    const answer = (await server.link(phone)).lease(wish, never);
    while (door.present().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    door.gone(phone);
    expect(door.present()).toEqual([]);
    expect(await answer).toEqual({ $case: 'noWork', value: { why: 'the device is gone', againInMs: 0 } });
  });
});

describe('a device link', { timeout: 30_000 }, () => {
  it('fails its open request when the server is killed, and works again after the restart', async () => {
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let fast = false;
    await openDoor({
      lease: async (_device, _request, signal) => {
        asked();
        return fast ? granted : untilEnd(signal);
      },
    });
    const link = await server.link(phone);
    const commands: unknown[] = [];
    link.onControl((command) => commands.push(command));
    const open = link.lease(wish, never);
    await isAsked;
    fast = true;
    await Promise.all([expect(open).rejects.toMatchObject({ code: 'unavailable' }), server.killAndRestart()]);
    expect(await persist(() => link.lease(wish, never))).toEqual(granted);
    controlDevice(coordinator, phone, { $case: 'wake', value: {} });
    while (commands.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it('comes back with renewed credentials after the first have expired', async () => {
    await openDoor({});
    let credentials = await server.credentials(phone, 1500);
    const refusals: string[] = [];
    const link = await connectDevice({
      device: phone,
      connect,
      credentials: () => credentials,
      onRefused: (why) => refusals.push(why),
    });
    expect(await link.lease(wish, never)).toEqual(granted);
    while (refusals.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(link.lease(wish, never)).rejects.toMatchObject({ code: 'unavailable' });
    credentials = await server.credentials(phone);
    expect(await persist(() => link.lease(wish, never))).toEqual(granted);
    await link.close();
  });

  it('goes over to renewed credentials when told to', async () => {
    await openDoor({});
    let credentials = await server.credentials(phone, 1500);
    const refusals: string[] = [];
    const link = await connectDevice({ device: phone, connect, credentials: () => credentials, onRefused: (why) => refusals.push(why) });
    credentials = await server.credentials(phone);
    await link.renew();
    expect(await link.lease(wish, never)).toEqual(granted);
    await new Promise((resolve) => setTimeout(resolve, 1700));
    expect(await link.lease(wish, never)).toEqual(granted);
    expect(refusals).toEqual([]);
    await link.close();
  });

  it('says why it cannot connect', async () => {
    const credentials = await server.credentials(phone, -5000);
    await expect(server.link(phone, credentials)).rejects.toMatchObject({ code: 'unauthenticated' });
    const elsewhere = { ...(await server.credentials(phone)), natsUrl: 'nats://127.0.0.1:1' };
    await expect(server.link(phone, elsewhere)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

async function persist<Value>(once: () => Promise<Value>): Promise<Value> {
  while (true) {
    try {
      return await once();
    } catch (thrown) {
      if (!(thrown instanceof FleetError) || thrown.code !== 'unavailable') throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A device that speaks for itself, without our client. */
async function rawDevice(device = phone): Promise<NatsConnection> {
  const { natsJwt, key } = await server.credentials(device);
  const authenticator = jwtAuthenticator(natsJwt, new TextEncoder().encode(key.seed));
  return connect({ servers: server.url, authenticator, inboxPrefix: deviceSubjects(device).inbox });
}
