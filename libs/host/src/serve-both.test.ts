import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as askPlainly } from 'node:http';
import { request as askSecurely } from 'node:https';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { silent } from '@fleetfit/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalAuthority, openLocalAuthority, type ServerCertificate } from './local-authority.ts';
import { relayWebSocket } from './relay-websocket.ts';
import { type BothServer, type ServeBothOptions, serveBoth } from './serve-both.ts';

const folder = mkdtempSync(join(tmpdir(), 'both-'));
let authority: LocalAuthority;
let certificate: ServerCertificate;
beforeAll(async () => {
  authority = await openLocalAuthority(folder, Date.now());
  certificate = await authority.serverCertificate(['localhost'], Date.now());
});
afterAll(() => rmSync(folder, { recursive: true }));

let server: BothServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(parts: Partial<ServeBothOptions> = {}): Promise<BothServer> {
  server = await serveBoth({
    port: 0,
    host: '127.0.0.1',
    certificate,
    onRequest: (request, response) => void response.end(`${'encrypted' in request.socket ? 'https' : 'http'} ${request.url}`),
    onUpgrade: (_, socket) => socket.destroy(),
    ...parts,
  });
  return server;
}

interface Answer {
  readonly status: number | undefined;
  readonly location: string | undefined;
  readonly text: string;
}

function visit(url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ask = url.startsWith('https:') ? askSecurely : askPlainly;
    ask(url, { ca: authority.certificate, agent: false }, (response) => {
      let text = '';
      response.on('data', (part) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, location: response.headers.location, text }));
    })
      .on('error', reject)
      .end();
  });
}

describe('serveBoth', () => {
  it('speaks HTTPS and HTTP on one port', async () => {
    const { port } = await start();
    expect((await visit(`https://localhost:${port}/a`)).text).toBe('https /a');
    expect((await visit(`http://localhost:${port}/b`)).text).toBe('http /b');
  });

  const lan = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  it.skipIf(!lan)('sends plain HTTP from elsewhere to HTTPS (needs an address that is not loopback)', async () => {
    const { port } = await start({ host: '0.0.0.0' });
    const { status, location, text } = await visit(`http://${lan?.address}:${port}/j?x=1`);
    expect([status, location, text]).toEqual([308, `https://${lan?.address}:${port}/j?x=1`, '']);
  });

  it('shows a renewed certificate to whoever comes next', async () => {
    const { port, renew } = await start();
    const shown = async (): Promise<string> => {
      const socket = connectSecurely({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.certificate });
      await once(socket, 'secureConnect');
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      return fingerprint256;
    };
    const before = await shown();
    expect(await shown()).toBe(before);
    renew(await authority.serverCertificate(['localhost', 'new.local'], Date.now()));
    expect(await shown()).not.toBe(before);
  });

  it('says that a port is taken', async () => {
    const { port } = await start();
    await expect(serveBoth({ port, host: '127.0.0.1', certificate, onRequest: () => {}, onUpgrade: () => {} })).rejects.toMatchObject({
      code: 'conflict',
      message: `Cannot serve devices: port ${port} is taken by another program`,
    });
  });
});

describe('relayWebSocket', () => {
  it('passes on the handshake and nothing else of the page, then every byte both ways', async () => {
    const heard: string[] = [];
    const behind = await serveBoth({
      port: 0,
      host: '127.0.0.1',
      certificate,
      onRequest: () => {},
      onUpgrade: (request, socket, head) => {
        const shout = (bytes: Buffer) => socket.write(bytes.toString().toUpperCase());
        heard.push(JSON.stringify(request.headers));
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
        shout(head);
        socket.on('data', shout);
      },
    });
    const { port } = await start({
      onUpgrade: (request, socket, head) =>
        relayWebSocket(request, { socket, head }, { port: behind.port, origin: 'http://relay.invalid', log: silent }),
    });
    const page = connect(port, '127.0.0.1');
    page.write(
      'GET /nats HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\nCookie: c\r\nOrigin: http://page\r\n\r\nearly',
    );
    let seen = '';
    page.on('data', (bytes: Buffer) => (seen += bytes.toString()));
    await expect.poll(() => seen).toMatch(/101 Switching[^]*EARLY$/);
    page.write('later');
    await expect.poll(() => seen).toMatch(/EARLYLATER$/);
    expect(JSON.parse(heard[0] ?? '')).toEqual({
      host: `127.0.0.1:${behind.port}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      origin: 'http://relay.invalid',
      'sec-websocket-key': 'k',
    });
    await behind.close();
    await once(page, 'close');
  });
});
