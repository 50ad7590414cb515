import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { type ApiContext, appRouter, TRPC_PATH } from '@fleetfit/api';
import type { BlobStore } from '@fleetfit/artifacts';
import { FleetError, type Log } from '@fleetfit/core';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import type { LibraryImages } from './library-images.ts';
import { EXPORT_PATH, exportHandler } from './serve-exports.ts';
import { PICTURE_PATH, pictureHandler } from './serve-pictures.ts';
import { UPLOAD_PATH, uploadHandler } from './serve-uploads.ts';
import type { SweepRunner } from './sweep-runner.ts';
import type { Uploads } from './uploads.ts';

export interface OperatorListenerOptions {
  readonly port: number;
  readonly context: ApiContext;
  readonly sweeps: SweepRunner;
  readonly blobs: BlobStore;
  readonly uploads: Uploads;
  readonly images: LibraryImages;
  /** The dashboard as static files; undefined where it was not built. */
  readonly dashboard: string | undefined;
  readonly log: Log;
}

/**
 * The door for people: API, exports and dashboard. It listens on loopback only, as there is no operator login yet,
 * and answers only to a loopback name: a page elsewhere that points its own name here gets nothing.
 */
export async function serveOperators(options: OperatorListenerOptions): Promise<{ readonly port: number; close(): Promise<void> }> {
  const api = createHTTPHandler({ router: appRouter, createContext: () => options.context, basePath: `${TRPC_PATH}/` });
  const sendExport = exportHandler(options);
  const takeUpload = uploadHandler(options.uploads, options.log);
  const sendPicture = pictureHandler(options.images, options.log);
  const server = createServer((request, response) => {
    if (!isOurOwn(request)) return void refuse(response, 403, 'This address is for this computer only.');
    const url = new URL(request.url ?? '/', 'http://localhost');
    const { pathname } = url;
    if (pathname.startsWith(`${TRPC_PATH}/`)) return void api(request, response);
    if (pathname.startsWith(EXPORT_PATH)) return void sendExport(pathname, response);
    if (pathname.startsWith(UPLOAD_PATH)) return void takeUpload(request, response);
    if (pathname.startsWith(PICTURE_PATH)) return void sendPicture(url, response);
    sendPage(options.dashboard, pathname, response);
  });
  await listen(server, options.port);
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : options.port, close: () => close(server) };
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/;

function isOurOwn({ headers }: IncomingMessage): boolean {
  if (!LOOPBACK.test(headers.host ?? '')) return false;
  const origin = headers.origin;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === headers.host);
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

function sendPage(folder: string | undefined, pathname: string, response: ServerResponse): void {
  if (folder === undefined) return refuse(response, 404, 'The dashboard was not built. Build it with: npm run build');
  const file = fileFor(folder, pathname) ?? fileFor(folder, '/404');
  if (!file) return refuse(response, 404, 'There is no such page.');
  const hashed = pathname.startsWith('/_next/static/');
  response.writeHead(pathname !== '/404' && fileFor(folder, pathname) ? 200 : 404, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'cache-control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
  });
  createReadStream(file).pipe(response);
}

/** The file of a path of the static export: `/sweep` is `sweep.html` or `sweep/index.html`. */
function fileFor(folder: string, pathname: string): string | undefined {
  let wanted: string;
  try {
    wanted = normalize(join(folder, decodeURIComponent(pathname)));
  } catch {
    return undefined;
  }
  if (wanted !== folder && !wanted.startsWith(folder + sep)) return undefined;
  const trimmed = wanted.replace(/[/\\]+$/, '');
  return [trimmed, `${trimmed}.html`, join(trimmed, 'index.html')].find((each) => existsSync(each) && statSync(each).isFile());
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${sentence}\n`);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause);
      reject(
        new FleetError('conflict', `Cannot serve the dashboard: port ${port} is taken by another program`, {
          cause,
          next: `stop it, or start with: fleetfit up --port ${port + 1}`,
        }),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // Streams of live views never end by themselves.
    server.closeAllConnections();
  });
}
