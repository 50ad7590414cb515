import { join } from 'node:path';
import { writeDataset } from '@fleetfit/demo';
import { decodeModel } from '@fleetfit/onnx';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findViolations } from './find-violations.ts';
import { type Journey, playJourney } from './journey.ts';
import { openPhones } from './phones.ts';
import { DRINKS, startTestFleet, type TestFleet } from './test-fleet.ts';
import { zipFolder } from './zip-folder.ts';

let fleet: TestFleet;
let browser: Browser;
let journey: Journey;
beforeAll(async () => {
  browser = await openPhones();
  fleet = await startTestFleet({ agents: [] });
  await writeDataset({ out: join(fleet.folder, 'drinks'), count: 120, seed: 'journey' });
  const zip = await zipFolder(join(fleet.folder, 'drinks'), join(fleet.folder, 'drinks.zip'));
  journey = await playJourney({
    browser,
    operator: fleet.addresses.operator,
    files: [DRINKS, zip],
    candidates: 4,
    quick: true,
    folder: fleet.folder,
    patienceMs: 240_000,
    say: () => {},
  });
}, 600_000);
afterAll(async () => {
  await browser?.close();
  await fleet?.close();
}, 60_000);

describe('a newcomer', () => {
  it('goes from an empty start to the downloaded winner in twelve clicks', () => {
    expect(journey.clicks).toBeLessThanOrEqual(12);
    expect(journey.file).toMatch(/\.onnx$/);
    expect(decodeModel(journey.bytes).graph.nodes.length).toBeGreaterThan(0);
  });

  it('let a phone and a camera in, and both measured', async () => {
    const view = await fleet.api.sweeps.overview.query({ id: journey.sweep });
    expect(view.classes.map((one) => one.devices)).toEqual([1, 1]);
    expect(view.progress.measured + view.progress.refused).toBe(4);
    expect(view.classes.every((one) => one.extent !== undefined)).toBe(true);
  });
});

describe('axe finds nothing serious', { timeout: 120_000 }, () => {
  const pages = (): readonly string[] => {
    const { sweep } = journey;
    return [
      '/',
      '/fleet',
      '/models',
      '/datasets',
      '/new-sweep',
      `/sweep?id=${sweep}&c=c001`,
      `/compare?id=${sweep}&c=c001,c002`,
      `/portfolio?id=${sweep}`,
      `/candidate?sweep=${sweep}&id=c001`,
    ];
  };

  const screens = [
    { colorScheme: 'light', width: 1440 },
    { colorScheme: 'dark', width: 1440 },
    { colorScheme: 'light', width: 390 },
  ] as const;
  for (const { colorScheme, width } of screens) {
    it(`on any page, ${colorScheme}, ${width} px wide`, async () => {
      const context = await browser.newContext({ viewport: { width, height: 1000 }, colorScheme });
      const found: string[] = [];
      for (const path of pages()) {
        const page = await context.newPage();
        await page.goto(fleet.addresses.operator + path);
        await page.getByRole('heading').first().waitFor();
        await page.waitForTimeout(800);
        found.push(...(await findViolations(page)).map((one) => `${path}: ${one}`));
        await page.close();
      }
      await context.close();
      expect(found).toEqual([]);
    });
  }
});
