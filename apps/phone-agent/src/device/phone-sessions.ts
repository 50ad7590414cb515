import type { SessionPort } from '@fleetfit/agent';
import type { DeviceId } from '@fleetfit/core';
import { type DeviceSession, makeSessionKey } from '@fleetfit/messaging';
import { sessionStatement } from '@fleetfit/protocol';
import type { Identity } from './join-fleet.ts';

/** Opens sessions for this phone: a fresh nonce and a fresh key each time. */
export function phoneSessions(device: DeviceId, { key, facts, client }: Identity): SessionPort<DeviceSession> {
  return {
    async open(signal) {
      const { nonce } = await client.challenge({}, signal);
      const session = makeSessionKey();
      const signature = await key.sign(sessionStatement(nonce, session.publicKey));
      const request = { deviceId: device, nonce, signature, natsUser: session.publicKey, facts };
      return { response: await client.openSession(request, signal), key: session };
    },
  };
}
