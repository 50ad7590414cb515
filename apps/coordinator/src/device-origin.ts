import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { type BlobStore, blobHandler } from '@fleetfit/artifacts';
import { type DeviceId, FleetError, type Log } from '@fleetfit/core';
import {
  isLoopback,
  type LocalAuthority,
  nameIn,
  openLocalAuthority,
  ownNames,
  readServerCertificate,
  relayWebSocket,
  type ServerCertificate,
  serveBoth,
} from '@fleetfit/host';
import type { WebDoor } from '@fleetfit/rpc';
import { RELAY_ORIGIN } from './message-server.ts';
import { phonePages } from './phone-pages.ts';

export interface DeviceOriginOptions {
  readonly port: number;
  /** Address to listen on. */
  readonly listen: string;
  readonly tls: Tls;
  /** The built phone agent; undefined where it was not built. */
  readonly phoneAgent: string | undefined;
  readonly rpc: WebDoor;
  readonly blobs: BlobStore;
  readonly authenticate: (bearer: string) => Promise<DeviceId>;
  /** Port of the message server's WebSocket listener on loopback. */
  readonly websocketPort: () => number;
  readonly log: Log;
}

export interface DeviceOrigin {
  readonly port: number;
  /** `https://host:port`; where only this computer is answered, `http://localhost:port`, which browsers hold for as safe and which needs no certificate. */
  readonly url: string;
  close(): Promise<void>;
}

/** The certificate of this coordinator: a given one, or one of the local authority, which is renewed while it runs. */
export interface Tls {
  /** Undefined where a certificate was given. */
  readonly authority: LocalAuthority | undefined;
  /** The origin without its port: what join links and sessions say. */
  readonly origin: string;
  certificate(): Promise<ServerCertificate>;
}

const DAILY_MS = 86_400_000;

/**
 * @param host what other machines call this one
 * @throws FleetError `invalid` when a given certificate cannot be used
 */
export async function openTls(
  folder: string,
  host: string,
  given: { readonly cert: string; readonly key: string } | undefined,
): Promise<Tls> {
  if (given) {
    // Read again each day: whoever renews it writes the same files.
    const read = (): ServerCertificate => readServerCertificate(given, Date.now());
    const name = nameIn(read().cert, host);
    if (name === undefined)
      throw new FleetError('invalid', `Cannot use the certificate ${given.cert}: it names neither ${host} nor any other host`, {
        next: 'use one with a DNS name that leads here',
      });
    return { authority: undefined, origin: secureOrigin(name), certificate: async () => read() };
  }
  const authority = await openLocalAuthority(folder, Date.now());
  const origin = isLoopback(host) ? 'http://localhost' : secureOrigin(host);
  return { authority, origin, certificate: () => authority.serverCertificate([...new Set([...ownNames(), host])], Date.now()) };
}

/**
 * The one origin of devices that are browsers: the agent's page, gRPC-Web, NATS over WebSocket, tensors by hash. Nothing of the operator's is
 * behind it, and only pages of this very origin may call or connect.
 */
export async function serveDeviceOrigin(options: DeviceOriginOptions): Promise<DeviceOrigin> {
  const { log, tls, websocketPort } = options;
  let certificate = await tls.certificate();
  let names = new X509Certificate(certificate.cert);
  const isOurs = (request: IncomingMessage): boolean => isOurName(request, names);
  const answer = doors(options);
  const server = await serveBoth({
    port: options.port,
    host: options.listen,
    certificate,
    onRequest: (request, response) => {
      if (!isOurs(request)) return void refuse(response, 421);
      if (request.method === 'POST' && request.headers.origin !== undefined && !isSameOrigin(request)) return void refuse(response, 403);
      answer(request, response).catch((thrown: unknown) => {
        log.error('the device origin has a fault', { path: request.url, why: thrown instanceof Error ? thrown.message : String(thrown) });
        refuse(response, 500);
      });
    },
    onUpgrade: (request, socket, head) => {
      const wanted = request.url === '/nats' && isOurs(request) && isSameOrigin(request);
      if (wanted) return relayWebSocket(request, { socket, head }, { port: websocketPort(), origin: RELAY_ORIGIN, log });
      log.warn('a WebSocket was refused', { path: request.url, origin: request.headers.origin });
      socket.end(
        `HTTP/1.1 ${request.url === '/nats' ? '403 Forbidden' : '404 Not Found'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
    },
  });
  const renewal = setInterval(() => {
    tls.certificate().then(
      (now) => {
        if (now.cert === certificate.cert) return;
        server.renew(now);
        certificate = now;
        names = new X509Certificate(now.cert);
      },
      (thrown: unknown) => log.error('the certificate cannot be renewed', { why: String(thrown) }),
    );
  }, DAILY_MS);
  renewal.unref();
  return {
    port: server.port,
    url: `${tls.origin}:${server.port}`,
    async close() {
      clearInterval(renewal);
      await server.close();
    },
  };
}

const secureOrigin = (host: string): string => `https://${isIP(host) === 6 ? `[${host}]` : host}`;

/** Each door in turn; who finds none gets 404. */
function doors({ rpc, blobs, authenticate, tls, phoneAgent, log }: DeviceOriginOptions) {
  const tensors = blobHandler(blobs, async (bearer) => void (await authenticate(bearer)), { log });
  const pages = phonePages(phoneAgent);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (await rpc(request, response)) return;
    if (await tensors(request, response)) return;
    if (tls.authority && request.url === '/ca.pem' && request.method === 'GET') return sendAuthority(tls.authority, response);
    if (await pages(request, response)) return;
    refuse(response, 404);
  };
}

/** With this type phones offer to install it. */
function sendAuthority({ certificate }: LocalAuthority, response: ServerResponse): void {
  response
    .writeHead(200, {
      'content-type': 'application/x-x509-ca-cert',
      'content-disposition': 'attachment; filename="fleetfit-ca.pem"',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
    .end(certificate);
}

/**
 * Whether the name in the address bar is one of ours: a page elsewhere that points its own name here (DNS rebinding) would pass for the same
 * origin otherwise. Over TLS the certificate says which names those are; plain HTTP is for this computer's own.
 */
function isOurName({ headers, socket }: IncomingMessage, certificate: X509Certificate): boolean {
  const host = headers.host ?? '';
  if (!URL.canParse(`https://${host}`)) return false;
  const name = new URL(`https://${host}`).hostname.replace(/^\[|\]$/g, '');
  if (!isEncrypted(socket)) return isLoopback(name);
  return (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
}

const isEncrypted = (socket: object): boolean => 'encrypted' in socket && socket.encrypted === true;

function isSameOrigin({ headers, socket }: IncomingMessage): boolean {
  return headers.origin === `${isEncrypted(socket) ? 'https' : 'http'}://${headers.host}`;
}

function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-length': 0, 'cross-origin-resource-policy': 'same-origin' }).end();
}
