import { asked } from '@fleetfit/cli';
import type { SweepDefinitionInput } from '@fleetfit/space';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findViolations } from './find-violations.ts';
import { deviceNamed, isInside, joinByLink, openPhone, openPhones, type Phone } from './phones.ts';
import { readBooks } from './read-books.ts';
import { bringInDrinks, finished, QUICK, startTestFleet, type TestFleet, until } from './test-fleet.ts';

let fleet: TestFleet;
let browser: Browser;
beforeAll(async () => {
  [fleet, browser] = await Promise.all([startTestFleet({ agents: [] }), openPhones()]);
  await bringInDrinks(fleet);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  if (!read) await fleet?.close();
}, 60_000);
/** The fleet was stopped for its books to be read. */
let read = false;

/** Long enough in each attempt for something to go wrong in its middle. */
const SLOW: SweepDefinitionInput = { ...QUICK, candidates: 1, measure: { blocks: 8, blockMs: 150, warmUpMs: 50, precision: 0.001 } };

/** Starts a sweep on the class of this phone alone, and waits until the phone is in the middle of measuring. */
async function startOn(phone: Phone, definition: SweepDefinitionInput = SLOW): Promise<string> {
  const { classId } = await deviceNamed(fleet, phone.name);
  const { id } = await asked(fleet.api.sweeps.start.mutate({ ...definition, classes: [classId] }));
  await phone.page.getByText(/^Block \d+ of \d+$/).waitFor();
  return id;
}

async function isDoneOnce(id: string): Promise<void> {
  const view = await finished(fleet.api, id);
  expect(view.state).toBe('done');
  expect(view.progress).toMatchObject({ total: 1, measured: 1, failed: 0 });
  sweeps.push(id);
}
/** Sweeps whose books are read at the end. */
const sweeps: string[] = [];

const doing = ({ page }: Phone) => page.getByRole('region', { name: 'What this phone does now' });
const results = ({ page }: Phone) => page.getByRole('region', { name: 'Measured here' });

