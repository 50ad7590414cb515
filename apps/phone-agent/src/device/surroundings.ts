import { type DeviceHealth, ThermalPressure } from '@fleetfit/protocol';

/** How the phone is just now, as far as its browser tells. Undefined: it does not. */
export interface Surroundings {
  readonly hidden: boolean;
  readonly metered: boolean;
  readonly battery: { readonly level: number; readonly charging: boolean } | undefined;
}

interface Battery extends EventTarget {
  readonly level: number;
  readonly charging: boolean;
}
interface Connection extends EventTarget {
  readonly saveData?: boolean;
  readonly type?: string;
}
interface SensingNavigator extends Navigator {
  /** https://www.w3.org/TR/battery-status/, Chromium alone. */
  getBattery?(): Promise<Battery>;
  /** https://wicg.github.io/netinfo/, Chromium alone. */
  readonly connection?: Connection;
}

/** Watches until the signal aborts, and tells each change. */
export function watchSurroundings(onChange: () => void, signal: AbortSignal): () => Surroundings {
  const { getBattery, connection } = navigator as SensingNavigator;
  let battery: Battery | undefined;
  document.addEventListener('visibilitychange', onChange, { signal });
  connection?.addEventListener('change', onChange, { signal });
  void getBattery?.call(navigator).then(
    (found) => {
      battery = found;
      for (const change of ['levelchange', 'chargingchange']) found.addEventListener(change, onChange, { signal });
      onChange();
    },
    () => {}, // it may be forbidden by policy: not told
  );
  return () => ({
    hidden: document.visibilityState === 'hidden',
    metered: connection?.saveData === true || connection?.type === 'cellular',
    battery: battery && { level: battery.level, charging: battery.charging },
  });
}

/** Below this share of the battery a phone that does not charge is left alone. */
const LOW_BATTERY = 0.2;

/** Why a polite guest would not measure now, as a sentence without its end; undefined when nothing speaks against it. */
export function reasonToRest({ hidden, metered, battery }: Surroundings): string | undefined {
  if (hidden) return 'the page is not in view';
  if (battery && !battery.charging && battery.level < LOW_BATTERY)
    return `the battery is at ${Math.round(100 * battery.level)} % and not charging`;
  if (metered) return 'the network is metered';
  return undefined;
}

/** The same as the coordinator is told. */
export function healthOf({ hidden, metered, battery }: Surroundings): DeviceHealth {
  return {
    hidden,
    metered,
    // No browser tells heat: what it calls pressure is load, which measuring is.
    thermal: ThermalPressure.THERMAL_PRESSURE_UNSPECIFIED,
    battery: battery?.level,
    charging: battery?.charging,
  };
}
