import { FleetError, type Log, type Milliseconds } from '@fleetfit/core';
import { decodeMessage, encodeMessage } from '@fleetfit/protocol';
import { Metadata, type Server, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import type { Method } from '../service.ts';
import { CODE_KEY, NEXT_KEY, toStatus } from '../status.ts';

/** One unary method of the server. */
export interface Route<Request, Response> {
  readonly path: string;
  readonly method: Method<Request, Response>;
  /** `read` decodes the request; it throws `invalid` for other bytes. */
  readonly run: (read: () => Request, call: RawCall) => Promise<Response> | Response;
  readonly closing: AbortSignal;
  readonly deadline: Milliseconds;
  readonly log: Log;
}

interface RawCall {
  readonly peer: string;
  readonly signal: AbortSignal;
  readonly metadata: Metadata;
}

/** Adds a method to the server. Bytes are decoded by us, so that rubbish is `invalid` and not gRPC's `INTERNAL`. */
export function register<Request, Response>(server: Server, route: Route<Request, Response>): void {
  const bytes = (message: Buffer): Buffer => message;
  const handler = (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void => {
    void answer(route, call).then(
      (message) => reply(null, message),
      (thrown: unknown) => reply(errorReply(thrown)),
    );
  };
  server.register(route.path, handler, bytes, bytes, 'unary');
}

async function answer<Request, Response>(route: Route<Request, Response>, call: ServerUnaryCall<Buffer, Buffer>): Promise<Buffer> {
  const gone = new AbortController();
  call.on('cancelled', () => gone.abort(new FleetError('cancelled', 'Cannot answer: the caller hung up')));
  const late = AbortSignal.timeout(route.deadline);
  const signal = AbortSignal.any([gone.signal, late, route.closing]);
  try {
    const read = (): Request => decodeMessage(route.method.requestType, plainBytes(call.request), `request of ${route.method.name}`);
    const raw = { peer: peerOf(call.getPeer()), signal, metadata: call.metadata };
    const response = await orAborted(async () => route.run(read, raw), signal, late);
    return Buffer.from(encodeMessage(route.method.responseType, response));
  } catch (thrown) {
    route.log.warn('a call failed', { path: route.path, why: thrown instanceof Error ? thrown.message : String(thrown) });
    throw thrown;
  }
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
export function bearerOf(metadata: Metadata): string {
  const [value] = metadata.get('authorization');
  const token = typeof value === 'string' ? /^Bearer (\S+)$/i.exec(value)?.[1] : undefined;
  if (token === undefined) throw new FleetError('unauthenticated', 'Cannot answer: the call carries no bearer');
  return token;
}

// `1.2.3.4:5678` or `[::1]:5678`.
const peerOf = (address: string): string => address.replace(/:\d+$/, '');
