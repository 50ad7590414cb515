import type { LeasePort } from '@fleetfit/agent';
import { FleetError, type HostId, type Milliseconds } from '@fleetfit/core';
import type { DeviceLink } from '@fleetfit/messaging';
import { freeMemoryBytes } from './device-facts.ts';

/** Leases over NATS, and a way to change credentials without losing one. */
export interface DeviceLeases extends LeasePort {
  /** Connects anew: the question that is open is taken back first and asked again afterwards. */
  renew(): Promise<void>;
}

export function deviceLeases(link: DeviceLink, { hostId, poll }: { readonly hostId: HostId; readonly poll: Milliseconds }): DeviceLeases {
  let takeBack = new AbortController();
  let renewal: Promise<void> = Promise.resolve();
  return {
    async ask(signal) {
      for (;;) {
        await renewal;
        const round = takeBack.signal;
        try {
          return await link.lease({ hostId, freeMemoryBytes: freeMemoryBytes(), poll }, AbortSignal.any([signal, round]));
        } catch (thrown) {
          if (signal.aborted || !round.aborted) throw thrown;
        }
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
      // Who waits for it does not fail with it: the old connection may still do.
      const renewing = link.renew();
      renewal = renewing.catch(() => {});
      return renewing;
    },
  };
}
