import { FleetError, type Log, milliseconds, type Rng, toFleetError } from '@fleetfit/core';
import { DeviceState, type OpenSessionResponse } from '@fleetfit/protocol';
import type { Inbox } from '@fleetfit/runtime';
import { backoff } from './backoff.ts';
import { nextBefore } from './next-before.ts';
import type { TimePort } from './ports.ts';

/** What OpenSession answered, and whatever the platform keeps beside it, such as the key of this session. */
export interface OpenedSession {
  readonly response: OpenSessionResponse;
}

/** Proves the device's key to the coordinator with a fresh nonce and a fresh session key. */
export interface SessionPort<Opened extends OpenedSession> {
  /** @throws FleetError `unauthenticated` (unknown device or key), `denied`, `unavailable`, `cancelled` */
  open(signal: AbortSignal): Promise<Opened>;
}

export interface SessionPorts<Opened extends OpenedSession> {
  readonly session: SessionPort<Opened>;
  readonly time: TimePort;
  readonly rng: Rng;
  readonly log: Log;
  /** Told each time it turns out that the device still waits for approval. */
  readonly onPending?: () => void;
}

/** How often a device that waits for approval asks. */
const ASK_AGAIN = milliseconds(2_000);

/**
 * Opens the first session: waits for as long as the coordinator is away or the device waits for approval.
 * @throws FleetError `denied` (revoked), `unauthenticated`, `cancelled`
 */
export async function openSession<Opened extends OpenedSession>(ports: SessionPorts<Opened>, signal: AbortSignal): Promise<Opened> {
  const { session, time, rng, log, onPending = () => {} } = ports;
  for (let failures = 0; ; ) {
    try {
      const opened = await session.open(signal);
      if (isActive(opened.response)) return opened;
      failures = 0;
      onPending();
      await time.sleep(ASK_AGAIN, signal);
    } catch (thrown) {
      const error = toFleetError(thrown, 'Cannot open a session');
      if (signal.aborted || isFinal(error)) throw error;
      log.warn('no session yet', { why: error.message });
      await time.sleep(backoff(++failures, rng), signal);
    }
    if (signal.aborted) throw new FleetError('cancelled', 'Cannot open a session: cancelled');
  }
}

/** Why a session is renewed before its time: its credentials were refused. */
export type Refused = { readonly why: string };

/**
 * Renews sessions at half their life, or at once when credentials were refused, until the signal aborts.
 * @throws FleetError `denied` or `unauthenticated` when the coordinator does not want this device any more
 */
export async function renewSessions<Opened extends OpenedSession>(
  first: Opened,
  ports: SessionPorts<Opened> & { readonly refused: Inbox<Refused>; readonly onRenewed: (session: Opened) => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  const { time, refused, onRenewed } = ports;
  for (let current = first; !signal.aborted; ) {
    await nextBefore(time.monotonic() + current.response.expiresInMs / 2, refused, { time, signal });
    if (signal.aborted) return;
    try {
      current = await openSession(ports, signal);
      await onRenewed(current);
    } catch (thrown) {
      const error = toFleetError(thrown, 'Cannot renew the session');
      if (signal.aborted) return;
      if (isFinal(error)) throw error;
      ports.log.warn('the new session could not be taken up', { why: error.message });
    }
  }
}

function isActive({ state }: OpenSessionResponse): boolean {
  if (state === DeviceState.DEVICE_STATE_REVOKED)
    throw new FleetError('denied', 'Cannot open a session: this device was revoked', { next: 'join again with a new link' });
  return state === DeviceState.DEVICE_STATE_ACTIVE;
}

// Nothing will change by itself.
const isFinal = ({ code }: FleetError): boolean =>
  code === 'denied' || code === 'unauthenticated' || code === 'invalid' || code === 'not-found';
