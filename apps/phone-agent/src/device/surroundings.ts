import { type DeviceHealth, ThermalPressure } from '@fleetfit/protocol';

/** How the phone is just now, as far as its browser tells. Undefined: it does not. */
export interface Surroundings {
  readonly hidden: boolean;
  readonly metered: boolean;
  readonly battery: { readonly level: number; readonly charging: boolean } | undefined;
  readonly pressure: Pressure | undefined;
}

/** https://www.w3.org/TR/compute-pressure/ */
export type Pressure = 'nominal' | 'fair' | 'serious' | 'critical';

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
type PressureObserverConstructor = new (
  take: (records: readonly { readonly state: Pressure }[]) => void,
) => {
  observe(source: 'cpu', options: { readonly sampleInterval: number }): Promise<void>;
  disconnect(): void;
};

const SAMPLE_MS = 2_000;

/** Watches until the signal aborts, and tells each change. */
export function watchSurroundings(onChange: () => void, signal: AbortSignal): () => Surroundings {
  const { getBattery, connection } = navigator as SensingNavigator;
  let battery: Battery | undefined;
  let pressure: Pressure | undefined;
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
  watchPressure((state) => {
    pressure = state;
    onChange();
  }, signal);
  return () => ({
    hidden: document.visibilityState === 'hidden',
    metered: connection?.saveData === true || connection?.type === 'cellular',
    battery: battery && { level: battery.level, charging: battery.charging },
    pressure,
  });
}

function watchPressure(tell: (state: Pressure) => void, signal: AbortSignal): void {
  const { PressureObserver } = globalThis as { PressureObserver?: PressureObserverConstructor };
  if (!PressureObserver) return;
  const observer = new PressureObserver((records) => {
    const last = records.at(-1);
    if (last) tell(last.state);
  });
  // Some systems give nothing to observe: not told.
  observer.observe('cpu', { sampleInterval: SAMPLE_MS }).catch(() => {});
  signal.addEventListener('abort', () => observer.disconnect(), { once: true });
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

const THERMAL: Readonly<Record<Pressure, ThermalPressure>> = {
  nominal: ThermalPressure.THERMAL_PRESSURE_NOMINAL,
  fair: ThermalPressure.THERMAL_PRESSURE_FAIR,
  serious: ThermalPressure.THERMAL_PRESSURE_SERIOUS,
  critical: ThermalPressure.THERMAL_PRESSURE_CRITICAL,
};

/** The same as the coordinator is told. */
export function healthOf({ hidden, metered, battery, pressure }: Surroundings): DeviceHealth {
  return {
    hidden,
    metered,
    thermal: pressure ? THERMAL[pressure] : ThermalPressure.THERMAL_PRESSURE_UNSPECIFIED,
    battery: battery?.level,
    charging: battery?.charging,
  };
}
