import { backoff, openSession, type SessionPorts } from '@fleetfit/agent';
import { type DeviceId, FleetError, toFleetError } from '@fleetfit/core';
import type { OpenSessionResponse } from '@fleetfit/protocol';
import { connectDevice, type DeviceLink, type SessionKey } from './connect-device.ts';
import type { ConnectFunction } from './connection.ts';

/** A session, and the key that NATS knows it by. */
export interface DeviceSession {
  readonly response: OpenSessionResponse;
  readonly key: SessionKey;
}

/** The session that counts now; renewing it replaces `session`. */
export interface CurrentSession {
  session: DeviceSession;
}

export interface ConnectRequest {
  readonly device: DeviceId;
  readonly connect: ConnectFunction;
  /** Where the message server is; default: as the session says. */
  readonly natsUrl?: string;
  readonly current: CurrentSession;
  readonly ports: SessionPorts<DeviceSession>;
  readonly onRefused: (why: string) => void;
}

/** Connects a device to the message server, for as long as it takes: a server that is away is waited for, an old session is renewed. */
export async function connectWithSession(request: ConnectRequest, signal: AbortSignal): Promise<DeviceLink> {
  const { device, connect, current, ports, onRefused } = request;
  const { time, rng, log } = ports;
  const credentials = () => {
    const { response, key } = current.session;
    return { natsUrl: request.natsUrl ?? response.natsUrl, natsJwt: response.natsJwt, key };
  };
  for (let failures = 1; ; failures++) {
    try {
      return await connectDevice({ device, connect, credentials, onRefused, log });
    } catch (thrown) {
      const error = toFleetError(thrown, 'Cannot connect to the message server');
      if (error.code !== 'unavailable' && error.code !== 'unauthenticated') throw error;
      log.warn('no message server yet', { why: error.message });
      await time.sleep(backoff(failures, rng), signal);
      if (signal.aborted) throw new FleetError('cancelled', 'Cannot connect: cancelled');
      // Even when the server was only away: the address in the session may have changed with it.
      current.session = await openSession(ports, signal);
    }
  }
}
