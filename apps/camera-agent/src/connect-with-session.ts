import { backoff, openSession, type SessionPorts } from '@fleetfit/agent';
import { type DeviceId, FleetError, toFleetError } from '@fleetfit/core';
import { connectDevice, type DeviceLink } from '@fleetfit/messaging';
import { connect } from '@nats-io/transport-node';
import type { CameraSession } from './enroll.ts';

/** The session that counts now; renewing it replaces `session`. */
export interface CurrentSession {
  session: CameraSession;
}

export interface ConnectRequest {
  readonly device: DeviceId;
  readonly current: CurrentSession;
  readonly ports: SessionPorts<CameraSession>;
  readonly onRefused: (why: string) => void;
}

/** Connects a device to the message server, for as long as it takes: a server that is away is waited for, an old session is renewed. */
export async function connectWithSession({ device, current, ports, onRefused }: ConnectRequest, signal: AbortSignal): Promise<DeviceLink> {
  const { time, rng, log } = ports;
  const credentials = () => {
    const { response, key } = current.session;
    return { natsUrl: response.natsUrl, natsJwt: response.natsJwt, key };
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
