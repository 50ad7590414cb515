import { deviceId, FleetError, type LogFields, milliseconds } from '@fleetfit/core';
import { DeviceState, type ReportRequest, Verdict } from '@fleetfit/protocol';
import { Client as Channel, ChannelCredentials, Metadata } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import type { DeviceCall, StrangerCall } from '../service.ts';
import { enrollmentClient, reportClient } from './clients.ts';
import { type EnrollmentHandlers, type ReportHandlers, type RpcServerOptions, serveRpc } from './serve-rpc.ts';

const never = new AbortController().signal;
const phone = deviceId('phone-1');
const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

type Parts = Partial<Omit<RpcServerOptions, 'services'>> & { enrollment?: Partial<EnrollmentHandlers>; report?: ReportHandlers['report'] };

async function start({ enrollment, report, ...options }: Parts = {}) {
  const server = await serveRpc({
    address: '127.0.0.1:0',
    authenticate: async (bearer) => {
      if (bearer === 'good') return phone;
      throw new FleetError('unauthenticated', 'Cannot accept the bearer: it has expired');
    },
    services: {
      enrollment: {
        challenge: async () => ({ nonce: new Uint8Array([1, 2, 3]) }),
        join: async () => ({ deviceId: phone, state: DeviceState.DEVICE_STATE_PENDING, words: 'blue otter' }),
        openSession: async () => {
          throw new FleetError('denied', 'Cannot open a session: the device is revoked', { next: 'fleetfit join' });
        },
        ...enrollment,
      },
      report: { report: report ?? (async () => ({ verdict: Verdict.VERDICT_ACCEPTED, reason: '' })) },
    },
    ...options,
  });
  ends.push(() => server.close());
  const address = `127.0.0.1:${server.port}`;
  return { server, address, enrollment: client(enrollmentClient(address)), report: client(reportClient(address, () => 'good')) };
}

function client<Closable extends { close(): void }>(made: Closable): Closable {
  ends.push(() => made.close());
  return made;
}

const join = { token: 't', nonce: new Uint8Array([1]), publicKey: undefined, signature: new Uint8Array(), facts: undefined };
const reportOf = (attempt: string): ReportRequest => ({
  report: { attemptId: attempt, jobId: 'j', deviceId: phone, fence: 1, schema: 1, outcome: undefined },
});

