import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const BASE = 'http://localhost';
/** Paths of the one page of the phone agent; what they mean is the page's own matter. */
const PAGES = new Set(['/', '/j', '/self-test', '/trust']);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
const COMPRESSIBLE = new Set(['.html', '.js', '.mjs', '.css', '.json', '.webmanifest', '.wasm', '.svg', '.txt']);
/** A name that changes with its content, or with the version of the runtime. */
const LASTING = /-[0-9A-Za-z_]{8,}\.\w+(?:\.map)?$|^\/ort\/\d+\.\d+\.\d+\//;

interface Page {
  readonly plain: Buffer;
  readonly zipped: Buffer | undefined;
  readonly type: string;
  /** Of the content, RFC 9110. */
  readonly etag: string;
  readonly changedAt: number;
}

const zip = promisify(gzip);

/**
 * Answers GET and HEAD of the phone agent's page and its files, isolated from other origins; false for any other path.
 * `?isolated=0` leaves the isolation out: such a page has no threads, as most pages of the web, and is a device class of its own.
 * @param folder the built agent; undefined where it was not built
 */
export function phonePages(folder: string | undefined): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const read = new Map<string, Promise<Page>>();
  const pageOf = async (file: string): Promise<Page> => {
    const known = await read.get(file);
    if (known && known.changedAt === statSync(file).mtimeMs) return known;
    const reading = readPage(file);
    read.set(file, reading);
    return reading;
  };
  return async (request, response) => {
    if (!URL.canParse(request.url ?? '', BASE)) return false;
    const { pathname, searchParams } = new URL(request.url ?? '', BASE);
    const isPage = PAGES.has(pathname);
    const file = folder === undefined ? undefined : fileOf(folder, isPage ? '/index.html' : pathname);
    if (!isPage && !file) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD', 'content-length': 0 }).end();
      return true;
    }
    if (!file) {
      response.writeHead(503, { 'content-type': TYPES['.txt'] }).end('The phone agent was not built. Build it with: npm run build\n');
      return true;
    }
    send(await pageOf(file), { request, response, isolated: searchParams.get('isolated') !== '0', lasting: LASTING.test(pathname) });
    return true;
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly isolated: boolean;
  /** The name changes with the content. */
  readonly lasting: boolean;
}

function send({ plain, zipped, type, etag }: Page, { request, response, isolated, lasting }: Asked): void {
  const { host = '', 'accept-encoding': accepted = '', 'if-none-match': before } = request.headers;
  const body = /\bgzip\b/.test(accepted) ? (zipped ?? plain) : plain;
  const known = before === etag;
  response.writeHead(known ? 304 : 200, {
    ...securityHeaders(host, isolated),
    etag,
    'content-type': type,
    ...(!known && { 'content-length': body.length }),
    'cache-control': lasting ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...(zipped && { vary: 'accept-encoding' }),
    ...(body === zipped && { 'content-encoding': 'gzip' }),
  });
  response.end(known || request.method === 'HEAD' ? undefined : body);
}

/** A file of the folder itself, however the path is written. */
function fileOf(folder: string, pathname: string): string | undefined {
  try {
    const wanted = normalize(join(folder, decodeURIComponent(pathname)));
    return wanted.startsWith(folder + sep) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : undefined;
  } catch {
    return undefined;
  }
}

async function readPage(file: string): Promise<Page> {
  const plain = readFileSync(file);
  const end = extname(file);
  const zipped = COMPRESSIBLE.has(end) ? await zip(plain) : undefined;
  // Weak: the same for the zipped form, whose bytes differ.
  const etag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  return { plain, zipped, type: TYPES[end] ?? 'application/octet-stream', etag, changedAt: statSync(file).mtimeMs };
}

function securityHeaders(host: string, isolated: boolean): Readonly<Record<string, string>> {
  // Older Safari does not take 'self' for WebSockets. The host was compared with our names before.
  const policy = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    `connect-src 'self' wss://${host} ws://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    ...(isolated && { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }),
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}
