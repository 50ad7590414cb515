import { type DeviceId, unreachable } from '@fleetfit/core';

/** How one attempt of a job ended. */
export type AttemptEnding =
  | { readonly kind: 'measured' }
  /** Given back in good order (hot, low battery, shutting down): no attempt at all. */
  | { readonly kind: 'released' }
  /** No heartbeat until the deadline. */
  | { readonly kind: 'lost' }
  /** The measuring process ended by itself. */
  | { readonly kind: 'crashed' }
  /** It went wrong in an orderly way: the runtime refused the model, a hash did not match. */
  | { readonly kind: 'invalid' };

export interface JobHistory {
  /** Attempts that ended before this one, other than released ones. */
  readonly counted: number;
  /** Devices on which it crashed or failed before. */
  readonly failedOn: readonly DeviceId[];
  /** Most attempts, from the sweep's settings. */
  readonly limit: number;
  /** Active devices of the class. */
  readonly devices: readonly DeviceId[];
}

export interface AfterAttempt {
  readonly job: 'done' | 'ready' | 'failed';
  /** Devices that get this job no more. */
  readonly notDevices: readonly DeviceId[];
}

/**
 * What becomes of a job when an attempt ends. A candidate that fails on two devices is at fault itself and is not tried on a third;
 * a device that failed it once gets it again only where no other device of its class is left.
 */
export function afterAttempt(ending: AttemptEnding, device: DeviceId, history: JobHistory): AfterAttempt {
  switch (ending.kind) {
    case 'measured':
      return { job: 'done', notDevices: [] };
    case 'released':
      return { job: 'ready', notDevices: [] };
    case 'lost':
      return history.counted + 1 >= history.limit ? { job: 'failed', notDevices: [] } : { job: 'ready', notDevices: [] };
    case 'crashed':
    case 'invalid':
      return afterFailure(device, history);
    default:
      return unreachable(ending);
  }
}

function afterFailure(device: DeviceId, history: JobHistory): AfterAttempt {
  const failedOn = new Set([...history.failedOn, device]);
  if (failedOn.size >= 2 || history.counted + 1 >= history.limit) return { job: 'failed', notDevices: [] };
  const anotherIsLeft = history.devices.some((each) => !failedOn.has(each));
  return { job: 'ready', notDevices: anotherIsLeft ? [device] : [] };
}
