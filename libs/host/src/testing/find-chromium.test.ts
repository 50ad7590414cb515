import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silent } from '@fleetfit/core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from './find-chromium.ts';

const { signal } = new AbortController();
const say = (sentence: string): void => console.info(sentence);

// What a phone agent stands on, asked of a page that is cross-origin isolated.
const ASK = `(async () => ({
  isolated: crossOriginIsolated,
  shared: new SharedArrayBuffer(8).byteLength,
  simd: WebAssembly.validate(Uint8Array.of(0,97,115,109,1,0,0,0,1,5,1,96,0,1,123,3,2,1,0,10,10,1,8,0,65,0,253,15,253,98,11)),
  textWidth: document.createElement('canvas').getContext('2d').measureText('Hello').width,
  opfs: typeof (await navigator.storage.getDirectory()).getFileHandle,
}))()`;

describe('findChromium', () => {
  const page = createServer((_, response) => {
    response.writeHead(200, {
      'content-type': 'text/html',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    response.end('<!doctype html><title>page</title>');
  });
  beforeAll(() => new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve)));
  afterAll(() => page.close());

  it.each([
    ['what this machine has or can get', process.env],
    // No PATH, so that no browser of the machine is found. Where the npm package has none (not Linux on x64), the first case is all.
    ['what npm brings', { ...process.env, PATH: process.platform === 'linux' && process.arch === 'x64' ? '' : process.env['PATH'] }],
  ])(
    'finds %s: it isolates pages, shares memory, and has fonts',
    async (_, env) => {
      const found = await findChromium({ signal, log: silent, say, env });
      const { executablePath, args, sandbox: chromiumSandbox } = found;
      const browser = await chromium.launch({ executablePath, args: [...args], env: { ...found.env }, headless: true, chromiumSandbox });
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${(page.address() as AddressInfo).port}/`);
      const said = await tab.evaluate<{ textWidth: number }>(ASK);
      await browser.close();
      expect(said).toMatchObject({ isolated: true, shared: 8, simd: true, opfs: 'function' });
      expect(said.textWidth).toBeGreaterThan(10);
    },
    180_000,
  );

  it('refuses a CHROMIUM_BIN that is no program', async () => {
    const looking = findChromium({ signal, log: silent, say, env: { CHROMIUM_BIN: '/nonexistent' } });
    await expect(looking).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('/nonexistent') });
  });
});
