import type { Command, LeasePort } from '@fleetfit/agent';
import type { Log } from '@fleetfit/core';
import { toFleetError } from '@fleetfit/core';
import type { DeviceLeases } from '@fleetfit/messaging';

/** The lease that is being worked on, if any. */
export type CurrentLease = () => { readonly attemptId: string; readonly fence: number } | undefined;

export interface RestingLeases extends LeasePort {
  /** Told when what `resting` says has changed: stops the attempt under way and gives it back with that reason, and asks anew. */
  changed(): void;
}

/** How long giving back is tried. A phone that is put away may have no more time than this. */
const GIVE_BACK_WITHIN_MS = 3_000;

/**
 * Leases for a device that sometimes rests. The agent above goes on as ever: to it a rest looks as if the coordinator had cancelled the
 * attempt, and as if there were no work. The coordinator hears why, and counts no attempt.
 */
export function restingLeases(
  leases: DeviceLeases,
  { resting, current, log }: { readonly resting: () => string | undefined; readonly current: CurrentLease; readonly log: Log },
): RestingLeases {
  const listeners = new Set<(command: Command) => void>();
  const giveBack = async (lease: { readonly attemptId: string; readonly fence: number }, reason: string): Promise<void> => {
    try {
      await leases.release({ attemptId: lease.attemptId, fence: lease.fence, reason }, AbortSignal.timeout(GIVE_BACK_WITHIN_MS));
    } catch (thrown) {
      log.warn('could not give a lease back; it will lapse', {
        attempt: lease.attemptId,
        why: toFleetError(thrown, 'Cannot release').message,
      });
    }
  };
  return {
    async ask(signal) {
      const answer = await leases.ask(signal);
      const why = resting();
      // It was granted in the moment in which the rest began.
      if (answer.$case !== 'lease' || why === undefined) return answer;
      await giveBack(answer.value, why);
      return { $case: 'noWork', value: { why, againInMs: 0 } };
    },
    heartbeat: (heartbeat, signal) => leases.heartbeat(heartbeat, signal),
    release: (release, signal) => leases.release(release, signal),
    onCommand(take) {
      listeners.add(take);
      const silence = leases.onCommand(take);
      return () => {
        listeners.delete(take);
        silence();
      };
    },
    changed() {
      const why = resting();
      const lease = current();
      if (why !== undefined && lease) {
        for (const take of listeners) take({ $case: 'cancel', value: { attemptId: lease.attemptId, why } });
        void giveBack(lease, why);
      }
      leases.askAgain();
    },
  };
}
