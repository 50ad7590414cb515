import { FleetError, type Log, type Milliseconds } from '@fleetfit/core';
import { decodeMessage, encodeMessage } from '@fleetfit/protocol';
import { Metadata, type Server, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import type { Method } from '../service.ts';
import { CODE_KEY, NEXT_KEY, toStatus } from '../status.ts';

/** One unary method of the server. */
export interface RouteOptions<Request, Response> {
  readonly path: string;
  readonly method: Method<Request, Response>;
  /** `read` decodes the request; it throws `invalid` for other bytes. */
  readonly run: (read: () => Request, call: RawCall) => Promise<Response> | Response;
  readonly closing: AbortSignal;
  readonly deadline: Milliseconds;
  readonly log: Log;
}

/** A call before anything of it is believed. */
export interface RawCall {
  /** Address without its port. */
  readonly peer: string;
  /** Aborts when the peer hangs up. */
  readonly signal: AbortSignal;
  /** The header, as it came. */
  readonly authorization: string | undefined;
}

/** A method as bytes: both doors, gRPC and gRPC-Web, lead here. */
export interface Route {
  readonly path: string;
  /** Throws what the handler threw. */
  answer(message: Uint8Array, call: RawCall): Promise<Uint8Array>;
}

/** Bytes are decoded by us, so that rubbish is `invalid` and not gRPC's `INTERNAL`. */
export function makeRoute<Request, Response>(options: RouteOptions<Request, Response>): Route {
  const { path, method, run, closing, deadline, log } = options;
  return {
    path,
    async answer(message, call) {
      const late = AbortSignal.timeout(deadline);
      const signal = AbortSignal.any([call.signal, late, closing]);
      try {
        const read = (): Request => decodeMessage(method.requestType, message, `request of ${method.name}`);
        const response = await orAborted(async () => run(read, { ...call, signal }), signal, late);
        return encodeMessage(method.responseType, response);
      } catch (thrown) {
        log.warn('a call failed', { path, why: thrown instanceof Error ? thrown.message : String(thrown) });
        throw thrown;
      }
    },
  };
}

/** Adds a method to a server of grpc-js. */
export function register(server: Server, route: Route): void {
  const bytes = (message: Buffer): Buffer => message;
  const handler = (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void => {
    const gone = new AbortController();
    call.on('cancelled', () => gone.abort(new FleetError('cancelled', 'Cannot answer: the caller hung up')));
    const [authorization] = call.metadata.get('authorization');
    const raw = { peer: peerOf(call.getPeer()), signal: gone.signal, authorization: authorization?.toString() };
    route.answer(plainBytes(call.request), raw).then(
      (message) => reply(null, Buffer.from(message)),
      (thrown: unknown) => reply(errorReply(thrown)),
    );
  };
  server.register(route.path, handler, bytes, bytes, 'unary');
}

function orAborted<Value>(start: () => Promise<Value>, signal: AbortSignal, late: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      const reason: unknown = late.aborted ? new FleetError('unavailable', 'Cannot answer: it took too long') : signal.reason;
      reject(reason);
    });
    start().then(resolve, reject);
  });
}

function errorReply(thrown: unknown) {
  const { code, details, fleetCode, next } = toStatus(thrown);
  const metadata = new Metadata();
  metadata.set(CODE_KEY, fleetCode);
  if (next !== '') metadata.set(NEXT_KEY, Buffer.from(next));
  return { code, details, metadata };
}

/** The same bytes without Node's Buffer around them: its `slice` and its JSON differ from what the rest of the code expects. */
export function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** The token of `authorization: Bearer …`. @throws FleetError `unauthenticated` */
export function bearerOf({ authorization }: RawCall): string {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new FleetError('unauthenticated', 'Cannot answer: the call carries no bearer');
  return token;
}

// `1.2.3.4:5678` or `[::1]:5678`.
const peerOf = (address: string): string => address.replace(/:\d+$/, '');
