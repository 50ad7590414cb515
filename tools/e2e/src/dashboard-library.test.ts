import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipOf } from '@fleetfit/compressor/testing';
import { silent } from '@fleetfit/core';
import { writeDataset } from '@fleetfit/demo';
import { findChromium } from '@fleetfit/host/testing';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { DRINKS, startTestFleet, type TestFleet } from './test-fleet.ts';
import { keepPicture, listenForComplaints } from './watch-page.ts';

/** Longest wait for anything to appear: the doctor has to try 42 ways on a busy machine. */
const PATIENCE = 150_000;

let fleet: TestFleet;
let browser: Browser;
let folder: string;
beforeAll(async () => {
  const { sandbox, executablePath, args, env } = await findChromium({ signal: AbortSignal.timeout(240_000), log: silent, say: () => {} });
  browser = await chromium.launch({ executablePath, args: [...args], env: { ...env }, chromiumSandbox: sandbox, headless: true });
  folder = await mkdtemp(join(tmpdir(), 'fleetfit-library-'));
  fleet = await startTestFleet({ agents: [] });
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await fleet?.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

it('a model and a zip of images go in from the browser; the doctor, the layers and the images are there to see', {
  timeout: 300_000,
}, async () => {
  const zip = join(folder, 'drinks.zip');
  await writeFile(zip, await zippedDrinks(120));
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  page.setDefaultTimeout(PATIENCE);
  const complaints = listenForComplaints(page);
  onTestFailed(() => keepPicture(page));
  const { operator } = fleet.addresses;

  await page.goto(`${operator}/models`);
  await page.getByLabel('Files to add').setInputFiles([DRINKS, zip]);
  await page.getByRole('heading', { name: 'Intake doctor' }).waitFor();
  // Of ImageNet's way and its neighbours the best stands first, with what it got right on the validation images of the zip.
  const [best] = await page.getByRole('table').first().locator('tbody tr').all();
  expect(await best?.innerText()).toMatch(/RGB[\s\S]*ImageNet mean[\s\S]*\d+\.\d %/);
  expect(await page.getByText('MACs', { exact: true }).first().isVisible()).toBe(true);
  await page.getByRole('region', { name: 'Layers' }).getByText('As a table').click();
  expect(await page.getByRole('region', { name: 'Layers' }).locator('tbody tr').count()).toBe(16);
  await everyPictureIsDrawn(page);

  // Another way is taken, and the page says so; then the doctor's is taken back.
  const instead = page.getByRole('button', { name: /^Use .* instead$/ }).first();
  if (await instead.isVisible()) {
    await instead.click();
    await page.getByText('Your choice is in use').waitFor();
    await page.getByRole('button', { name: 'Use the best again' }).click();
    await page.getByText('Your choice is in use').waitFor({ state: 'detached' });
  }

  await page.goto(`${operator}/datasets`);
  await page.getByRole('heading', { level: 2, name: 'drinks' }).waitFor();
  await page.getByRole('region', { name: 'Images' }).getByRole('listitem').nth(20).waitFor();
  await everyPictureIsDrawn(page);
  await page.getByRole('button', { name: 'Test' }).click();
  expect(await page.getByRole('region', { name: 'Images' }).getByRole('img').count(), 'test images before anybody asks').toBe(0);
  await page.getByRole('button', { name: 'Show them all the same' }).click();
  await page.getByRole('region', { name: 'Images' }).getByRole('listitem').first().waitFor();
  await everyPictureIsDrawn(page);

  expect(await readdir(join(fleet.home, 'uploads')), 'what was sent is gone once it is imported').toEqual([]);
  expect(complaints).toEqual([]);
});

it('a part that is cut off is sent again; what is no model is refused in words, and what cannot be read says why', {
  timeout: 120_000,
}, async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  onTestFailed(() => keepPicture(page));
  let cut = 0;
  await page.route('**/upload/*', (route) => (cut++ === 0 ? route.abort('connectionreset') : route.continue()));
  await page.goto(`${fleet.addresses.operator}/fleet`);
  await page.getByRole('heading', { level: 1, name: 'Fleet' }).waitFor();
  // Dropped on a page that shows no models: it leads to the one that does.
  await page.evaluate(() => {
    const dropped = new DataTransfer();
    dropped.items.add(new File(['x'], 'net.pt'));
    dropped.items.add(new File(['not a model'], 'broken.onnx'));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }));
  });
  await page.waitForURL('**/models');
  await page.getByText('“net.pt” is a model of another kind').waitFor();
  await page.getByRole('link', { name: /^broken/ }).click();
  await page.getByRole('alert').filter({ hasText: 'Cannot' }).first().waitFor();
  expect(cut, 'requests of an upload of one part').toBeGreaterThan(1);
});

it('another page cannot send files here', async () => {
  const address = `${fleet.addresses.operator}/upload/${crypto.randomUUID()}`;
  const foreign = await fetch(address, { method: 'POST', headers: { origin: 'https://elsewhere.example' }, body: '[]\n' });
  expect(foreign.status).toBe(403);
});

async function zippedDrinks(count: number): Promise<Uint8Array> {
  const images = join(folder, 'images');
  await writeDataset({ out: images, count, seed: 'library' });
  const names = (await readdir(images, { recursive: true })).filter((name) => name.endsWith('.png'));
  return zipOf(await Promise.all(names.map(async (name) => ({ name: `drinks/${name}`, bytes: await readFile(join(images, name)) }))));
}

/** Every image has come and has pixels; asked in one go each time, since a page may draw its list anew in between. */
async function everyPictureIsDrawn(page: Page): Promise<void> {
  const drawn = () =>
    page.locator('main img').evaluateAll((all) => {
      const images = all.filter((each) => each instanceof HTMLImageElement);
      // Those further down would wait for somebody to scroll.
      for (const image of images) image.loading = 'eager';
      return images.length > 2 && images.every((image) => image.complete && image.naturalWidth > 0);
    });
  await expect.poll(drawn, { timeout: 30_000 }).toBe(true);
}
