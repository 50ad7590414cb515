import { createServer } from 'node:http';
import { deviceId, FleetError } from '@fleetfit/core';
import { DeviceState, Verdict } from '@fleetfit/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { webEnrollmentClient, webReportClient } from '../web/index.ts';
import { type EnrollmentHandlers, type ReportHandlers, type RpcLimits, serveRpc } from './serve-rpc.ts';

const ends: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const soon = () => AbortSignal.timeout(10_000);
const phone = deviceId('phone-1');
const REPORT = { attemptId: 'a', jobId: 'j', deviceId: 'phone-1', fence: 1, schema: 1, outcome: undefined };

async function open(
  parts: { enrollment?: Partial<EnrollmentHandlers>; report?: ReportHandlers['report']; limits?: Partial<RpcLimits> } = {},
) {
  const server = await serveRpc({
    address: '127.0.0.1:0',
    authenticate: async (bearer) => {
      if (bearer === 'good') return phone;
      throw new FleetError('unauthenticated', 'Cannot accept the bearer: it has expired', { next: 'open a new session — now' });
    },
    services: {
      enrollment: {
        challenge: async () => ({ nonce: Uint8Array.of(1, 2, 3) }),
        join: async (_, { peer }) => ({ deviceId: peer, state: DeviceState.DEVICE_STATE_PENDING, words: 'blue otter' }),
        openSession: async () => {
          throw new FleetError('denied', 'Cannot open a session: the device “é” \ud800 is revoked');
        },
        ...parts.enrollment,
      },
      report: { report: parts.report ?? (async (_, { device }) => ({ verdict: Verdict.VERDICT_ACCEPTED, reason: `from ${device}` })) },
    },
    ...(parts.limits && { limits: parts.limits }),
  });
  ends.push(() => server.close());
  const http = createServer((request, response) => {
    void server.web(request, response).then((taken) => taken || response.writeHead(418).end());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  ends.push(() => new Promise((resolve) => (http.close(resolve), http.closeAllConnections())));
  const address = http.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const call = (init: RequestInit, path = '/fleet.v1.EnrollmentService/Challenge') => fetch(`${url}${path}`, init);
  return { url, call, enrollment: webEnrollmentClient(url), report: (bearer: string) => webReportClient(url, () => bearer) };
}

const WIRE = { 'content-type': 'application/grpc-web+proto' };

describe('the gRPC-Web door', { timeout: 30_000 }, () => {
  it('leads to the handlers of the gRPC door', async () => {
    const { enrollment, report } = await open();
    expect((await enrollment.challenge({}, soon())).nonce).toEqual(Uint8Array.of(1, 2, 3));
    const joined = await enrollment.join(
      { token: 't', nonce: new Uint8Array(), publicKey: undefined, signature: new Uint8Array(), facts: undefined },
      soon(),
    );
    expect(joined).toEqual({ deviceId: '127.0.0.1', state: DeviceState.DEVICE_STATE_PENDING, words: 'blue otter' });
    expect((await report('good').report({ report: REPORT }, soon())).reason).toBe('from phone-1');
  });

  it('says what went wrong, with its code and what to do', async () => {
    const { enrollment, report } = await open();
    await expect(report('bad').report({ report: REPORT }, soon())).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'Cannot accept the bearer: it has expired',
      next: 'open a new session — now',
    });
    const session = { deviceId: 'd', nonce: new Uint8Array(), signature: new Uint8Array(), natsUser: '', facts: undefined };
    await expect(enrollment.openSession(session, soon())).rejects.toMatchObject({
      code: 'denied',
      message: 'Cannot open a session: the device “é” \u{fffd} is revoked',
    });
  });

  it('limits strangers by their address, as the gRPC door does', async () => {
    const { enrollment } = await open({ limits: { strangerBurst: 2, strangerPerSecond: 0.001 } });
    for (let i = 0; i < 2; i++) await enrollment.challenge({}, soon());
    await expect(enrollment.challenge({}, soon())).rejects.toMatchObject({ code: 'exhausted' });
  });

  it('takes nothing but one message of protobuf by POST', async () => {
    const { call } = await open({ limits: { messageBytes: 100 } });
    expect((await call({ method: 'GET' })).status).toBe(405);
    expect((await call({ method: 'POST', body: 'AAAAAAA=', headers: { 'content-type': 'application/grpc-web-text' } })).status).toBe(415);
    expect((await call({ method: 'POST', body: '', headers: WIRE }, '/fleet.v1.EnrollmentService/Nothing')).status).toBe(418);
    const status = async (body: Uint8Array<ArrayBuffer>) =>
      /grpc-status: (\d+)/.exec(await (await call({ method: 'POST', body, headers: WIRE })).text())?.[1];
    expect(await status(new Uint8Array(5))).toBe('0');
    for (const wrong of [new Uint8Array(0), new Uint8Array(10), new Uint8Array(200), Uint8Array.of(0, 0, 0, 0, 2, 255, 255)])
      expect(await status(wrong), String(wrong)).not.toBe('0');
  });

  it('tells the handler when the caller hangs up', async () => {
    let tell = (_why: string): void => {};
    const told = new Promise<string>((resolve) => (tell = resolve));
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const { enrollment } = await open({
      enrollment: {
        challenge: (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => (tell(String(signal.reason)), reject(signal.reason)));
            begin();
          }),
      },
    });
    const hangUp = new AbortController();
    const asked = enrollment.challenge({}, hangUp.signal);
    await begun;
    hangUp.abort();
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
    expect(await told).toMatch(/the caller hung up/);
  });
});
