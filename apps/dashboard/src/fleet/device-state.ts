import { sayAgo } from '@fleetfit/sweep/say-numbers';
import type { DeviceView } from '../client/views.ts';

/** How the state of a device is said and drawn. */
export interface SaidDeviceState {
  readonly word: string;
  readonly mark: 'working' | 'waiting' | 'off' | 'done';
  readonly tone: string;
  readonly candidate: string | undefined;
  /** The phase, or the reason and what ends it. */
  readonly detail: string;
  /** 0 to 1 while it measures. */
  readonly done: number | undefined;
}

/** One word for what a device does, and why; `now` turns the last contact into a time that has passed. */
export function deviceState(device: DeviceView, now?: number): SaidDeviceState {
  const plain = { candidate: undefined, done: undefined };
  if (device.state === 'pending')
    return { ...plain, word: 'Waiting for you', mark: 'waiting', tone: 'text-warn', detail: 'compare the two words' };
  if (device.state === 'revoked') return { ...plain, word: 'Revoked', mark: 'off', tone: 'text-ink-2', detail: '' };
  if (!device.online) {
    const seen = device.lastSeenAt === undefined || now === undefined ? '' : `last contact ${sayAgo(device.lastSeenAt, now)}`;
    return { ...plain, word: 'Offline', mark: 'off', tone: 'text-ink-2', detail: seen };
  }
  if (device.doing.kind === 'measuring') {
    const { candidate, phase, done } = device.doing;
    return { word: 'Measuring', mark: 'working', tone: 'text-accent', candidate, detail: phase, done };
  }
  if (device.paused)
    return { ...plain, word: 'Paused', mark: 'off', tone: 'text-ink-2', detail: 'paused here; it gets no work until it is resumed' };
  const idle = device.doing.why === '' || device.doing.why === 'no work';
  if (idle) return { ...plain, word: 'Ready', mark: 'done', tone: 'text-ink-2', detail: 'no work for it now' };
  return { ...plain, word: 'Waiting', mark: 'waiting', tone: 'text-warn', detail: device.doing.why };
}