describe('a phone in the middle of measuring', { timeout: 240_000 }, () => {
  it('is loaded again, and goes on: the lease is given back, which is no attempt', async () => {
    const phone = await joinByLink(fleet, browser, { name: 'reloaded' });
    await isInside(phone);
    const id = await startOn(phone);
    await phone.page.reload();
    await isInside(phone);
    await isDoneOnce(id);
    expect(await results(phone).getByText('the page ended').count()).toBe(0);
    expect(phone.complaints).toEqual([]);
    await phone.context.close();
  });

  it('loses its network for longer than its lease, and reports what it has measured when it is back', async () => {
    const phone = await joinByLink(fleet, browser, { name: 'cut off' });
    await isInside(phone);
    const id = await startOn(phone);
    await phone.context.setOffline(true);
    await until('the silence is noticed', async () => !(await deviceNamed(fleet, phone.name)).online);
    await phone.context.setOffline(false);
    await isDoneOnce(id);
    await phone.context.close();
  });

  it('sees the coordinator killed and started again', async () => {
    const phone = await joinByLink(fleet, browser, { name: 'faithful' });
    await isInside(phone);
    const id = await startOn(phone);
    process.kill(fleet.coordinator.pid(), 'SIGKILL');
    await isDoneOnce(id);
    await phone.context.close();
  });

  it('is paused, hidden, or low on battery: it stops, says why, and goes on', async () => {
    const phone = await joinByLink(fleet, browser, { name: 'polite' });
    await isInside(phone);
    const id = await startOn(phone);
    await phone.page.getByRole('button', { name: 'Pause' }).click();
    await doing(phone).getByText('Paused').waitFor();
    await expect
      .poll(async () => (await deviceNamed(fleet, phone.name)).doing, { timeout: 60_000 })
      .toEqual({ kind: 'idle', why: 'rests: paused on the phone' });
    await phone.page.getByRole('button', { name: 'Go on' }).click();
    await phone.page.getByText(/^Block \d+ of \d+$/).waitFor();
    await phone.page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await doing(phone).getByText('the page is not in view').waitFor();
    await phone.page.evaluate(() => {
      Reflect.deleteProperty(document, 'visibilityState');
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await isDoneOnce(id);
    expect(phone.complaints).toEqual([]);
    await phone.context.close();
  });

  it('dies with its tab: that is reported after the next start, and after two it waits for somebody', async () => {
    const phone = await joinByLink(fleet, browser, { name: 'crashing' });
    await isInside(phone);
    const id = await startOn(phone, { ...SLOW, fleet: { ...SLOW.fleet, attempts: 2 } });
    let page = phone.page;
    for (const _ of [1, 2]) {
      await page.getByText(/^Block \d+ of \d+$/).waitFor();
      const gone = page.waitForEvent('crash');
      const cdp = await phone.context.newCDPSession(page);
      // The process of the tab ends at once, as when memory runs out; it never answers.
      void cdp.send('Page.crash').catch(() => {});
      await gone;
      page = await phone.context.newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(new URL('/', fleet.addresses.phones).href);
    }
    await page.getByText('twice in ten minutes').waitFor();
    expect(await page.getByText('the page ended while timing').count()).toBe(2);
    // The original was tried as often as its sweep allows, and no more.
    expect((await asked(fleet.api.sweeps.show.query({ id }))).progress.measured).toBe(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    const view = await finished(fleet.api, id);
    expect(view.candidates.some(({ classes }) => classes.some(({ state }) => state === 'failed'))).toBe(true);
    await phone.context.close();
  });
});

describe('a phone that joins', { timeout: 120_000 }, () => {
  it('is not let in by a link that was used, and says what to do', async () => {
    const { phoneLink } = await asked(fleet.api.devices.invite.mutate({ uses: 1, minutes: 5, autoApprove: true }));
    const [first, second] = [await openPhone(browser, 'first'), await openPhone(browser, 'second')];
    await first.page.goto(phoneLink);
    await isInside(first);
    // The token stands in no history of the browser.
    expect(first.page.url()).not.toContain('#');
    await second.page.goto(phoneLink);
    const alert = second.page.getByRole('alert');
    await alert.getByText('This link or code does not work').waitFor();
    expect(await alert.innerText()).toContain('fleetfit device add');
    // What is offered to be trusted is compared with what the link named, on the phone that has joined by it.
    for (const [phone, said] of [
      [first, 'It is the one that the link of this phone named.'],
      [second, 'Compare its fingerprint with the one that the dashboard shows.'],
    ] as const) {
      await phone.page.goto(new URL('/trust', fleet.addresses.phones).href);
      await phone.page.getByText(said).waitFor();
    }
    await first.context.close();
    await second.context.close();
  });

  it('asks for approval again after the browser has cleared what it kept, by a typed code', async () => {
    const phone = await joinByLink(fleet, browser, { name: 'forgetful' });
    await isInside(phone);
    const { origin } = new URL(phone.page.url());
    await phone.page.goto('about:blank');
    const cdp = await phone.context.newCDPSession(phone.page);
    await cdp.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
    await phone.page.goto(`${origin}/?name=forgetful%20again`);
    await phone.page.getByText('its browser has forgotten it').waitFor();
    const { code } = await asked(fleet.api.devices.invite.mutate({ uses: 1, minutes: 5, autoApprove: false }));
    await phone.page.getByLabel('Code').fill(code.toLowerCase().replace('-', ' '));
    await phone.page.getByRole('button', { name: 'Join' }).click();
    await phone.page.getByText('Waiting to be let in').waitFor();
    const device = await deviceNamed(fleet, 'forgetful again');
    expect(device.state).toBe('pending');
    await phone.page.getByText(device.words, { exact: true }).waitFor();
    await asked(fleet.api.devices.approve.mutate({ id: device.id }));
    await isInside(phone);
    await asked(fleet.api.devices.revoke.mutate({ id: device.id }));
    await phone.page.getByRole('heading', { name: 'This phone was removed from the fleet' }).waitFor();
    await phone.context.close();
  });

  it('measures in one tab alone', async () => {
    const phone = await joinByLink(fleet, browser, { name: 'doubled' });
    await isInside(phone);
    const other = await phone.context.newPage();
    await other.goto(phone.page.url());
    await other.getByRole('heading', { name: 'Open in another tab already' }).waitFor();
    await phone.page.close();
    await other.getByRole('button', { name: 'Try again' }).click();
    await other.getByRole('region', { name: 'What this phone does now' }).waitFor();
    await phone.context.close();
  });

  it('finds in its self-test that all it needs is there', async () => {
    const phone = await openPhone(browser, 'tested');
    await phone.page.goto(new URL('/self-test', fleet.addresses.phones).href);
    await phone.page.getByText('This phone can measure.').waitFor();
    const report = await phone.page.getByLabel('Report').inputValue();
    expect(report.split('\n').filter((line) => line.startsWith('[no]'))).toEqual([]);
    for (const name of ['Isolation', 'Clock', 'onnxruntime on wasm', 'WebGPU', 'Screen', 'Cache', 'gRPC-Web', 'NATS'])
      expect(report).toContain(`] ${name}: `);
    expect(phone.complaints).toEqual([]);
    await phone.context.close();
  });
});

it('axe finds nothing serious on any page of a phone, light and dark, and none is wider than the phone', { timeout: 120_000 }, async () => {
  const inside = await joinByLink(fleet, browser, { name: 'seen' });
  await isInside(inside);
  const outside = await openPhone(browser, 'unseen');
  const found: string[] = [];
  for (const [phone, path] of [
    [inside, '/'],
    [outside, '/'],
    [outside, '/self-test'],
    [outside, '/trust'],
  ] as const)
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = phone;
      await page.emulateMedia({ colorScheme });
      await page.goto(new URL(path, fleet.addresses.phones).href);
      await page.getByRole('heading').first().waitFor();
      found.push(...(await findViolations(page)).map((one) => `${phone.name} ${path} ${colorScheme}: ${one}`));
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 390) found.push(`${phone.name} ${path}: ${width} pixels wide`);
    }
  await inside.context.close();
  await outside.context.close();
  expect(found).toEqual([]);
});

it('through all of this nothing was lost, and nothing counted twice', { timeout: 60_000 }, async () => {
  read = true;
  const books = await fleet.closeAndRead((store) => Promise.all(sweeps.map((id) => readBooks(store, id, { replicates: true }))));
  expect(books.flatMap(({ wrong }) => wrong)).toEqual([]);
  for (const { measured } of books) expect(measured).toEqual(['c000', 'c001']);
});
