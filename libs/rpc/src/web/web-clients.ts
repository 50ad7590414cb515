import { FleetError, type Milliseconds, seconds } from '@fleetfit/core';
import { decodeMessage, EnrollmentServiceDefinition, encodeMessage, ReportServiceDefinition } from '@fleetfit/protocol';
import { type Client, type Method, pathOf } from '../service.ts';
import { CODE_KEY, fromStatus, NEXT_KEY } from '../status.ts';
import { dataFrame, readFrames } from './frames.ts';

export interface WebClientOptions {
  /** Longest one call may take. Default 15 s. */
  readonly deadline?: Milliseconds;
}

/** `challenge`, `join`, `openSession`, `close`. Each call throws a FleetError with the code that the server's handler threw. */
export type WebEnrollmentClient = Client<EnrollmentServiceDefinition>;
/** `report`, `close`. */
export type WebReportClient = Client<ReportServiceDefinition>;

/** @param origin `https://host:port` of the coordinator's door for devices, without a slash at its end */
export function webEnrollmentClient(origin: string, options: WebClientOptions = {}): WebEnrollmentClient {
  const { call, close } = openChannel(origin, { ...options, headers: () => ({}) });
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
export function webReportClient(origin: string, bearer: () => string, options: WebClientOptions = {}): WebReportClient {
  const { call, close } = openChannel(origin, { ...options, headers: () => ({ authorization: `Bearer ${bearer()}` }) });
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

interface Channel {
  readonly headers: () => Readonly<Record<string, string>>;
  readonly deadline?: Milliseconds;
}

function openChannel(origin: string, { headers, deadline = seconds(15) }: Channel) {
  const closing = new AbortController();
  return {
    async call<Request, Response>(path: string, { method, request, signal }: Ask<Request, Response>): Promise<Response> {
      const late = AbortSignal.timeout(deadline);
      const body = dataFrame(encodeMessage(method.requestType, request));
      const answer = await post(`${origin}${path}`, {
        body,
        headers: { ...headers(), 'grpc-timeout': `${deadline}m` },
        signal: AbortSignal.any([signal, late, closing.signal]),
      }).catch((thrown: unknown) => {
        if (signal.aborted) throw cancelled(path, signal);
        if (late.aborted) throw new FleetError('unavailable', `Cannot call ${path}: no answer came in ${deadline} ms`);
        throw thrown;
      });
      return decodeMessage(method.responseType, answer, `answer of ${method.name}`);
    },
    close: () => closing.abort(new FleetError('cancelled', 'Cannot call: the client is closed')),
  };
}

interface Post {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

async function post(url: string, { body, headers, signal }: Post): Promise<Uint8Array> {
  const { response, bytes } = await asked(url, {
    method: 'POST',
    headers: { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1', ...headers },
    body,
    signal,
    // Nothing of the coordinator redirects; the bearer must not travel elsewhere.
    redirect: 'error',
    credentials: 'omit',
  });
  if (!response.ok) throw new FleetError(codeOfHttp(response.status), `Cannot ask the coordinator: it answered HTTP ${response.status}`);
  const { messages, trailers } = readFrames(bytes);
  // An answer without a message may carry its status among the headers.
  const said = (name: string): string => trailers.get(name) ?? response.headers.get(name) ?? '';
  const status = said('grpc-status');
  if (status === '') throw new FleetError('unavailable', 'Cannot ask the coordinator: the answer ends before its status');
  if (status !== '0') throw refusal(Number(status), said);
  const [message, ...more] = messages;
  if (!message || more.length > 0) throw new FleetError('invalid', `Cannot take the answer: it has ${messages.length} messages, not one`);
  return message;
}

async function asked(url: string, request: RequestInit): Promise<{ response: Response; bytes: Uint8Array }> {
  try {
    const response = await fetch(url, request);
    return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
  } catch (cause) {
    if (request.signal?.aborted) throw cause;
    throw new FleetError('unavailable', `Cannot ask the coordinator: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
      next: 'check that this device is on the same network, and that the coordinator runs',
    });
  }
}

function refusal(code: number, said: (name: string) => string): FleetError {
  const next = said(NEXT_KEY);
  return fromStatus(
    { code, details: decoded(said('grpc-message')), fleetCode: said(CODE_KEY), next: next === '' ? '' : fromBase64(next) },
    undefined,
  );
}

// Percent-encoded on the wire; what is not well encoded is shown as it came.
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function fromBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  } catch {
    return '';
  }
}

/** What an answer means that is none of gRPC's, https://grpc.github.io/grpc/core/md_doc_http-grpc-status-mapping.html */
function codeOfHttp(status: number) {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'denied';
  if (status === 404) return 'unsupported';
  return status === 400 || status === 413 ? 'invalid' : 'unavailable';
}

function cancelled(path: string, signal: AbortSignal): FleetError {
  const reason: unknown = signal.reason;
  return reason instanceof FleetError ? reason : new FleetError('cancelled', `Cannot call ${path}: cancelled`, { cause: reason });
}
