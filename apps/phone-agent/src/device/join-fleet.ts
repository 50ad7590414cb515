import { deviceId } from '@fleetfit/core';
import { type DeviceFacts, DeviceState, joinStatement } from '@fleetfit/protocol';
import type { WebEnrollmentClient } from '@fleetfit/rpc/web';
import type { DeviceRecord, JoinedDevice } from '../keeping/device-record.ts';
import type { DeviceKey } from './device-key.ts';

/** What a phone joins with: the token of a link, or a code that somebody typed. */
export type Ticket = { readonly kind: 'token' | 'code'; readonly text: string };

/** How this phone shows who it is. */
export interface Identity {
  readonly key: DeviceKey;
  readonly facts: DeviceFacts;
  readonly client: WebEnrollmentClient;
}

/**
 * Makes a device of this phone, or recognises that it has joined by that very ticket.
 * @throws FleetError `denied` or `unauthenticated` (the ticket is wrong, used or expired), `exhausted` (too many tries), `unavailable`
 */
export async function join(
  ticket: Ticket,
  { key, facts, client, record }: Identity & { readonly record: DeviceRecord },
  signal: AbortSignal,
): Promise<{ readonly device: JoinedDevice; readonly pending: boolean }> {
  const joinedBy = await hashOf(`fleetfit join ${ticket.text}`);
  const before = await record.joined();
  if (before?.joinedBy === joinedBy) return { device: before, pending: false };
  const { nonce } = await client.challenge({}, signal);
  const signature = await key.sign(joinStatement(nonce, key.spki));
  const by = ticket.kind === 'token' ? { token: ticket.text } : { token: '', code: ticket.text };
  const answer = await client.join({ ...by, nonce, publicKey: { kind: key.kind, spki: key.spki }, signature, facts }, signal);
  const device = { id: deviceId(answer.deviceId), words: answer.words, joinedBy };
  await record.keepJoined(device);
  return { device, pending: answer.state === DeviceState.DEVICE_STATE_PENDING };
}

async function hashOf(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
