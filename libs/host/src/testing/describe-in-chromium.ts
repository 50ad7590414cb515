import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silent } from '@fleetfit/core';
import { type BuildOptions, build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { describe, it } from 'vitest';
import { findChromium } from './find-chromium.ts';
import type { RanTest } from './suite-in-browser.ts';

export interface ChromiumSuite {
  /** Source of the tests. They import `vitest` as ever. */
  readonly suite: URL;
  /** Sources of workers; each is served as `/<name>.js`. */
  readonly workers?: Readonly<Record<string, URL>>;
  /** Folders that are served too, by the first part of their path. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Answers what no file answers; false leaves it. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Whether the page is cross-origin isolated: threads and a fine clock. */
  readonly isolated: boolean;
  /** How esbuild resolves packages, such as the build of a runtime without its wasm. */
  readonly conditions?: readonly string[];
}

/** Longest that a suite may take, its browser included. */
const LONGEST_MS = 240_000;

/**
 * Runs a file of tests in a real Chromium, with real workers on a page of its own, and shows each of its tests as a test of this file.
 * A test file of the library calls it at its top, beside other `describe`s.
 */
export function describeInChromium(name: string, options: ChromiumSuite): void {
  describe(name, async () => {
    for (const { name: each, why } of await runInChromium(options))
      it(each, () => {
        if (why !== '') throw new Error(why);
      });
  });
}

async function runInChromium(options: ChromiumSuite): Promise<readonly RanTest[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetfit-suite-'));
  try {
    await bundle(options, folder);
    const server = await serve(folder, options);
    try {
      return await runPage(server.url);
    } finally {
      server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundle({ suite, workers = {}, conditions = [] }: ChromiumSuite, outdir: string): Promise<void> {
  const shim = fileURLToPath(new URL('./suite-in-browser.ts', import.meta.url));
  const main = [
    `import { runSuite } from ${JSON.stringify(shim)};`,
    `globalThis.ran = runSuite(() => import(${JSON.stringify(fileURLToPath(suite))}));`,
  ];
  const common: BuildOptions = {
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
    conditions: [...conditions],
    alias: { vitest: shim },
    external: ['node:*'],
  };
  await build({
    ...common,
    stdin: { contents: main.join('\n'), resolveDir: outdir, sourcefile: 'run-suite.js' },
    outfile: join(outdir, 'suite.js'),
  });
  const entryPoints = Object.fromEntries(Object.entries(workers).map(([name, url]) => [name, fileURLToPath(url)]));
  if (Object.keys(workers).length > 0) await build({ ...common, entryPoints, outdir });
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

async function serve(
  folder: string,
  { folders = {}, isolated, answer = () => false }: ChromiumSuite,
): Promise<{ url: string; close(): void }> {
  const isolation = isolated ? { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' } : {};
  const server: Server = createServer((request, response) => {
    if (answer(request, response)) return;
    const path = normalize(decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/'));
    const [, first = '', ...rest] = path.split('/');
    const file = folders[first] ? join(folders[first], ...rest) : join(folder, path);
    const page = '<!doctype html><title>suite</title><script type="module" src="/suite.js"></script>';
    const body = path === '/' ? Promise.resolve(page) : readFile(file);
    void body.then(
      (bytes) =>
        response.writeHead(200, { 'content-type': TYPES[extname(path) || '.html'] ?? 'application/octet-stream', ...isolation }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server of the suite has no port');
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${address.port}/`, close };
}

async function runPage(url: string): Promise<readonly RanTest[]> {
  const { sandbox, executablePath, args, env } = await findChromium({
    signal: AbortSignal.timeout(LONGEST_MS),
    log: silent,
    say: () => {},
  });
  const browser: Browser = await chromium.launch({
    executablePath,
    args: [...args],
    env: { ...env },
    chromiumSandbox: sandbox,
    headless: true,
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(LONGEST_MS);
    const broken = new Promise<never>((_, reject) => {
      page.on('pageerror', reject);
      page.on('crash', () => reject(new Error('the page of the suite crashed')));
    });
    broken.catch(() => {});
    await page.goto(url);
    const ran = page
      .waitForFunction(() => 'ran' in globalThis)
      .then(() => page.evaluate(() => Reflect.get(globalThis, 'ran') as Promise<readonly RanTest[]>));
    return await Promise.race([ran, broken]);
  } finally {
    await browser.close();
  }
}
