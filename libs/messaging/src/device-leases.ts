import type { LeaseAnswer, LeasePort } from '@fleetfit/agent';
import { FleetError, type Milliseconds, milliseconds } from '@fleetfit/core';
import type { DeviceHealth } from '@fleetfit/protocol';
import type { DeviceLink, LeaseWish } from './connect-device.ts';

/** Leases over NATS, and ways to change credentials or wishes without losing one. */
export interface DeviceLeases extends LeasePort {
  /** Connects anew. A question for work that is open is ended first, at the coordinator too, and asked again afterwards. */
  renew(): Promise<void>;
  /** Asks again at once: what this device wants has changed. */
  askAgain(): void;
}

export interface DeviceLeasesOptions {
  /** What this device wants now; read at each question. */
  readonly wish: () => Omit<LeaseWish, 'poll'>;
  /** How long one question may wait for an answer. */
  readonly poll: Milliseconds;
  /** How it is; sent along with heartbeats where the device can tell. */
  readonly health?: () => DeviceHealth;
}

export function deviceLeases(link: DeviceLink, { wish, poll, health }: DeviceLeasesOptions): DeviceLeases {
  let takeBack = new AbortController();
  let question: Promise<unknown> = Promise.resolve();
  let renewal: Promise<unknown> = Promise.resolve();

  /** Undefined when it was taken back and no work had come meanwhile. */
  const askOnce = async (round: AbortSignal, signal: AbortSignal): Promise<LeaseAnswer | undefined> => {
    try {
      return await link.lease({ ...wish(), poll }, AbortSignal.any([signal, round]));
    } catch (thrown) {
      if (signal.aborted || !round.aborted) throw thrown;
      // A device has one question at a time: a short one ends the long one there. Without it, work granted while
      // this device is between two connections would be lost until the lease lapses.
      const last = await link.lease({ ...wish(), poll: milliseconds(0) }, signal);
      return last.$case === 'noWork' ? undefined : last;
    }
  };
  const askAgain = (why: string): void => {
    takeBack.abort(new FleetError('cancelled', why));
    takeBack = new AbortController();
  };
  return {
    async ask(signal) {
      for (;;) {
        await renewal;
        const asked = askOnce(takeBack.signal, signal);
        question = asked.catch(() => {});
        const answer = await asked;
        if (answer) return answer;
      }
    },
    heartbeat: async (heartbeat, signal) => {
      await renewal;
      return link.heartbeat(health ? { ...heartbeat, health: health() } : heartbeat, signal);
    },
    release: (release, signal) => link.release(release, signal),
    onCommand: (take) => link.onControl(take),
    askAgain: () => askAgain('this device wants something else now'),
    renew() {
      askAgain('the credentials change');
      const renewing = question.then(() => link.renew());
      // Who waits for it does not fail with it: the old connection may still do.
      renewal = renewing.catch(() => {});
      return renewing;
    },
  };
}
