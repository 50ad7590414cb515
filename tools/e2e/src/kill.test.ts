import { asked } from '@fleetfit/cli';
import { sweepId } from '@fleetfit/core';
import type { Store } from '@fleetfit/store';
import { afterEach, describe, expect, it } from 'vitest';
import { bringInDrinks, finished, QUICK, startTestFleet, type TestFleet, until } from './test-fleet.ts';

let fleet: TestFleet | undefined;
afterEach(async () => {
  await fleet?.close();
  fleet = undefined;
});

/** The process that is killed, without warning, while a candidate is being measured or made. */
const VICTIMS = {
  coordinator: (on: TestFleet) => on.coordinator.pid(),
  'nats-server': (on: TestFleet) => on.natsPid(),
  compressor: (on: TestFleet) => on.compressors[0]?.pid() ?? 0,
  agent: (on: TestFleet) => on.agents[0]?.pid() ?? 0,
} as const;

describe('kill -9 in the middle of a sweep', { timeout: 240_000 }, () => {
  it.each(Object.entries(VICTIMS))('of the %s: every candidate is in the books once, none lost, none twice', async (name, victim) => {
    // Two compressors: what one leaves behind, the other takes.
    fleet = await startTestFleet({ compressors: name === 'compressor' ? 2 : 1 });
    const { api } = fleet;
    await bringInDrinks(fleet);
    const { id } = await asked(api.sweeps.start.mutate(QUICK));
    await until('the moment to kill', async () => {
      const view = await asked(api.sweeps.show.query({ id }));
      return name === 'compressor'
        ? view.candidates.some((each) => each.state === 'compressing')
        : view.candidates.some((each) => each.classes.some((on) => on.state === 'measuring'));
    });
    process.kill(victim(fleet), 'SIGKILL');
    const view = await finished(api, id);
    expect(view.state).toBe('done');
    expect(view.progress).toMatchObject({ total: 3, measured: 3, failed: 0 });
    const books = await fleet.closeAndRead((store) => readBooks(store, id));
    fleet = undefined;
    expect(books.wrong).toEqual([]);
    expect(books.measured).toEqual(['c000', 'c001', 'c002', 'c003']);
  });
});

/** Compares the ledger with the events of the sweep: every job one accepted report, every share one event. */
async function readBooks(store: Store, sweep: string) {
  const id = sweepId(sweep);
  const jobs = await store.jobs.list({ sweepId: id });
  const wrong: string[] = [];
  for (const job of jobs) {
    const accepted = (await store.jobs.reportsOf(job.id)).filter((each) => each.verdict === 'accepted');
    const valid = (await store.jobs.attemptsOf(job.id)).filter((each) => each.state === 'done');
    if (job.state !== 'done' || valid.length !== 1 || accepted.length < 1)
      wrong.push(`${job.id} is ${job.state} with ${valid.length} valid attempts and ${accepted.length} accepted reports`);
  }
  const events = (await store.sweeps.read(id, 0)).filter((each) => each.kind === 'measured');
  const measured = events.map((each) => (each.body as { candidate: string }).candidate).sort();
  return { wrong, measured };
}
