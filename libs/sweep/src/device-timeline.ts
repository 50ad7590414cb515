import type { CandidateId, DeviceClassId, DeviceId } from '@fleetfit/core';
import type { DeviceLane, LaneSpan, TimelineView } from './overview-views.ts';

/** One try of a device at a job of the sweep, as the ledger has it. */
export interface AttemptFacts {
  readonly device: DeviceId;
  readonly classId: DeviceClassId;
  readonly candidate: CandidateId;
  readonly leasedAt: number;
  readonly endedAt: number | undefined;
  /** `leased` while it goes on. */
  readonly state: 'leased' | 'done' | 'released' | 'lost' | 'crashed' | 'invalid' | 'cancelled';
}

/** Devices past which lanes are shown a page at a time, with how busy each class is above them. */
const MOST_LANES = 40;
const MOST_SPANS = 120;
const BUCKETS = 96;

export interface TimelineWindow {
  readonly from: number;
  readonly to: number;
  /** Of the lanes: which page, and of which class. */
  readonly offset?: number;
  readonly classId?: string | undefined;
  readonly nameOf: (device: DeviceId) => string;
}

const STATES: Readonly<Record<AttemptFacts['state'], LaneSpan['state']>> = {
  leased: 'measuring',
  done: 'done',
  released: 'given back',
  cancelled: 'given back',
  lost: 'failed',
  crashed: 'failed',
  invalid: 'failed',
};

/** Who measured what, and when: lanes of devices in the order of their classes and names. */
export function timelineOf(
  attempts: readonly AttemptFacts[],
  classes: readonly DeviceClassId[],
  { from, to, offset = 0, classId, nameOf }: TimelineWindow,
): TimelineView {
  const lanes = new Map<DeviceId, { classId: DeviceClassId; spans: LaneSpan[] }>();
  for (const { device, classId: on, candidate, leasedAt, endedAt, state } of attempts) {
    if (leasedAt > to || (endedAt ?? to) < from || (classId !== undefined && on !== classId)) continue;
    const lane = lanes.get(device) ?? { classId: on, spans: [] };
    lane.spans.push({ candidate, from: leasedAt, to: endedAt, state: STATES[state] });
    lanes.set(device, lane);
  }
  const all = [...lanes].map(([device, { classId: on, spans }]): DeviceLane => ({ device, name: nameOf(device), classId: on, spans }));
  const place = (lane: DeviceLane): number => classes.indexOf(lane.classId);
  all.sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name, 'en', { numeric: true }));
  return {
    from,
    to,
    total: all.length,
    // Older ones than a lane has room for would be thinner than a line.
    lanes: all.slice(offset, offset + MOST_LANES).map((lane) => ({ ...lane, spans: lane.spans.slice(-MOST_SPANS) })),
    busy: all.length > MOST_LANES ? classes.map((id) => busyOf(id, all, { from, to })) : [],
  };
}

function busyOf(classId: DeviceClassId, all: readonly DeviceLane[], { from, to }: { readonly from: number; readonly to: number }) {
  const ours = all.filter((lane) => lane.classId === classId);
  const width = Math.max(1, (to - from) / BUCKETS);
  const busy = Array.from({ length: BUCKETS }, () => 0);
  for (const span of ours.flatMap(({ spans }) => spans)) {
    const [start, end] = [Math.max(from, span.from), Math.min(to, span.to ?? to)];
    for (let at = Math.floor((start - from) / width); at < BUCKETS && from + at * width < end; at++) {
      const covered = Math.min(end, from + (at + 1) * width) - Math.max(start, from + at * width);
      busy[at] = (busy[at] ?? 0) + Math.max(0, covered) / width;
    }
  }
  const share = (value: number): number => Number(Math.min(1, value / Math.max(1, ours.length)).toFixed(3));
  return { classId, devices: ours.length, shares: busy.map(share) };
}
