import { asked } from '@fleetfit/cli';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deviceNamed, isInside, joinByLink, openPhones, type Phone } from './phones.ts';
import { readBooks } from './read-books.ts';
import { bringInDrinks, finished, QUICK, startTestFleet, type TestFleet } from './test-fleet.ts';

let fleet: TestFleet | undefined;
let browser: Browser;
beforeAll(async () => {
  [fleet, browser] = await Promise.all([startTestFleet({ agents: [1] }), openPhones()]);
  await bringInDrinks(fleet);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await fleet?.close();
}, 60_000);

it('two phones, one isolated with threads and one not, and a camera run one sweep', { timeout: 300_000 }, async () => {
  if (!fleet) throw new Error('there is no fleet');
  const phones: readonly Phone[] = await Promise.all([
    joinByLink(fleet, browser, { name: 'isolated', query: 'threads=2' }),
    joinByLink(fleet, browser, { name: 'plain', query: 'isolated=0&threads=2' }),
  ]);
  await Promise.all(phones.map(isInside));
  // Threads need isolation: the plain one was asked for two and has one.
  expect((await deviceNamed(fleet, 'isolated')).facts).toMatchObject({ runtime: 'web', provider: 'wasm', isolated: true, threads: 2 });
  expect((await deviceNamed(fleet, 'plain')).facts).toMatchObject({ runtime: 'web', provider: 'wasm', isolated: false, threads: 1 });

  const { id } = await asked(fleet.api.sweeps.start.mutate(QUICK));
  const view = await finished(fleet.api, id, 240_000);
  expect(view.state).toBe('done');
  expect(view.progress).toMatchObject({ total: 3, measured: 3, failed: 0 });
  expect(view.classes.map(({ label }) => /(node|web) .*/.exec(label)?.[0]).sort()).toEqual([
    'node cpu, 1 thread',
    'web wasm, 1 thread',
    'web wasm, 2 threads',
  ]);
  for (const candidate of view.candidates) {
    expect(candidate.classes.map(({ state }) => state)).toEqual(['measured', 'measured', 'measured']);
    // The linear memory of wasm begins with what the library itself takes.
    const inBrowsers = candidate.classes.filter(({ id }) => id.includes('web-wasm'));
    expect(inBrowsers.map(({ memoryBytes = 0 }) => memoryBytes > 10e6)).toEqual([true, true]);
    // The same images on three runtimes: whatever differs in the last digits, the answers agree.
    const accuracies = candidate.classes.map(({ accuracy }) => accuracy?.value ?? Number.NaN);
    expect(Math.max(...accuracies) - Math.min(...accuracies), candidate.id).toBeLessThanOrEqual(1 / 32);
  }
  for (const { page, complaints } of phones) {
    const results = page.getByRole('region', { name: 'Measured here' });
    // Four candidates; winner and original once more, on the test images.
    await results.getByText(/^[56] sent, 0 waiting$/).waitFor();
    expect(await results.getByRole('listitem').filter({ hasText: / ms$/ }).count()).toBeGreaterThanOrEqual(4);
    expect(complaints).toEqual([]);
  }
  const books = await fleet.closeAndRead((store) => readBooks(store, id));
  fleet = undefined;
  expect(books.wrong).toEqual([]);
  // Every candidate once on each of three classes.
  expect(books.measured).toEqual(['c000', 'c001', 'c002', 'c003'].flatMap((each) => [each, each, each]));
});
