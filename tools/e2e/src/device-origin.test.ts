import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBlobStore } from '@fleetfit/artifacts';
import { asked } from '@fleetfit/cli';
import { deviceId, FleetError, silent } from '@fleetfit/core';
import { findChromium } from '@fleetfit/host/testing';
import { makeSessionKey } from '@fleetfit/messaging';
import { ChallengeRequest, DeviceState, deviceSubjects, encodeMessage, ThermalPressure, Verdict } from '@fleetfit/protocol';
import { jwtAuthenticator } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askFor, joinAsPhone, type Secret, visit, webSocketFrom } from './lone-phone.ts';
import { startTestFleet, type TestFleet, until } from './test-fleet.ts';

let fleet: TestFleet;
let ca: string;
/** `http://localhost:port`, and the same port by HTTPS. */
let plain: string;
let secure: string;
beforeAll(async () => {
  fleet = await startTestFleet({ agents: [], compressors: 0 });
  ca = await readFile(join(fleet.home, 'tls', 'ca.pem'), 'utf8');
  plain = fleet.addresses.phones;
  secure = plain.replace('http:', 'https:');
}, 120_000);
afterAll(() => fleet?.close(), 60_000);

const invite = (more: { uses?: number; minutes?: number; autoApprove?: boolean; tags?: string[] } = {}) =>
  asked(fleet.api.devices.invite.mutate({ uses: 1, minutes: 5, autoApprove: true, ...more }));
const tokenOf = ({ phoneLink }: { phoneLink: string }): Secret => ({ token: /#([\w-]+)/.exec(phoneLink)?.[1] ?? '' });
const deviceOf = async (id: string) => (await asked(fleet.api.devices.list.query())).find((each) => each.id === id);
const WIRE = { 'content-type': 'application/grpc-web+proto' };
const CHALLENGE = '/fleet.v1.EnrollmentService/Challenge';
const EMPTY_FRAME = Uint8Array.of(0, 0, 0, 0, encodeMessage(ChallengeRequest, {}).length);

describe('the device origin', { timeout: 60_000 }, () => {
  it('is one page, isolated from every other origin, and unisolated where that is asked for', async () => {
    for (const path of ['/', '/j', '/self-test', '/trust']) {
      const { status, headers } = await visit(`${secure}${path}`, { ca });
      expect([path, status]).toEqual([path, 200]);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/),
      });
    }
    const { headers } = await visit(`${secure}/?isolated=0`, { ca });
    expect(headers).not.toHaveProperty('cross-origin-embedder-policy');
    expect(headers).not.toHaveProperty('cross-origin-opener-policy');
  });

  it('hands out the authority that its join links name', async () => {
    const { headers, body } = await visit(`${secure}/ca.pem`, { ca });
    expect(body).toBe(ca);
    expect(headers['content-type']).toBe('application/x-x509-ca-cert');
    const { phoneLink, qr } = await invite();
    expect(phoneLink).toMatch(/^http:\/\/localhost:\d+\/j#[\w-]{22}\.[\w-]{22}$/);
    expect(qr.rows).toHaveLength(qr.size);
  });

  it('has nothing of the operator behind it', async () => {
    const operator = fleet.addresses.operator;
    expect((await fetch(`${operator}/trpc/health`)).status).toBe(200);
    for (const path of [
      '/trpc/health',
      '/trpc/devices.list',
      '/trpc/devices.invite',
      '/export/s1/c.onnx',
      '/fleet',
      '/sweeps',
      '/_next/static/x.js',
    ]) {
      for (const method of ['GET', 'POST', 'PUT'])
        expect([path, method, (await visit(`${secure}${path}`, { ca, method })).status]).toEqual([path, method, 404]);
    }
    for (const path of ['/../../keys.json', '/%2e%2e/%2e%2e/keys.json', '/..%2f..%2fpackage.json', '//etc/passwd'])
      expect([path, (await visit(`${secure}${path}`, { ca })).status]).toEqual([path, 404]);
  });

  it('refuses calls and WebSockets of pages from elsewhere', async () => {
    const { host } = new URL(secure);
    const call = async (headers: Record<string, string>) =>
      (await visit(`${secure}${CHALLENGE}`, { ca, method: 'POST', headers: { ...WIRE, ...headers }, body: EMPTY_FRAME })).status;
    expect(await call({ origin: secure })).toBe(200);
    for (const origin of ['https://evil.example', plain, `https://${host.replace(/\d+$/, '1')}`, 'null'])
      expect([origin, await call({ origin })]).toEqual([origin, 403]);
    // A name of somebody else's that points here (DNS rebinding) would pass for the same origin.
    expect(await call({ host: 'evil.example', origin: 'https://evil.example' })).toBe(421);

    const upgrade = async (headers: Record<string, string>, path = '/nats') =>
      (
        await visit(`${secure}${path}`, {
          ca,
          headers: {
            connection: 'Upgrade',
            upgrade: 'websocket',
            'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
            'sec-websocket-version': '13',
            ...headers,
          },
        })
      ).status;
    expect(await upgrade({ origin: secure })).toBe(101);
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: plain },
      { host: 'evil.example', origin: 'https://evil.example' },
    ])
      expect([headers, await upgrade(headers)]).toEqual([headers, 403]);
    expect(await upgrade({ origin: secure }, '/other')).toBe(404);
  });
});

