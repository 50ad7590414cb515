import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silent } from '@fleetfit/core';
import { type BuildOptions, build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from './find-chromium.ts';

export interface ChromiumPage {
  /** The module that the page runs, as source. */
  readonly main: string;
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
  /** Packages to put in the place of others. */
  readonly alias?: Readonly<Record<string, string>>;
}

/** Longest that anything on the page may take, its browser included. */
const LONGEST_MS = 240_000;

/**
 * Bundles sources, serves them on an origin of their own, opens them in a real Chromium, and closes all of it again.
 * @throws whatever the page throws, and when it crashes
 */
export async function withChromiumPage<Result>(options: ChromiumPage, use: (page: Page) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetfit-page-'));
  try {
    await bundle(options, folder);
    const server = await serve(folder, options);
    try {
      return await openPage(server.url, use);
    } finally {
      server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundle({ main, workers = {}, conditions = [], alias = {} }: ChromiumPage, outdir: string): Promise<void> {
  const common: BuildOptions = {
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
    conditions: [...conditions],
    alias: { ...alias },
    external: ['node:*'],
  };
  await build({ ...common, stdin: { contents: main, resolveDir: outdir, sourcefile: 'main.js' }, outfile: join(outdir, 'page.js') });
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
  { folders = {}, isolated, answer = () => false }: ChromiumPage,
): Promise<{ url: string; close(): void }> {
  const isolation = isolated ? { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' } : {};
  const server: Server = createServer((request, response) => {
    if (answer(request, response)) return;
    const path = normalize(decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/'));
    const [, first = '', ...rest] = path.split('/');
    const file = folders[first] ? join(folders[first], ...rest) : join(folder, path);
    const page = '<!doctype html><title>page</title><script type="module" src="/page.js"></script>';
    const body = path === '/' ? Promise.resolve(page) : readFile(file);
    void body.then(
      (bytes) =>
        response.writeHead(200, { 'content-type': TYPES[extname(path) || '.html'] ?? 'application/octet-stream', ...isolation }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server of the page has no port');
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${address.port}/`, close };
}

async function openPage<Result>(url: string, use: (page: Page) => Promise<Result>): Promise<Result> {
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
      page.on('crash', () => reject(new Error('the page crashed')));
    });
    broken.catch(() => {});
    await page.goto(url);
    return await Promise.race([use(page), broken]);
  } finally {
    await browser.close();
  }
}
