import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phonePages } from './phone-pages.ts';

let folder: string;
const servers: Server[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phone-pages-'));
  await mkdir(join(folder, 'dist', 'assets'), { recursive: true });
  await mkdir(join(folder, 'dist', 'ort', '1.30.0'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(folder, 'dist', 'index.html'), '<!doctype html><title>agent</title>');
  await writeFile(join(folder, 'dist', 'service-worker.js'), '1;');
  await writeFile(join(folder, 'dist', 'assets', 'app-DVKOCNJJ.js'), '2;'.repeat(1000));
  await writeFile(join(folder, 'dist', 'ort', '1.30.0', 'run.wasm'), 'wasm');
  await writeFile(join(folder, 'dist', 'icon.png'), 'png');
});
afterAll(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true });
});

interface Seen {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Asks for a path as it is written; a URL would be tidied up. */
async function visitor(dist: string | undefined) {
  const pages = phonePages(dist);
  const server = createServer((asked, response) => {
    void pages(asked, response).then((taken) => taken || response.writeHead(418).end());
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Seen> =>
    new Promise((resolve, reject) => {
      request({ port, path, headers: { host: 'phones.local:7444', ...headers }, method, agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
      })
        .on('error', reject)
        .end();
    });
}

describe('the pages of the phone agent', () => {
  it('are one page under every path of its own, and may talk to their own host alone', async () => {
    const visit = await visitor(join(folder, 'dist'));
    for (const path of ['/', '/j', '/self-test', '/trust', '/?x=1']) {
      const { status, headers, body } = await visit(path);
      expect([path, status, body.toString()]).toEqual([path, 200, '<!doctype html><title>agent</title>']);
      expect(headers['content-security-policy']).toContain("connect-src 'self' wss://phones.local:7444 ws://phones.local:7444;");
    }
    expect((await visit('/fleet')).status).toBe(418);
  });

  it('never leave their folder', async () => {
    const visit = await visitor(join(folder, 'dist'));
    for (const path of [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/%00',
      '/assets',
      '/%',
      '//',
    ])
      expect([path, (await visit(path)).status]).toEqual([path, 418]);
  });

  it('are isolated, with their files, unless the address says otherwise', async () => {
    const visit = await visitor(join(folder, 'dist'));
    const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
    for (const path of ['/', '/service-worker.js', '/ort/1.30.0/run.wasm']) expect((await visit(path)).headers).toMatchObject(isolation);
    const { headers } = await visit('/j?isolated=0');
    for (const name of Object.keys(isolation)) expect(headers).not.toHaveProperty(name);
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  });

  it('are kept for ever where their name changes with them, else asked for again', async () => {
    const visit = await visitor(join(folder, 'dist'));
    const forever = 'public, max-age=31536000, immutable';
    const kept = async (path: string) => (await visit(path)).headers['cache-control'];
    expect([await kept('/assets/app-DVKOCNJJ.js'), await kept('/ort/1.30.0/run.wasm')]).toEqual([forever, forever]);
    expect([await kept('/'), await kept('/service-worker.js'), await kept('/icon.png')]).toEqual(['no-cache', 'no-cache', 'no-cache']);
    const { headers } = await visit('/');
    const again = await visit('/', { 'if-none-match': String(headers['etag']) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    await writeFile(join(folder, 'dist', 'index.html'), '<!doctype html><title>newer</title>');
    expect((await visit('/', { 'if-none-match': String(headers['etag']) })).body.toString()).toContain('newer');
    await writeFile(join(folder, 'dist', 'index.html'), '<!doctype html><title>agent</title>');
  });

  it('are zipped for who takes that', async () => {
    const visit = await visitor(join(folder, 'dist'));
    const plain = await visit('/assets/app-DVKOCNJJ.js');
    const zipped = await visit('/assets/app-DVKOCNJJ.js', { 'accept-encoding': 'br, gzip' });
    expect([plain.headers['content-encoding'], zipped.headers['content-encoding']]).toEqual([undefined, 'gzip']);
    expect(zipped.body.length).toBeLessThan(100);
    expect(gunzipSync(zipped.body).equals(plain.body)).toBe(true);
    expect((await visit('/icon.png', { 'accept-encoding': 'gzip' })).headers).not.toHaveProperty('content-encoding');
  });

  it('change nothing, and say so where they were not built', async () => {
    const visit = await visitor(join(folder, 'dist'));
    expect((await visit('/', {}, 'POST')).status).toBe(405);
    expect((await visit('/', {}, 'HEAD')).body).toHaveLength(0);
    const without = await visitor(join(folder, 'nothing'));
    expect((await without('/j')).body.toString()).toMatch(/was not built\. Build it with: npm run build/);
    expect((await without('/app.js')).status).toBe(418);
  });
});