/** In a page: whether a call is answered, and whether a WebSocket opens. */
const REACHED = async ([origin, challenge]: readonly [string, string]): Promise<readonly [number | string, string]> => {
  const headers = { 'content-type': 'application/grpc-web+proto' };
  const called = await fetch(`${origin}${challenge}`, { method: 'POST', headers, body: new Uint8Array(5) }).then(
    ({ status }) => status,
    () => 'refused',
  );
  const opened = await new Promise<string>((resolve) => {
    const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/nats`);
    socket.addEventListener('open', () => resolve('opened'));
    socket.addEventListener('error', () => resolve('refused'));
  });
  return [called, opened];
};

it('serves its own page in a real browser, with a certificate that nobody trusts, and no page from elsewhere', {
  timeout: 120_000,
}, async () => {
  const found = await findChromium({ signal: AbortSignal.timeout(60_000), log: silent, say: () => {} });
  const { executablePath, sandbox: chromiumSandbox } = found;
  const browser = await chromium.launch({ executablePath, args: [...found.args], env: { ...found.env }, chromiumSandbox });
  try {
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    for (const origin of [secure, plain]) {
      await page.goto(`${origin}/trust`);
      expect(await page.evaluate('crossOriginIsolated')).toBe(true);
      expect(await page.evaluate(REACHED, [origin, CHALLENGE] as const)).toEqual([200, 'opened']);
    }
    await page.goto(`${secure}/trust?isolated=0`);
    expect(await page.evaluate('crossOriginIsolated')).toBe(false);
    // The dashboard is another origin like any other.
    await page.goto(fleet.addresses.operator);
    for (const origin of [secure, plain])
      expect(await page.evaluate(REACHED, [origin, CHALLENGE] as const)).toEqual(['refused', 'refused']);
  } finally {
    await browser.close();
  }
});

describe('a phone', { timeout: 60_000 }, () => {
  it('joins by its link, shows the words that people see, waits for them, and gets this origin', async () => {
    const phone = await joinAsPhone(plain, tokenOf(await invite({ autoApprove: false, tags: ['shelf'] })));
    const id = deviceId(phone.joined.deviceId);
    expect(phone.joined.state).toBe(DeviceState.DEVICE_STATE_PENDING);
    expect(await deviceOf(id)).toMatchObject({ state: 'pending', words: phone.joined.words, tags: ['shelf'] });
    expect(await phone.openSession()).toMatchObject({ state: DeviceState.DEVICE_STATE_PENDING, natsJwt: '', bearer: '' });
    await asked(fleet.api.devices.approve.mutate({ id }));
    expect(await phone.openSession()).toMatchObject({
      state: DeviceState.DEVICE_STATE_ACTIVE,
      natsUrl: `${plain.replace('http', 'ws')}/nats`,
      tensorsUrl: plain,
    });
  });

  it('is not let in by a link that is wrong, used or over', async () => {
    const once = tokenOf(await invite());
    await joinAsPhone(plain, once);
    const short = tokenOf(await invite({ minutes: 0.001 }));
    await sleep(100);
    for (const secret of [once, short, { token: 'AAAAAAAAAAAAAAAAAAAAAA' }, { token: '' }])
      await expect(joinAsPhone(plain, secret)).rejects.toMatchObject({
        code: 'unauthenticated',
        message: expect.stringMatching(/wrong, was used, or is over/),
      });
  });

  it('asks for work over a WebSocket, and may say and hear nothing of others', async () => {
    const [phone, other] = await Promise.all([joinAsPhone(plain, tokenOf(await invite())), joinAsPhone(plain, tokenOf(await invite()))]);
    const session = await phone.openSession();
    const link = await phone.connect();
    expect(await askFor(link, 100)).toMatchObject({ $case: 'noWork' });
    await until('the phone to be seen', async () => (await deviceOf(phone.joined.deviceId))?.online);
    await link.close();

    const key = makeSessionKey();
    const stolen = { ...(await other.openSession()), key };
    expect(stolen.natsJwt).not.toBe(session.natsJwt);
    // The JWT of another is worth nothing without its key.
    await expect(
      webSocketFrom(plain)({
        servers: session.natsUrl,
        authenticator: jwtAuthenticator(session.natsJwt, new TextEncoder().encode(key.seed)),
      }),
    ).rejects.toThrow(/[Aa]uthorization/);
  });

  it('reaches the message server over WSS alone, and there its own subjects alone', async () => {
    const phone = await joinAsPhone(plain, tokenOf(await invite()));
    const { natsJwt, key } = await phone.openSession();
    const authenticator = jwtAuthenticator(natsJwt, new TextEncoder().encode(key.seed));
    const own = deviceSubjects(deviceId(phone.joined.deviceId));
    const others = deviceSubjects(deviceId('d0000000000'));
    const connection = await webSocketFrom(
      secure,
      ca,
    )({ servers: `${secure.replace('https', 'wss')}/nats`, authenticator, inboxPrefix: own.inbox });
    const refusals: string[] = [];
    void (async () => {
      for await (const status of connection.status()) if (status.type === 'error') refusals.push(String(status.error));
    })();
    const subscribed = (subject: string) =>
      new Promise((resolve) => {
        connection.subscribe(subject, { callback: (error) => resolve(error) });
        setTimeout(resolve, 300);
      });
    expect(await subscribed(own.control)).toBeUndefined();
    for (const subject of [others.control, `${others.inbox}.>`, 'f.>', '$JS.API.>', '$SYS.>', 'w.begin'])
      expect([subject, String(await subscribed(subject))]).toEqual([subject, expect.stringMatching(/Permissions Violation/)]);
    for (const subject of [others.lease, others.heartbeat, '$JS.API.STREAM.LIST', 'w.begin', 'w.result']) connection.publish(subject);
    await until('the refusals', async () => refusals.length >= 5, 5_000);
    await connection.close();
    await expect(connect({ servers: fleet.addresses.nats, authenticator, reconnect: false })).rejects.toThrow(/[Aa]uthorization/);
  });

  it('cannot report in the name of another', async () => {
    const [phone, other] = await Promise.all([joinAsPhone(plain, tokenOf(await invite())), joinAsPhone(plain, tokenOf(await invite()))]);
    await phone.openSession();
    const outcome = { $case: 'failed', value: { phase: 0, code: 'invalid', why: 'x' } } as const;
    const forged = { attemptId: 'a', jobId: 'j', deviceId: other.joined.deviceId, fence: 1, schema: 1, outcome };
    expect(await phone.report(forged)).toMatchObject({
      verdict: Verdict.VERDICT_REJECTED,
      reason: expect.stringMatching(/names another device/),
    });
  });

  it('fetches tensors with its bearer, from where it left off, and nobody does without', async () => {
    const phone = await joinAsPhone(plain, tokenOf(await invite()));
    const { bearer } = await phone.openSession();
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
    const { sha256 } = await (await openBlobStore(join(fleet.home, 'blobs'))).put(bytes);
    const url = `${secure}/t/${sha256}`;
    const authorization = `Bearer ${bearer}`;
    expect((await visit(url, { ca })).status).toBe(401);
    expect((await visit(url, { ca, headers: { authorization: `${authorization}x` } })).status).toBe(401);
    const whole = await visit(url, { ca, headers: { authorization } });
    expect([whole.status, Buffer.from(whole.body, 'latin1').equals(bytes)]).toEqual([200, true]);
    const rest = await visit(url, { ca, headers: { authorization, range: 'bytes=900-' } });
    expect([rest.status, Buffer.from(rest.body, 'latin1').equals(bytes.subarray(900))]).toEqual([206, true]);
  });

  it('has no work while an operator has paused it, and says itself when it rests', async () => {
    const phone = await joinAsPhone(plain, tokenOf(await invite()));
    const id = deviceId(phone.joined.deviceId);
    await phone.openSession();
    const link = await phone.connect();
    await asked(fleet.api.devices.pause.mutate({ id }));
    expect(await askFor(link, 200)).toMatchObject({ $case: 'noWork', value: { why: 'paused by an operator' } });
    expect(await deviceOf(id)).toMatchObject({ paused: true, doing: { kind: 'idle', why: 'paused by an operator' } });
    await asked(fleet.api.devices.resume.mutate({ id }));
    const health = { battery: 0.4, charging: false, thermal: ThermalPressure.THERMAL_PRESSURE_FAIR, hidden: true, metered: false };
    expect(await askFor(link, 100, { health, resting: 'the page is hidden' })).toMatchObject({ $case: 'noWork' });
    expect(await deviceOf(id)).toMatchObject({
      online: true,
      doing: { kind: 'idle', why: 'rests: the page is hidden' },
      health: { battery: 0.4, charging: false, thermal: 'fair', hidden: true },
    });
    await asked(fleet.api.devices.tag.mutate({ id, tags: ['Window', 'shelf', 'window'] }));
    expect(await askFor(link, 100)).toMatchObject({ $case: 'noWork', value: { why: 'no work' } });
    expect(await deviceOf(id)).toMatchObject({ paused: false, tags: ['shelf', 'window'] });
    await link.close();
  });

  it('that was revoked is turned away at every door, at once', async () => {
    const phone = await joinAsPhone(plain, tokenOf(await invite()));
    const { bearer } = await phone.openSession();
    const id = deviceId(phone.joined.deviceId);
    const link = await phone.connect();
    await askFor(link, 50);
    await asked(fleet.api.devices.revoke.mutate({ id }));
    await expect(askFor(link, 50)).rejects.toMatchObject({ code: expect.stringMatching(/unauthenticated|unavailable|denied|cancelled/) });
    await expect(phone.openSession()).rejects.toMatchObject({ code: 'denied' });
    const report = { attemptId: 'a', jobId: 'j', deviceId: id, fence: 1, schema: 1, outcome: undefined };
    await expect(phone.report(report)).rejects.toMatchObject({ code: 'denied' });
    expect((await visit(`${secure}/t/${'0'.repeat(64)}`, { ca, headers: { authorization: `Bearer ${bearer}` } })).status).toBe(403);
    await link.close();
  });
});

describe('a join code', { timeout: 60_000 }, () => {
  it('lets a phone in like its link, as it is typed, once; and may be tried a few times only', async () => {
    const { code } = await invite({ autoApprove: false });
    const phone = await joinAsPhone(plain, { code: ` ${code.toLowerCase().replace('-', ' ')}` });
    expect(await deviceOf(phone.joined.deviceId)).toMatchObject({ state: 'pending', words: phone.joined.words });
    await expect(joinAsPhone(plain, { code })).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(joinAsPhone(plain, { code: '0000-0000' })).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(joinAsPhone(plain, { code: 'short' })).rejects.toMatchObject({ code: 'invalid' });
    const late = await invite({ minutes: 0.001 });
    await sleep(100);
    await expect(joinAsPhone(plain, { code: late.code })).rejects.toMatchObject({ code: 'unauthenticated' });
    // A try comes back every twelve seconds, so a slow computer has a few more.
    let guesses = 0;
    const guess = (): Promise<unknown> => joinAsPhone(plain, { code: '0000-0000' }).catch((refused: unknown) => refused);
    let said = await guess();
    while (said instanceof FleetError && said.code === 'unauthenticated' && guesses++ < 30) said = await guess();
    expect(said).toMatchObject({ code: 'exhausted', next: expect.stringMatching(/try again in \d+ s/) });
    // A link is no guess and is not held back.
    expect((await joinAsPhone(plain, tokenOf(await invite()))).joined.state).toBe(DeviceState.DEVICE_STATE_ACTIVE);
  });
});
