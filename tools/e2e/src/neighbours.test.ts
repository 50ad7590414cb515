import { asked } from '@fleetfit/cli';
import { sweepId } from '@fleetfit/core';
import type { Store } from '@fleetfit/store';
import { afterEach, describe, expect, it } from 'vitest';
import { bringInDrinks, finished, QUICK, startTestFleet, type TestFleet } from './test-fleet.ts';

let fleet: TestFleet | undefined;
afterEach(async () => {
  await fleet?.close();
  fleet = undefined;
});

describe('neighbours on one computer', { timeout: 240_000 }, () => {
  it('measure in turn, and never while a compressor works there', async () => {
    fleet = await startTestFleet({ agents: [1, 2], compressors: 2 });
    await bringInDrinks(fleet);
    const { id } = await asked(fleet.api.sweeps.start.mutate(QUICK));
    const view = await finished(fleet.api, id);
    expect(view.classes).toHaveLength(2);
    const spans = await fleet.closeAndRead((store) => readSpans(store, id));
    fleet = undefined;
    expect(spans.filter((each) => each.kind === 'measure').length).toBeGreaterThanOrEqual(8);
    expect(spans.filter((each) => each.kind === 'work').length).toBeGreaterThanOrEqual(3);
    expect(overlaps(spans)).toEqual([]);
  });
});

interface Span {
  readonly kind: 'measure' | 'work';
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Who held the computer, and when, by the coordinator's clock. */
async function readSpans(store: Store, sweep: string): Promise<Span[]> {
  const spans: Span[] = [];
  for (const job of await store.jobs.list({ sweepId: sweepId(sweep) })) {
    for (const { id, leasedAt, endedAt } of await store.jobs.attemptsOf(job.id))
      spans.push({ kind: 'measure', name: id, from: leasedAt, to: endedAt ?? Number.POSITIVE_INFINITY });
  }
  for (const { id, startedAt, endedAt } of await store.work.list()) {
    if (startedAt !== undefined) spans.push({ kind: 'work', name: id, from: startedAt, to: endedAt ?? Number.POSITIVE_INFINITY });
  }
  return spans;
}

/** Pairs that stood side by side although one of them was a measurement. */
function overlaps(spans: readonly Span[]): string[] {
  return spans.flatMap((one, i) =>
    spans
      .slice(i + 1)
      .filter((other) => (one.kind === 'measure' || other.kind === 'measure') && one.from < other.to && other.from < one.to)
      .map((other) => `${one.kind} ${one.name} and ${other.kind} ${other.name}`),
  );
}
