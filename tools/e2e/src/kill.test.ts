import { asked } from '@fleetfit/cli';
import { afterEach, describe, expect, it } from 'vitest';
import { readBooks } from './read-books.ts';
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
