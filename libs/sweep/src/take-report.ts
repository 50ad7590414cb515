import type { DeviceClassId } from '@fleetfit/core';
import { FleetError } from '@fleetfit/core';
import type { Interval, Measurement } from '@fleetfit/protocol';
import type { Figures, Split } from './events.ts';
import { shareOf } from './next-effects.ts';
import type { SweepState } from './state.ts';
import type { Change } from './views.ts';

/**
 * What a sweep keeps of a measurement. Devices send their best classes for every image; the labels never left the coordinator.
 * @throws FleetError `invalid` when the answers do not fit the images of the share
 */
export function figuresOf(
  state: SweepState,
  of: { readonly classId: DeviceClassId; readonly split: Split; readonly share: number },
  found: Measurement,
): Figures {
  const { packs, first } = shareOf(state, of.classId, of);
  const count = packs.reduce((sum, pack) => sum + pack.count, 0);
  const labels = state.prepared.get(of.split)?.labels.slice(first, first + count) ?? [];
  const top = count === 0 ? 0 : found.classes.length / count;
  if (!Number.isInteger(top) || (count > 0 && top < 1)) {
    throw new FleetError('invalid', `Cannot take a measurement: ${found.classes.length} answers for ${count} images`);
  }
  return {
    p50Ms: changeOf(found.p50Ms),
    p90Ms: changeOf(found.p90Ms),
    p95Ms: changeOf(found.p95Ms),
    controlP50Ms: found.controlP50Ms?.value ?? 0,
    ratio: changeOf(found.ratio),
    loadMs: found.loadMs,
    firstRunMs: found.firstRunMs,
    memoryBytes: found.memoryBytes,
    top1: hits(labels, found.classes, { top, within: 1 }),
    top5: hits(labels, found.classes, { top, within: 5 }),
    blocks: found.blocks.length,
  };
}

function hits(labels: readonly number[], classes: readonly number[], { top, within }: { top: number; within: number }): string {
  return labels
    .map((label, image) => (classes.slice(image * top, image * top + Math.min(top, within)).includes(label) ? '1' : '0'))
    .join('');
}

const changeOf = (interval: Interval | undefined): Change => ({
  value: interval?.value ?? 0,
  low: interval?.low ?? 0,
  high: interval?.high ?? 0,
});
