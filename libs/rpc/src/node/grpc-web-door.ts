import type { IncomingMessage, ServerResponse } from 'node:http';
import { FleetError } from '@fleetfit/core';
import { CODE_KEY, NEXT_KEY, toStatus } from '../status.ts';
import { dataFrame, readFrames, trailersFrame } from '../web/frames.ts';
import { plainBytes, type RawCall, type Route } from './register-route.ts';

/**
 * Answers calls of gRPC-Web; false for anything that is none, which is left to the caller. Never rejects. Whether the page that calls may do so
 * at all (its origin) is looked at before.
 */
export type WebDoor = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const WIRE = 'application/grpc-web+proto';

/**
 * The door for browsers, which cannot speak gRPC itself: unary calls over node:http(s), straight to the handlers of the gRPC door.
 * See https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md; of its forms only binary protobuf is taken.
 */
export function grpcWebDoor(routes: readonly Route[], { messageBytes }: { readonly messageBytes: number }): WebDoor {
  const known = new Map(routes.map((route) => [route.path, route]));
  return async (request, response) => {
    const route = known.get(request.url ?? '');
    if (!route) return false;
    if (request.method !== 'POST') return refuse(response, 405);
    if (!/^application\/grpc-web(?:\+proto)?$/.test(request.headers['content-type'] ?? '')) return refuse(response, 415);
    const gone = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) gone.abort(new FleetError('cancelled', 'Cannot answer: the caller hung up'));
    });
    const peer = (request.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
    const call = { peer, signal: gone.signal, authorization: request.headers.authorization };
    const frames = await answered(route, { request, messageBytes, call });
    if (response.destroyed) return true;
    response.writeHead(200, { 'content-type': WIRE, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    response.end(Buffer.concat(frames));
    return true;
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly messageBytes: number;
  readonly call: RawCall;
}

/** The frames of the answer: the message where there is one, and how it went. */
async function answered(route: Route, { request, messageBytes, call }: Asked): Promise<readonly Uint8Array[]> {
  try {
    const { messages, trailers } = readFrames(await bodyOf(request, messageBytes));
    const [message, ...more] = messages;
    if (!message || more.length > 0 || trailers.size > 0)
      throw new FleetError('invalid', 'Cannot read the call: it holds no single message');
    return [dataFrame(await route.answer(message, call)), trailersFrame(new Map([['grpc-status', '0']]))];
  } catch (thrown) {
    const { code, details, fleetCode, next } = toStatus(thrown);
    const trailers = new Map([
      ['grpc-status', String(code)],
      // Half a surrogate pair cannot be encoded.
      ['grpc-message', encodeURIComponent(details.replaceAll(/\p{Surrogate}/gu, '\u{fffd}'))],
      [CODE_KEY, fleetCode],
      ...(next === '' ? [] : ([[NEXT_KEY, Buffer.from(next).toString('base64')]] as const)),
    ]);
    return [trailersFrame(trailers)];
  }
}

const FRAME_HEAD = 5;

async function bodyOf(request: IncomingMessage, messageBytes: number): Promise<Uint8Array> {
  const most = messageBytes + FRAME_HEAD;
  const tooLong = new FleetError('invalid', `Cannot read the call: it is longer than ${messageBytes} bytes`);
  // Said before it is read: to stop in the middle would cut the connection, and the caller would not learn why.
  if (Number(request.headers['content-length'] ?? 0) > most) throw tooLong;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const part: Buffer = chunk;
    size += part.length;
    if (size > most) throw tooLong;
    parts.push(part);
  }
  return plainBytes(Buffer.concat(parts));
}

function refuse(response: ServerResponse, status: 405 | 415): true {
  response.writeHead(status, { 'content-length': 0, ...(status === 405 && { allow: 'POST' }) }).end();
  return true;
}
