import { FleetError } from '@fleetfit/core';
import type { NatsConnection } from '@nats-io/nats-core';
import { lostSignal } from './connection.ts';

export interface Waiting<Value> {
  /** For errors: `ask on w.begin`. */
  readonly doing: string;
  readonly signal: AbortSignal;
  /** Takes what arrives after the wait was given up. */
  readonly late?: (value: Value) => void;
}

/**
 * What the server answers to `start`, unless the signal aborts or the connection breaks first.
 * @throws FleetError `cancelled`, `unavailable`, or as `start`
 */
export async function whileConnected<Value>(
  connection: NatsConnection,
  { doing, signal, late }: Waiting<Value>,
  start: () => Promise<Value>,
): Promise<Value> {
  const lost = lostSignal(connection);
  if (signal.aborted) throw cancelled(doing, signal);
  if (lost.aborted) throw disconnected(doing);
  const answer = start();
  const listening = new AbortController();
  const ended = new Promise<never>((_, reject) => {
    const on = (end: AbortSignal, error: () => FleetError): void =>
      end.addEventListener('abort', () => reject(error()), { once: true, signal: listening.signal });
    on(signal, () => cancelled(doing, signal));
    on(lost, () => disconnected(doing));
  });
  try {
    return await Promise.race([answer, ended]);
  } catch (thrown) {
    // The answer may still come, or fail, with nobody waiting for it.
    answer.then(late, () => {});
    throw thrown;
  } finally {
    listening.abort();
  }
}

export function cancelled(doing: string, signal: AbortSignal): FleetError {
  const reason: unknown = signal.reason;
  return reason instanceof FleetError ? reason : new FleetError('cancelled', `Cannot ${doing}: cancelled`, { cause: reason });
}

const disconnected = (doing: string): FleetError =>
  new FleetError('unavailable', `Cannot ${doing}: the connection to the message server is lost`);
