import { createServer as createHttp, type Server as HttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttps, type Server as HttpsServer } from 'node:https';
import { createServer as createTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { FleetError } from '@fleetfit/core';
import { isLoopback } from './nats-floor.ts';

export interface ServeBothOptions {
  /** 0: the system chooses. */
  readonly port: number;
  readonly host: string;
  readonly certificate: { readonly cert: string; readonly key: string };
  readonly onRequest: RequestListener;
  /** `head`: what came with the request of what is spoken next. */
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface BothServer {
  readonly port: number;
  /** For connections from now on. */
  renew(certificate: { readonly cert: string; readonly key: string }): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** The first byte of every TLS connection: a handshake record (RFC 8446, section 5.1). */
const TLS_HANDSHAKE = 0x16;
/** Who sends nothing, or a request byte by byte, holds a connection no longer than this. */
const FIRST_WORD_MS = 10_000;
const REQUEST_MS = 30_000;

/**
 * HTTPS and HTTP on one port. Browsers take `http://localhost` for as safe as HTTPS, so that on this computer nobody needs a certificate;
 * whoever comes by plain HTTP from elsewhere is sent to HTTPS. Throws `conflict` when the port is taken.
 */
export async function serveBoth({ port, host, certificate, onRequest, onUpgrade }: ServeBothOptions): Promise<BothServer> {
  const limits = { headersTimeout: FIRST_WORD_MS, requestTimeout: REQUEST_MS };
  const secure = createHttps({ ...certificate, ...limits, minVersion: 'TLSv1.2' }, onRequest);
  const plain = createHttp(limits, (request, response) => {
    if (isLoopback(peerOf(request.socket))) return onRequest(request, response);
    response.writeHead(308, { location: `https://${request.headers.host ?? ''}${request.url ?? '/'}`, 'content-length': 0 }).end();
  });
  secure.on('upgrade', onUpgrade);
  plain.on('upgrade', (request, socket, head) => {
    if (isLoopback(peerOf(request.socket))) onUpgrade(request, socket, head);
    else socket.destroy();
  });
  const open = new Set<Socket>();
  const tcp = createTcp((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    handOn(socket, { secure, plain });
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(cause, port)));
    tcp.listen(port, host, resolve);
  });
  const address = tcp.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    renew: (next) => secure.setSecureContext(next),
    close: () =>
      new Promise((resolve) => {
        tcp.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Looks at the first byte and lets the right server take the connection from its start. */
function handOn(socket: Socket, { secure, plain }: { readonly secure: HttpsServer; readonly plain: HttpServer }): void {
  socket.setTimeout(FIRST_WORD_MS, () => socket.destroy());
  socket.once('readable', () => {
    const start: Buffer | null = socket.read();
    if (!start) return;
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    socket.unshift(start);
    (start[0] === TLS_HANDSHAKE ? secure : plain).emit('connection', socket);
  });
}

/** Address of whoever is at the other end; IPv4 as IPv4. */
export function peerOf({ remoteAddress = '' }: { readonly remoteAddress?: string | undefined }): string {
  return remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
}

function cannotListen(cause: NodeJS.ErrnoException, port: number): Error {
  if (cause.code !== 'EADDRINUSE') return cause;
  return new FleetError('conflict', `Cannot serve devices: port ${port} is taken by another program`, {
    cause,
    next: 'stop it, or choose other ports with: fleetfit up --port N',
  });
}
