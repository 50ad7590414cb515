import { FleetError } from '@fleetfit/core';

/** Asked between runs: a measurement stops within one run of being cancelled. @throws FleetError `cancelled` */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new FleetError('cancelled', 'Cannot measure any longer: cancelled', { cause: signal.reason });
}
