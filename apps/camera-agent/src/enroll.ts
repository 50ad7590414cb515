import { createHash } from 'node:crypto';
import type { SessionPort } from '@fleetfit/agent';
import { deviceId, FleetError } from '@fleetfit/core';
import { type DeviceSession, makeSessionKey } from '@fleetfit/messaging';
import { type DeviceFacts, DeviceState, joinStatement, KeyKind, sessionStatement } from '@fleetfit/protocol';
import type { EnrollmentClient } from '@fleetfit/rpc';
import type { DeviceHome, JoinedDevice } from './device-home.ts';
import type { JoinLink } from './join-link.ts';

export interface Joined {
  readonly device: JoinedDevice;
  /** Two words that both screens show. Empty when this device had joined before. */
  readonly words: string;
  readonly pending: boolean;
}

/**
 * Makes a device of this home with a link's token, or recognises that this home has joined by that very link.
 * @throws FleetError `conflict` (the home is another device), `denied` or `unauthenticated` (the token is wrong, used or expired)
 */
export async function join(
  home: DeviceHome,
  request: { link: JoinLink; facts: DeviceFacts; client: EnrollmentClient },
  signal: AbortSignal,
): Promise<Joined> {
  const { link, facts, client } = request;
  const joinedBy = createHash('sha256').update(`fleetfit join ${link.token}`).digest('hex');
  if (home.device) {
    if (home.device.joinedBy === joinedBy) return { device: home.device, words: '', pending: false };
    throw new FleetError('conflict', `Cannot join again: this folder is device ${home.device.id} of ${home.device.address} already`, {
      next: 'start it without a link, or give another --home',
    });
  }
  const { nonce } = await client.challenge({}, signal);
  const { spki } = home.key;
  const publicKey = { kind: KeyKind.KEY_KIND_ED25519, spki };
  const signature = home.key.sign(joinStatement(nonce, spki));
  const answer = await client.join({ token: link.token, nonce, publicKey, signature, facts }, signal);
  const device = { id: deviceId(answer.deviceId), address: link.address, joinedBy, name: facts.name, threads: facts.threads };
  await home.keep(device);
  return { device, words: answer.words, pending: answer.state === DeviceState.DEVICE_STATE_PENDING };
}

/** Opens sessions for a device of this home: a fresh nonce and a fresh key each time. */
export function cameraSessions(request: {
  device: JoinedDevice;
  home: DeviceHome;
  facts: DeviceFacts;
  client: EnrollmentClient;
}): SessionPort<DeviceSession> {
  const { device, home, facts, client } = request;
  return {
    async open(signal) {
      const { nonce } = await client.challenge({}, signal);
      const key = makeSessionKey();
      const signature = home.key.sign(sessionStatement(nonce, key.publicKey));
      const response = await client.openSession({ deviceId: device.id, nonce, signature, natsUser: key.publicKey, facts }, signal);
      return { response, key };
    },
  };
}
