import { type ErrorCode, FleetError, type Log } from '@fleetfit/core';
import { decodeMessage, encodeMessage, type Message } from '@fleetfit/protocol';
import { headers, type Msg, type NatsConnection, NoRespondersError, RequestError } from '@nats-io/nats-core';
import { whileConnected } from './while-connected.ts';

// An error travels as headers of an empty answer.
const CODE = 'Fleetfit-Error';
const WHY = 'Fleetfit-Why';
const NEXT = 'Fleetfit-Next';

const CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'invalid',
  'not-found',
  'conflict',
  'denied',
  'unauthenticated',
  'unavailable',
  'exhausted',
  'cancelled',
  'unsupported',
  'corrupt',
  'bug',
]);

export interface Question<Request, Response> {
  readonly subject: string;
  readonly request: Message<Request>;
  readonly response: Message<Response>;
  readonly value: Request;
  readonly withinMs: number;
  /** Takes an answer that comes after `signal` has aborted. */
  readonly late?: (answer: Response) => void;
}

/**
 * Asks and waits for the one answer.
 * @throws FleetError of the answerer; `unavailable` when nobody answers; `cancelled`
 */
export async function ask<Request, Response>(
  connection: NatsConnection,
  question: Question<Request, Response>,
  signal: AbortSignal,
): Promise<Response> {
  const { subject, request, response, value, withinMs, late } = question;
  const asked = (): Promise<Response> =>
    connection
      .request(subject, encodeMessage(request, value), { timeout: withinMs })
      .then((message) => readAnswer(response, message))
      .catch((thrown: unknown) => {
        throw notAnswered(subject, thrown);
      });
  return whileConnected(connection, { doing: `ask on ${subject}`, signal, ...(late ? { late } : {}) }, asked);
}

/** Answers one message with what `work` gives, or with its error. An answer that cannot be sent is the asker's time-out. */
export async function answer<Request, Response>(
  message: Msg,
  codec: { readonly request: Message<Request>; readonly response: Message<Response>; readonly log: Log },
  work: (request: Request) => Promise<Response>,
): Promise<void> {
  try {
    const request = decodeMessage(codec.request, message.data, `message on ${message.subject}`);
    message.respond(encodeMessage(codec.response, await work(request)));
  } catch (thrown) {
    codec.log.warn('a request failed', { subject: message.subject, why: thrown instanceof Error ? thrown.message : String(thrown) });
    respondError(message, thrown);
  }
}

function respondError(message: Msg, thrown: unknown): void {
  const told = headers();
  // What is no FleetError is our own fault, and its words are for the log alone.
  told.set(CODE, thrown instanceof FleetError ? thrown.code : 'bug');
  told.set(WHY, oneLine(thrown instanceof FleetError ? thrown.message : 'Cannot answer: the coordinator has a fault; see its log'));
  if (thrown instanceof FleetError && thrown.next !== undefined) told.set(NEXT, oneLine(thrown.next));
  try {
    message.respond(new Uint8Array(), { headers: told });
  } catch {
    // The connection is closed: the asker will ask again.
  }
}

function readAnswer<Response>(response: Message<Response>, message: Msg): Response {
  const code = message.headers?.get(CODE) ?? '';
  if (code === '') return decodeMessage(response, message.data, `answer on ${message.subject}`);
  const next = message.headers?.get(NEXT) ?? '';
  throw new FleetError(isCode(code) ? code : 'bug', message.headers?.get(WHY) ?? '', next === '' ? {} : { next });
}

function notAnswered(subject: string, thrown: unknown): FleetError {
  if (thrown instanceof FleetError) return thrown;
  const nobody = thrown instanceof NoRespondersError || (thrown instanceof RequestError && thrown.isNoResponders());
  const why = nobody ? 'nobody listens there' : 'no answer came in time';
  return new FleetError('unavailable', `Cannot ask on ${subject}: ${why}`, { cause: thrown });
}

const isCode = (text: string): text is ErrorCode => CODES.has(text);

// Headers are lines.
const oneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ').slice(0, 2000);
