import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';

export interface JourneyOptions {
  readonly browser: Browser;
  /** Of a coordinator that knows nothing yet. */
  readonly operator: string;
  /** What a newcomer has: a model and its images, as a zip or single files. */
  readonly files: readonly string[];
  /** Candidates to try; undefined: as many as the page suggests. */
  readonly candidates?: number | undefined;
  /** Short blocks, for tests. */
  readonly quick: boolean;
  readonly folder: string;
  readonly patienceMs: number;
  readonly say: (line: string) => void;
}

export interface Journey {
  /** Clicks and taps, those on the phone too; typing into a field counts as one. */
  readonly clicks: number;
  readonly ms: number;
  /** The file that was downloaded. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly sweep: string;
  readonly page: Page;
}

/**
 * The path of a newcomer, from an empty start and by the pages alone: a phone by its link, this computer as a camera, a model and images, a sweep,
 * its winner as a file. Every click is counted.
 */
export async function playJourney(options: JourneyOptions): Promise<Journey> {
  const { browser, operator, say, patienceMs } = options;
  const began = Date.now();
  const hand = new Hand(say);
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const link = phoneLinkOf(page);
  await page.goto(operator);
  await page.getByRole('heading', { level: 1, name: 'Find the version of your model that fits each device' }).waitFor();
  const phone = await joinPhone(browser, { link: await link, patienceMs });
  await letIn(page, hand);
  await bringFiles(page, hand, options);
  const sweep = await startSweep(page, hand, options);
  await page.waitForFunction(() => /done in /.test(document.querySelector('main header')?.textContent ?? ''), undefined, { polling: 500 });
  say(`The sweep is done after ${seconds(began)}.`);
  const { file, bytes } = await takeWinner(page, hand, options);
  await phone.close();
  return { clicks: hand.clicks, ms: Date.now() - began, file, bytes, sweep, page };
}

/** Counts what a hand does. */
class Hand {
  clicks = 0;
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  async click(what: Locator, words: string): Promise<void> {
    await what.click();
    this.did(words);
  }

  did(words: string): void {
    this.clicks++;
    this.#say(`${String(this.clicks).padStart(2)}  ${words}`);
  }
}

/** What the QR code on the page holds: a phone's camera reads it off the screen, this reads it off the wire. */
async function phoneLinkOf(page: Page): Promise<string> {
  const response = await page.waitForResponse((one) => one.url().includes('devices.invite') && one.status() === 200);
  const [, link] = /"phoneLink":"([^"]+)"/.exec(await response.text()) ?? [];
  if (link === undefined) throw new Error('the page has no link for a phone');
  return link;
}

async function joinPhone(
  browser: Browser,
  { link, patienceMs }: { readonly link: string; readonly patienceMs: number },
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    ignoreHTTPSErrors: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const url = new URL(link);
  url.searchParams.set('name', 'phone of a newcomer');
  await page.goto(url.href);
  return context;
}

/** The phone waits to be let in; then this computer becomes a camera. */
async function letIn(page: Page, hand: Hand): Promise<void> {
  await hand.click(page.getByRole('link', { name: /A device waits/ }), 'see who waits');
  await hand.click(page.getByRole('button', { name: /let it in/i }).first(), 'the words are the same: let the phone in');
  await hand.click(page.getByRole('button', { name: 'Use this computer' }).first(), 'use this computer as a camera');
  await hand.click(page.getByRole('link', { name: /^Sweeps/ }), 'back to the first steps');
  await page.getByText('2 devices are in.').waitFor();
}

async function bringFiles(page: Page, hand: Hand, { files }: JourneyOptions): Promise<void> {
  const chosen = await Promise.all(
    files.map(async (file) => ({ name: basename(file), mimeType: 'application/octet-stream', buffer: await readFile(file) })),
  );
  await page.getByLabel('Files to add').first().setInputFiles(chosen);
  hand.did('drop a model and a zip of images');
  await hand.click(page.getByRole('link', { name: 'Start a sweep' }), 'start a sweep, once both are there');
}

async function startSweep(page: Page, hand: Hand, { candidates, quick }: JourneyOptions): Promise<string> {
  const start = page.getByRole('button', { name: 'Start sweep' });
  await start.waitFor();
  if (candidates !== undefined) {
    await hand.click(page.getByRole('button', { name: 'Expert' }), 'open the expert drawer');
    await page.getByLabel('Candidates at most').fill(String(candidates));
    hand.did(`say how many candidates: ${candidates}`);
  }
  if (quick) {
    // Only a test is in such a hurry: these are no clicks of a newcomer.
    await page.getByLabel('Blocks a candidate').fill('2');
    await page.getByLabel('A block lasts, ms').fill('20');
  }
  await hand.click(start, 'start it');
  await page.waitForURL(/\/sweep\?id=/);
  return new URL(page.url()).searchParams.get('id') ?? '';
}

async function takeWinner(
  page: Page,
  hand: Hand,
  { folder }: JourneyOptions,
): Promise<{ readonly file: string; readonly bytes: Uint8Array }> {
  await hand.click(page.getByRole('button', { name: 'Export best' }), 'export the best');
  const link = page
    .getByRole('dialog')
    .getByRole('link', { name: /\.onnx$/ })
    .first();
  await link.waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), hand.click(link, 'download the winner')]);
  const file = join(folder, download.suggestedFilename());
  await download.saveAs(file);
  return { file, bytes: await readFile(file) };
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1_000).toFixed(0)} s`;
}
