import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { FleetError } from '@fleetfit/core';
import { openPhones } from '@fleetfit/e2e/phones';
import { startSeededFleet, THOUSANDS } from '@fleetfit/e2e/seeded-fleet';
import { atMost, type Bench, type Field, type RowContext } from './bench.ts';

const LOAD = 'first load';
const PHONE = 'phone agent, first load';
const REDRAW = 'sweep page, 10,000 candidates, 1,000 devices';

/**
 * **First load** is what a browser must have before a page is there: its HTML, and every script and style that the HTML names, each gzipped by
 * itself; of all pages the largest. Charts come after the answer is on the screen and are counted apart. Fonts are not counted: text is there
 * before them.
 *
 * **Redraw** is the time from a change (dominated marks on and off, another axis, another selection) to the second frame after it, in a real Chromium on
 * a page that follows a sweep of 10,000 candidates on 1,000 devices, which a real coordinator serves: the first frame after the change has been drawn by
 * then. One frame of waiting, about 16 ms, is in it.
 */
export const bench: Bench = {
  about: 'what a browser loads before a page is there, and how fast the page of a large sweep is drawn again',
  rows: [
    { name: LOAD, measure: () => Promise.resolve(firstLoad(built('apps/dashboard/out'))) },
    { name: PHONE, measure: () => Promise.resolve(firstLoad(built('apps/phone-agent/dist'))) },
    { name: REDRAW, long: true, measure: measureRedraw },
  ],
  checks: (rows) => [
    atMost(rows, { name: 'dashboard, first load without charts', row: LOAD, field: 'gzip_kb', unit: 'kB gzip' }, 250),
    atMost(rows, { name: "phone agent's first load before its runtime", row: PHONE, field: 'gzip_kb', unit: 'kB gzip' }, 150),
    atMost(rows, { name: 'sweep page drawn again', row: REDRAW, field: 'redraw_ms', unit: 'ms' }, 100),
  ],
};

function built(folder: string): string {
  const path = fileURLToPath(new URL(`../../../${folder}`, import.meta.url));
  if (!existsSync(join(path, 'index.html')))
    throw new FleetError('not-found', `Cannot weigh ${folder}: it is not built`, { next: 'npm run build' });
  return path;
}

const PAGES = ['index', 'sweep', 'new-sweep', 'compare', 'portfolio', 'candidate', 'fleet', 'models', 'datasets'];

/** The largest page of a folder of static files. */
function firstLoad(folder: string): Record<string, Field> {
  const weights = PAGES.map((name) => join(folder, `${name}.html`))
    .filter((file) => existsSync(file))
    .map((file) => weigh(folder, file));
  const heaviest = weights.reduce((most, each) => (each.bytes > most.bytes ? each : most));
  return { page: heaviest.page, gzip_kb: heaviest.bytes / 1_000, scripts: heaviest.scripts, pages: weights.length };
}

function weigh(folder: string, page: string) {
  const html = readFileSync(page, 'utf8');
  const named = [...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path = '']) => path);
  // Old browsers alone load what says nomodule.
  const old = new Set([...html.matchAll(/<script[^>]*src="([^"]+)"[^>]*nomodule/gi)].map(([, path = '']) => path));
  const files = [...new Set(named)].filter((path) => !old.has(path) && existsSync(join(folder, path)));
  const bytes = files.reduce((sum, path) => sum + gzipSync(readFileSync(join(folder, path))).length, gzipSync(html).length);
  return { page: page.split('/').at(-1) ?? page, bytes, scripts: files.length };
}

async function measureRedraw({ signal, say }: RowContext): Promise<Record<string, Field>> {
  const fleet = await startSeededFleet([THOUSANDS], say);
  const browser = await openPhones();
  try {
    signal.throwIfAborted();
    const [id = ''] = fleet.seeded;
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    page.setDefaultTimeout(120_000);
    const overviewBytes = await sizeOf(`${fleet.operator}/trpc/sweeps.overview?input=${encodeURIComponent(JSON.stringify({ id }))}`);
    const began = performance.now();
    await page.goto(`${fleet.operator}/sweep?id=${id}`);
    await page.locator('figure canvas').waitFor();
    await page.locator('table tbody tr').first().waitFor();
    const there = performance.now() - began;
    await page.waitForTimeout(2_000);
    const dominated = await redraws(page, 'button:has-text("Dominated")', 12);
    const axis = await redraws(page, 'button:has-text("× original")', 2);
    const rows = await redraws(page, 'table tbody tr:nth-child(3)', 8);
    return {
      overview_kb: overviewBytes / 1_000,
      there_ms: there,
      redraw_ms: median([...dominated, ...axis, ...rows]),
      slowest_redraw_ms: Math.max(...dominated, ...axis, ...rows),
      redraws_ms: [...dominated, ...axis, ...rows],
      drawn_rows: await page.locator('table tbody tr').count(),
    };
  } finally {
    await browser.close();
    await fleet.close();
  }
}

async function sizeOf(url: string): Promise<number> {
  return (await (await fetch(url)).arrayBuffer()).byteLength;
}

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof openPhones>>['newPage']>>;

/** Clicks an element again and again, and times each until the second frame after it. */
async function redraws(page: Page, selector: string, times: number): Promise<readonly number[]> {
  const mark = 'data-redrawn';
  await page
    .locator(selector)
    .first()
    .evaluate((element, name) => element.setAttribute(name, ''), mark);
  // As text: this package knows no types of browsers.
  const found = await page.evaluate(`(async () => {
    const element = document.querySelector('[${mark}]');
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const found = [];
    for (let time = 0; time < ${times}; time++) {
      const start = performance.now();
      element.click();
      await frame();
      await frame();
      found.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    element.removeAttribute('${mark}');
    return found;
  })()`);
  return Array.isArray(found) ? found.map(Number) : [];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
