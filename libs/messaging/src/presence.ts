import type { DeviceId, Milliseconds } from '@fleetfit/core';

export interface PresenceOptions {
  /** How long a device counts as present after a sign. */
  readonly presentFor: Milliseconds;
  readonly onPresence: (device: DeviceId, present: boolean) => void;
}

/** Who is here, by the signs that devices give. */
export interface Presence {
  /** A sign of life, good for `presentFor` and what it announces beyond that (an open poll), ms. */
  sign(device: DeviceId, beyondMs?: number): void;
  /** Known to have gone, before its time. */
  gone(device: DeviceId): void;
  present(): readonly DeviceId[];
  close(): void;
}

export function trackPresence({ presentFor, onPresence }: PresenceOptions): Presence {
  // Moments of the monotonic clock until which each device counts.
  const until = new Map<DeviceId, number>();
  const gone = (device: DeviceId): void => {
    if (until.delete(device)) onPresence(device, false);
  };
  const timer = setInterval(
    () => {
      const now = performance.now();
      for (const [device, end] of until) if (end <= now) gone(device);
    },
    Math.max(50, presentFor / 4),
  );
  return {
    sign(device, beyondMs = 0) {
      const isNew = !until.has(device);
      until.set(device, performance.now() + presentFor + beyondMs);
      if (isNew) onPresence(device, true);
    },
    gone,
    present: () => [...until.keys()],
    close: () => clearInterval(timer),
  };
}
