import { workSubjects } from '@fleetfit/protocol';
import { createInbox, type Msg, type NatsConnection, nanos } from '@nats-io/nats-core';
import { lostSignal } from './connection.ts';
import { pause } from './pause.ts';

const EXPIRES_MS = 10_000;
// How much later than the server we give up, and how soon we try again when it cannot serve us.
const GRACE_MS = 2_000;
const RETRY_MS = 500;

/**
 * Waits for one message of the work queue; undefined when the signal aborts first.
 * The plain protocol (ADR-13 of NATS) instead of the client's consumer: it needs one permission, and its state is one message.
 */
export async function pullMessage(connection: NatsConnection, signal: AbortSignal): Promise<Msg | undefined> {
  while (!signal.aborted && !connection.isClosed()) {
    const lost = lostSignal(connection);
    // What is published without a connection is thrown away.
    const got = lost.aborted ? undefined : await pullOnce(connection, AbortSignal.any([signal, lost]));
    if (got && !isStatus(got)) return got;
    // 404 and 408 only say that the queue was empty for the whole wait.
    const waited = got?.headers?.code === 404 || got?.headers?.code === 408;
    if (!waited) await pause(RETRY_MS, signal);
  }
  return undefined;
}

function pullOnce(connection: NatsConnection, signal: AbortSignal): Promise<Msg | undefined> {
  return new Promise((resolve) => {
    let over = false;
    const settle = (message: Msg | undefined): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      resolve(message);
    };
    const giveUp = (): void => settle(undefined);
    const timer = setTimeout(giveUp, EXPIRES_MS + GRACE_MS);
    const inbox = createInbox();
    connection.subscribe(inbox, {
      max: 1,
      callback: (error, message) => {
        // It comes after we stopped waiting: let another take it at once.
        if (over && !error && !isStatus(message)) message.respond('-NAK');
        settle(error ? undefined : message);
      },
    });
    signal.addEventListener('abort', giveUp, { once: true });
    const next = `$JS.API.CONSUMER.MSG.NEXT.${workSubjects.stream}.${workSubjects.consumer}`;
    connection.publish(next, JSON.stringify({ batch: 1, expires: nanos(EXPIRES_MS) }), { reply: inbox });
  });
}

const isStatus = (message: Msg): boolean => message.data.length === 0 && (message.headers?.code ?? 0) > 0;
