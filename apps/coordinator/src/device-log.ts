import type { CandidateId, DeviceId, SweepId } from '@fleetfit/core';
import { controlDrift } from '@fleetfit/fleet';
import { type DeviceHealth, ThermalPressure } from '@fleetfit/protocol';
import type { DeviceReportRow } from '@fleetfit/store';
import { type DeviceHealthView, type DeviceReportView, sayLatency } from '@fleetfit/sweep';
import type { summaryOf } from './report-desk.ts';

interface Told {
  readonly at: number;
  readonly sweep: SweepId;
  readonly candidate: CandidateId;
  readonly outcome: ReturnType<typeof summaryOf>['outcome'];
}

/** Enough for a median of what is usual; fewer are shown. */
const KEPT = 20;
const SHOWN = 5;
/** Of why there is no figure, in letters: it may be the last words of a process. */
const LONGEST = 160;

/** What devices said lately, of themselves and of what they measured. In memory: health is new within a heartbeat, reports are in the store. */
export class DeviceLog {
  readonly #health = new Map<DeviceId, { readonly at: number; readonly said: DeviceHealth }>();
  readonly #told = new Map<DeviceId, readonly Told[]>();

  /** How many reports of each device to bring in with {@link told} after a start. */
  static readonly kept = KEPT;

  /** True when it says something new. */
  feels(device: DeviceId, said: DeviceHealth | undefined): boolean {
    if (!said) return false;
    const before = this.#health.get(device)?.said;
    this.#health.set(device, { at: Date.now(), said });
    return JSON.stringify(before) !== JSON.stringify(said);
  }

  told({ deviceId, sweepId, candidateId, document, receivedAt }: DeviceReportRow): void {
    const { outcome } = document as ReturnType<typeof summaryOf>;
    const before = this.#told.get(deviceId) ?? [];
    this.#told.set(deviceId, [...before, { at: receivedAt, sweep: sweepId, candidate: candidateId, outcome }].slice(-KEPT));
  }

  /** Newest first. */
  reports(device: DeviceId): readonly DeviceReportView[] {
    return (this.#told.get(device) ?? []).slice(-SHOWN).reverse().map(reportOf);
  }

  /** Undefined for a device that has said nothing of itself and has measured too little to compare. */
  health(device: DeviceId): DeviceHealthView | undefined {
    const health = this.#health.get(device);
    const told = this.#told.get(device) ?? [];
    const drift = controlDrift(
      told.flatMap(({ sweep, outcome }) =>
        outcome.$case === 'measured' && outcome.value.controlP50Ms ? [{ key: sweep, p50Ms: outcome.value.controlP50Ms.value }] : [],
      ),
    );
    if (!health && drift === undefined) return undefined;
    const { battery, charging, thermal = 0, hidden = false, metered = false } = health?.said ?? {};
    return { at: health?.at ?? told.at(-1)?.at ?? 0, battery, charging, thermal: PRESSURES[thermal], hidden, metered, drift };
  }
}

function reportOf({ at, sweep, candidate, outcome }: Told): DeviceReportView {
  if (outcome.$case === 'measured') {
    const { p50Ms } = outcome.value;
    return { at, sweep, candidate, result: 'measured', what: p50Ms ? sayLatency(p50Ms.value) : 'measured' };
  }
  return { at, sweep, candidate, result: outcome.$case, what: outcome.value.why.slice(0, LONGEST) };
}

const PRESSURES: Readonly<Record<number, DeviceHealthView['thermal']>> = {
  [ThermalPressure.THERMAL_PRESSURE_NOMINAL]: 'nominal',
  [ThermalPressure.THERMAL_PRESSURE_FAIR]: 'fair',
  [ThermalPressure.THERMAL_PRESSURE_SERIOUS]: 'serious',
  [ThermalPressure.THERMAL_PRESSURE_CRITICAL]: 'critical',
};
