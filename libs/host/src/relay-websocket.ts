import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Log } from '@fleetfit/core';

export interface RelayOptions {
  /** Of the server behind, on loopback. */
  readonly port: number;
  readonly path?: string;
  /** What the server behind is told as `Origin`, in place of the page's. */
  readonly origin: string;
  readonly log: Log;
}

/** Headers of the handshake that both ends must agree on (RFC 6455, section 4). Nothing else of the page's goes through: no cookies, no host. */
const HANDSHAKE = ['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol', 'sec-websocket-extensions'];
const CONNECT_MS = 5_000;

/** Joins a WebSocket that a page opens with a WebSocket server of this computer, byte by byte. Who may open it is looked at before. */
export function relayWebSocket(request: IncomingMessage, { socket, head }: { socket: Duplex; head: Buffer }, options: RelayOptions): void {
  const { port, path = '/', origin, log } = options;
  const behind = connect({ port, host: '127.0.0.1' });
  const end = (): void => {
    socket.destroy();
    behind.destroy();
  };
  behind.setNoDelay(true);
  behind.setTimeout(CONNECT_MS, end);
  behind.once('connect', () => {
    behind.setTimeout(0);
    const own = HANDSHAKE.flatMap((name) => (request.headers[name] === undefined ? [] : [`${name}: ${String(request.headers[name])}`]));
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      `Origin: ${origin}`,
      ...own,
    ];
    behind.write(`${lines.join('\r\n')}\r\n\r\n`);
    behind.write(head);
    socket.pipe(behind).pipe(socket);
  });
  behind.on('error', (error) => {
    log.warn('a WebSocket cannot be passed on', { port, why: error.message });
    end();
  });
  behind.on('close', end);
  socket.on('error', end);
  socket.on('close', end);
}
