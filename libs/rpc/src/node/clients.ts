import { FleetError, type Milliseconds, seconds } from '@fleetfit/core';
import { decodeMessage, EnrollmentServiceDefinition, encodeMessage, ReportServiceDefinition } from '@fleetfit/protocol';
import { Client as Channel, ChannelCredentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { type Client, type Method, pathOf } from '../service.ts';
import { CODE_KEY, fromStatus, NEXT_KEY } from '../status.ts';
import { plainBytes } from './register-route.ts';

export interface RpcClientOptions {
  /** Default: plain text. */
  readonly credentials?: ChannelCredentials;
  /** Longest one call may take. Default 15 s. */
  readonly deadline?: Milliseconds;
}

/** `challenge`, `join`, `openSession`, `close`. Each call throws a FleetError with the code that the server's handler threw. */
export type EnrollmentClient = Client<EnrollmentServiceDefinition>;
/** `report`, `close`. */
export type ReportClient = Client<ReportServiceDefinition>;

/** @param address `host:port` of the coordinator */
export function enrollmentClient(address: string, options: RpcClientOptions = {}): EnrollmentClient {
  const { call, close } = openChannel(address, { ...options, metadata: () => new Metadata() });
  const service = EnrollmentServiceDefinition;
  const { challenge, join, openSession } = service.methods;
  return {
    challenge: (request, signal) => call(pathOf(service, challenge), { method: challenge, request, signal }),
    join: (request, signal) => call(pathOf(service, join), { method: join, request, signal }),
    openSession: (request, signal) => call(pathOf(service, openSession), { method: openSession, request, signal }),
    close,
  };
}

/** @param bearer the newest bearer, read at each call */
export function reportClient(address: string, bearer: () => string, options: RpcClientOptions = {}): ReportClient {
  const metadata = (): Metadata => {
    const made = new Metadata();
    made.set('authorization', `Bearer ${bearer()}`);
    return made;
  };
  const { call, close } = openChannel(address, { ...options, metadata });
  const { report } = ReportServiceDefinition.methods;
  return {
    report: (request, signal) => call(pathOf(ReportServiceDefinition, report), { method: report, request, signal }),
    close,
  };
}

interface Ask<Request, Response> {
  readonly method: Method<Request, Response>;
  readonly request: Request;
  readonly signal: AbortSignal;
}

function openChannel(address: string, options: RpcClientOptions & { readonly metadata: () => Metadata }) {
  const { credentials = ChannelCredentials.createInsecure(), deadline = seconds(15), metadata } = options;
  const channel = new Channel(address, credentials, {
    'grpc.initial_reconnect_backoff_ms': 250,
    'grpc.max_reconnect_backoff_ms': 5000,
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
    // Devices reach the coordinator directly; a proxy of the environment is not meant for it.
    'grpc.enable_http_proxy': 0,
  });
  return {
    call: <Request, Response>(path: string, ask: Ask<Request, Response>): Promise<Response> =>
      unary(channel, { path, metadata: metadata(), deadline: Date.now() + deadline }, ask),
    close: () => channel.close(),
  };
}

interface Route {
  readonly path: string;
  readonly metadata: Metadata;
  /** Since the Unix epoch, ms. */
  readonly deadline: number;
}

function unary<Request, Response>(
  channel: Channel,
  { path, metadata, deadline }: Route,
  { method, request, signal }: Ask<Request, Response>,
): Promise<Response> {
  if (signal.aborted) return Promise.reject(cancelled(path, signal));
  const bytes = (message: Buffer): Buffer => message;
  return new Promise((resolve, reject) => {
    const hangUp = (): void => call.cancel();
    const message = Buffer.from(encodeMessage(method.requestType, request));
    const call = channel.makeUnaryRequest<Buffer, Buffer>(path, bytes, bytes, message, metadata, { deadline }, (error, answer) => {
      signal.removeEventListener('abort', hangUp);
      if (signal.aborted) return reject(cancelled(path, signal));
      if (error) return reject(errorOf(error));
      if (!answer) return reject(new FleetError('unavailable', `Cannot call ${path}: the answer is empty`));
      try {
        resolve(decodeMessage(method.responseType, plainBytes(answer), `answer of ${method.name}`));
      } catch (thrown) {
        reject(thrown);
      }
    });
    signal.addEventListener('abort', hangUp, { once: true });
  });
}

function errorOf(error: ServiceError): FleetError {
  const text = (key: string): string => error.metadata?.get(key)[0]?.toString() ?? '';
  return fromStatus({ code: error.code, details: error.details, fleetCode: text(CODE_KEY), next: text(NEXT_KEY) }, error);
}

function cancelled(path: string, signal: AbortSignal): FleetError {
  const reason: unknown = signal.reason;
  return reason instanceof FleetError ? reason : new FleetError('cancelled', `Cannot call ${path}: cancelled`, { cause: reason });
}
