import { asked } from '@fleetfit/cli';
import { silent } from '@fleetfit/core';
import { findChromium } from '@fleetfit/host/testing';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { bringInDrinks, QUICK, startTestFleet, type TestFleet } from './test-fleet.ts';
import { keepPicture, listenForComplaints } from './watch-page.ts';

/** Longest wait for anything to appear: a busy machine has to measure first. */
const PATIENCE = 120_000;
const PHONE = { width: 390, height: 844 };

let fleet: TestFleet;
let browser: Browser;
beforeAll(async () => {
  const { sandbox, executablePath, args, env } = await findChromium({ signal: AbortSignal.timeout(240_000), log: silent, say: () => {} });
  browser = await chromium.launch({ executablePath, args: [...args], env: { ...env }, chromiumSandbox: sandbox, headless: true });
  fleet = await startTestFleet();
  await bringInDrinks(fleet);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await fleet?.close();
}, 60_000);

it('a person sees the device, follows a sweep as it goes on, and reads the answer', { timeout: 300_000 }, async () => {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  page.setDefaultTimeout(PATIENCE);
  const complaints = listenForComplaints(page);
  onTestFailed(() => keepPicture(page));
  const { operator } = fleet.addresses;

  await page.goto(`${operator}/fleet`);
  await page.getByRole('heading', { name: 'camera 1' }).waitFor();

  const { id } = await asked(fleet.api.sweeps.start.mutate(QUICK));
  await page.goto(`${operator}/sweep?id=${id}`);
  await page.getByRole('heading', { level: 1, name: 'net on drinks' }).waitFor();
  // Set once: a page that was loaded again would have lost it.
  await page.evaluate(() => Object.assign(globalThis, { sameDocument: true, seen: new Set<string>() }));
  await page.waitForFunction(noteProgressUntilDone, undefined, { polling: 50 });
  const seen = await page.evaluate(() => [...(globalThis as unknown as Noting).seen]);
  expect(seen.length, `progress on one page: ${seen.join(', ')}`).toBeGreaterThan(1);
  expect(seen.at(-1)).toBe('3 of 3');
  expect(await page.evaluate(() => 'sameDocument' in globalThis)).toBe(true);

  const view = await asked(fleet.api.sweeps.show.query({ id }));
  const rows = page.locator('table tbody tr');
  await expect.poll(() => rows.count()).toBe(4);
  for (const candidate of view.candidates.filter((each) => !each.isOriginal))
    expect(await rows.filter({ hasText: candidate.id }).count(), candidate.id).toBe(1);

  await page.locator('figure canvas').waitFor();
  expect(await page.locator('figure figcaption').textContent()).toMatch(/\d candidates? on the front/);
  await expect.poll(() => page.evaluate(drawnPixels)).toBeGreaterThan(500);

  const best = page.getByRole('region', { name: 'Best', exact: true });
  const [answer = ''] = view.classes[0]?.best?.sentence.split(/[:.]/) ?? [];
  expect(answer).not.toBe('');
  expect(await best.innerText()).toContain(answer);

  const [, first] = view.candidates;
  await page.goto(`${operator}/candidate?sweep=${id}&id=${first?.id}`);
  await page.getByRole('heading', { level: 1, name: first?.id ?? '' }).waitFor();
  await page.getByRole('region', { name: 'Layers' }).getByText('As a table').click();
  expect(await page.getByRole('region', { name: 'Layers' }).locator('tbody tr').count()).toBe(16);
  await page
    .getByRole('region', { name: 'Latency on each device' })
    .getByRole('img', { name: /^camera 1: half of/ })
    .waitFor();
  await page.keyboard.press('k');
  await page.getByRole('heading', { level: 1, name: 'c000' }).waitFor();

  await page.setViewportSize(PHONE);
  for (const path of ['/', '/fleet', '/models', '/datasets', '/new-sweep', `/sweep?id=${id}`, `/candidate?sweep=${id}&id=c001`]) {
    await page.goto(operator + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth), { message: path }).toBe(PHONE.width);
  }
  expect(complaints).toEqual([]);
});

interface Noting {
  readonly seen: Set<string>;
}

/** Runs in the page: notes how far it says that the sweep is, until it says that it is done. */
function noteProgressUntilDone(): boolean {
  const header = document.querySelector('main header')?.textContent ?? '';
  const [said] = /\d+ of \d+/.exec(header) ?? [];
  if (said) (globalThis as unknown as Noting).seen.add(said);
  return /done in /.test(header);
}

/** Runs in the page: pixels of the chart that are not empty. */
function drawnPixels(): number {
  const canvas = document.querySelector<HTMLCanvasElement>('figure canvas');
  const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  let drawn = 0;
  for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 0) drawn++;
  return drawn;
}
