import type { LeaseAnswer, LeasePort } from '@fleetfit/agent';
import { FleetError, type HostId, type Milliseconds, milliseconds } from '@fleetfit/core';
import type { DeviceLink } from '@fleetfit/messaging';
import { freeMemoryBytes } from './device-facts.ts';

/** Leases over NATS, and a way to change credentials without losing one. */
export interface DeviceLeases extends LeasePort {
  /** Connects anew. A question for work that is open is ended first, at the coordinator too, and asked again afterwards. */
  renew(): Promise<void>;
}

export function deviceLeases(link: DeviceLink, { hostId, poll }: { readonly hostId: HostId; readonly poll: Milliseconds }): DeviceLeases {
  let takeBack = new AbortController();
  let question: Promise<unknown> = Promise.resolve();
  let renewal: Promise<unknown> = Promise.resolve();
  const wish = (within: Milliseconds) => ({ hostId, freeMemoryBytes: freeMemoryBytes(), poll: within });

  /** Undefined when it was taken back and no work had come meanwhile. */
  const askOnce = async (round: AbortSignal, signal: AbortSignal): Promise<LeaseAnswer | undefined> => {
    try {
      return await link.lease(wish(poll), AbortSignal.any([signal, round]));
    } catch (thrown) {
      if (signal.aborted || !round.aborted) throw thrown;
      // A device has one question at a time: a short one ends the long one there. Without it, work granted while
      // this device is between two connections would be lost until the lease lapses.
      const last = await link.lease(wish(milliseconds(0)), signal);
      return last.$case === 'noWork' ? undefined : last;
    }
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
      return link.heartbeat(heartbeat, signal);
    },
    release: (release, signal) => link.release(release, signal),
    onCommand: (take) => link.onControl(take),
    renew() {
      takeBack.abort(new FleetError('cancelled', 'the credentials change'));
      takeBack = new AbortController();
      const renewing = question.then(() => link.renew());
      // Who waits for it does not fail with it: the old connection may still do.
      renewal = renewing.catch(() => {});
      return renewing;
    },
  };
}