describe('the gRPC door', { timeout: 30_000 }, () => {
  it('lets strangers enrol, and tells the handler where they come from', async () => {
    const calls: [unknown, StrangerCall][] = [];
    const { enrollment } = await start({
      enrollment: {
        join: async (request, call) => {
          calls.push([request, call]);
          return { deviceId: phone, state: DeviceState.DEVICE_STATE_ACTIVE, words: 'blue otter' };
        },
      },
    });
    expect(await enrollment.challenge({}, never)).toEqual({ nonce: new Uint8Array([1, 2, 3]) });
    expect(await enrollment.join(join, never)).toEqual({ deviceId: phone, state: DeviceState.DEVICE_STATE_ACTIVE, words: 'blue otter' });
    expect(calls[0]?.[0]).toEqual(join);
    expect(calls[0]?.[1].peer).toBe('127.0.0.1');
  });

  it('takes a report with a bearer, and hands on whose bearer it was', async () => {
    const calls: [ReportRequest, DeviceCall][] = [];
    const { report } = await start({
      report: async (request, call) => {
        calls.push([request, call]);
        return { verdict: Verdict.VERDICT_DUPLICATE, reason: 'seen' };
      },
    });
    expect(await report.report(reportOf('a1'), never)).toEqual({ verdict: Verdict.VERDICT_DUPLICATE, reason: 'seen' });
    expect(calls[0]?.[0]).toEqual(reportOf('a1'));
    expect(calls[0]?.[1].device).toBe(phone);
  });

  it('turns a report without a good bearer away before reading it', async () => {
    let calls = 0;
    const { address } = await start({
      report: async () => {
        calls++;
        return { verdict: Verdict.VERDICT_ACCEPTED, reason: '' };
      },
    });
    const stale = client(reportClient(address, () => 'stale'));
    await expect(stale.report(reportOf('a1'), never)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringMatching(/expired/),
    });
    expect((await raw(address, new Metadata())).code).toBe(16);
    expect(calls).toBe(0);
  });

  it('reads the newest bearer at each call', async () => {
    const { address } = await start();
    let bearer = 'stale';
    const device = client(reportClient(address, () => bearer));
    await expect(device.report(reportOf('a1'), never)).rejects.toMatchObject({ code: 'unauthenticated' });
    bearer = 'good';
    expect((await device.report(reportOf('a1'), never)).verdict).toBe(Verdict.VERDICT_ACCEPTED);
  });

  it('brings the error of a handler to the client: code, words and advice', async () => {
    const { enrollment } = await start();
    const session = { deviceId: phone, nonce: new Uint8Array(), signature: new Uint8Array(), natsUser: 'U', facts: undefined };
    await expect(enrollment.openSession(session, never)).rejects.toMatchObject({
      code: 'denied',
      message: 'Cannot open a session: the device is revoked',
      next: 'fleetfit join',
    });
  });

  it('keeps the words of a fault in its own log', async () => {
    const logged: (LogFields | undefined)[] = [];
    const { report } = await start({
      report: async () => {
        throw new TypeError('secret of the implementation');
      },
      log: { info: () => {}, warn: (_message, fields) => logged.push(fields), error: () => {} },
    });
    await expect(report.report(reportOf('a1'), never)).rejects.toMatchObject({
      code: 'bug',
      message: expect.not.stringContaining('secret'),
    });
    expect(logged[0]?.['why']).toContain('secret');
  });

  it('answers rubbish with "invalid"', async () => {
    const { address } = await start();
    const metadata = new Metadata();
    metadata.set('authorization', 'Bearer good');
    expect((await raw(address, metadata, Buffer.from([255, 255, 255]))).code).toBe(3);
  });

  it('refuses a message beyond its size as "invalid": sending it again cannot help', async () => {
    const { address } = await start({ limits: { messageBytes: 1000 } });
    const device = client(reportClient(address, () => 'good'));
    await expect(device.report(reportOf('a'.repeat(2000)), never)).rejects.toMatchObject({ code: 'invalid' });
    expect((await device.report(reportOf('a'), never)).verdict).toBe(Verdict.VERDICT_ACCEPTED);
  });

  it('limits strangers by address, and not devices', async () => {
    const { enrollment, report } = await start({ limits: { strangerBurst: 3, strangerPerSecond: 0.001 } });
    for (let call = 0; call < 3; call++) await enrollment.challenge({}, never);
    await expect(enrollment.join(join, never)).rejects.toMatchObject({ code: 'exhausted' });
    for (let call = 0; call < 5; call++) await report.report(reportOf('a1'), never);
  });

  it('ends a call that takes too long, and tells its handler', async () => {
    let told = (_why: unknown): void => {};
    const aborted = new Promise((resolve) => {
      told = resolve;
    });
    const { report } = await start({
      report: (_request, { signal }) => {
        signal.addEventListener('abort', () => told(signal.aborted));
        return new Promise(() => {});
      },
      limits: { deadline: milliseconds(100) },
    });
    await expect(report.report(reportOf('a1'), never)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/too long/),
    });
    expect(await aborted).toBe(true);
  });

  it('tells the handler when the caller hangs up', async () => {
    const hangUp = new AbortController();
    const aborted = new Promise<FleetError>((resolve) => {
      void start({
        report: (_request, { signal }) => {
          signal.addEventListener('abort', () => resolve(signal.reason));
          hangUp.abort();
          return new Promise(() => {});
        },
      }).then(({ report }) => expect(report.report(reportOf('a1'), hangUp.signal)).rejects.toMatchObject({ code: 'cancelled' }));
    });
    expect((await aborted).code).toBe('cancelled');
  });

  it('lets a call under way end when it closes, and takes no more', async () => {
    let finish = (): void => {};
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { server, report, address } = await start({
      report: () =>
        new Promise((resolve) => {
          finish = () => resolve({ verdict: Verdict.VERDICT_ACCEPTED, reason: '' });
          asked();
        }),
    });
    const open = report.report(reportOf('a1'), never);
    await isAsked;
    const closed = server.close();
    finish();
    expect((await open).verdict).toBe(Verdict.VERDICT_ACCEPTED);
    await closed;
    const late = client(reportClient(address, () => 'good'));
    await expect(late.report(reportOf('a1'), never)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('says in one sentence that its port is taken, and what to do', async () => {
    const { address } = await start();
    await expect(start({ address })).rejects.toMatchObject({
      code: 'conflict',
      message: `Cannot listen for gRPC on ${address}: the port is taken`,
      next: expect.stringContaining('another port'),
    });
  });

  it('finds the coordinator again after a restart on the same port', async () => {
    const first = await start();
    await first.report.report(reportOf('a1'), never);
    await first.server.close();
    await expect(first.report.report(reportOf('a1'), never)).rejects.toMatchObject({ code: 'unavailable' });
    await start({ address: first.address });
    await expect
      .poll(
        () =>
          first.report.report(reportOf('a1'), never).then(
            () => true,
            () => false,
          ),
        { timeout: 4000 },
      )
      .toBe(true);
  });
});

/** A call without our client. */
function raw(address: string, metadata: Metadata, body: Buffer = Buffer.alloc(0)): Promise<{ code: number }> {
  const channel = client(new Channel(address, ChannelCredentials.createInsecure()));
  const bytes = (message: Buffer): Buffer => message;
  return new Promise((resolve) => {
    channel.makeUnaryRequest('/fleet.v1.ReportService/Report', bytes, bytes, body, metadata, (error) =>
      resolve({ code: error?.code ?? 0 }),
    );
  });
}
