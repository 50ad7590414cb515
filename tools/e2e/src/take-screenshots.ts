import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { silent } from '@fleetfit/core';
import { findChromium } from '@fleetfit/host/testing';
import { type Browser, chromium } from 'playwright-core';
import { SHELF_CAMERAS, startSeededFleet } from './seed/seeded-fleet.ts';

// `npm run screenshots [-- --only sweep --out DIR]`: every page, light and dark, at the width of a desk and of a phone, from a real coordinator
// over books in which one small sweep was run and two were seeded.

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'out/screenshots' },
    only: { type: 'string', multiple: true, default: [] },
    /** A coordinator that runs already, with the sweeps s1 (run), s2 (in mid-air) and s3 (done). */
    at: { type: 'string' },
    theme: { type: 'string' },
    width: { type: 'string' },
  },
});

interface Shot {
  readonly name: string;
  readonly path: string;
  /** What must be there before the picture is taken. */
  readonly waitFor: string;
}

function shotsOf(ran: string, live: string, done: string): readonly Shot[] {
  return [
    { name: 'sweep', path: `/sweep?id=${live}&c=c034`, waitFor: 'figure canvas' },
    { name: 'sweep-run', path: `/sweep?id=${ran}`, waitFor: 'figure canvas' },
    { name: 'sweep-done', path: `/sweep?id=${done}`, waitFor: 'figure canvas' },
    { name: 'compare', path: `/compare?id=${done}&c=c004,c006`, waitFor: 'h1' },
    { name: 'portfolio', path: `/portfolio?id=${done}`, waitFor: 'h1' },
    { name: 'new-sweep', path: '/new-sweep', waitFor: 'h1' },
    { name: 'sweeps', path: '/', waitFor: 'h1' },
    { name: 'fleet', path: '/fleet', waitFor: 'h1' },
    { name: 'models', path: '/models', waitFor: 'h1' },
    { name: 'datasets', path: '/datasets', waitFor: 'h1' },
    { name: 'candidate', path: `/candidate?sweep=${ran}&id=c001`, waitFor: 'h1' },
  ];
}

const WIDTHS = { desktop: { width: 1440, height: 1000 }, phone: { width: 390, height: 844 } } as const;

const fleet =
  values.at === undefined
    ? await startSeededFleet([SHELF_CAMERAS, { ...SHELF_CAMERAS, name: 'mobilenetv2, done', over: 60, finish: true }], say)
    : undefined;
const found = await findChromium({ signal: AbortSignal.timeout(240_000), log: silent, say });
const { executablePath, args, env, sandbox } = found;
const browser = await chromium.launch({ executablePath, args: [...args], env: { ...env }, chromiumSandbox: sandbox, headless: true });
try {
  await mkdir(values.out, { recursive: true });
  const operator = fleet?.operator ?? values.at ?? '';
  const [live = 's2', done = 's3'] = fleet?.seeded ?? [];
  const shots = shotsOf(fleet?.ran ?? 's1', live, done).filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  for (const theme of ['light', 'dark'] as const) {
    if (values.theme !== undefined && values.theme !== theme) continue;
    for (const width of ['desktop', 'phone'] as const)
      if (values.width === undefined || values.width === width) await take(browser, { shots, theme, width, operator });
  }
} finally {
  await browser.close();
  await fleet?.close();
}

interface Taking {
  readonly shots: readonly Shot[];
  readonly theme: 'light' | 'dark';
  readonly width: keyof typeof WIDTHS;
  readonly operator: string;
}

async function take(on: Browser, { shots, theme, width, operator }: Taking): Promise<void> {
  const phone = width === 'phone';
  const context = await on.newContext({
    viewport: WIDTHS[width],
    colorScheme: theme,
    hasTouch: phone,
    isMobile: phone,
    deviceScaleFactor: phone ? 2 : 1,
  });
  for (const { name, path, waitFor } of shots) {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(operator + path);
    await page
      .locator(waitFor)
      .first()
      .waitFor({ timeout: 30_000 })
      .catch(() => complaints.push(`"${waitFor}" did not come`));
    // Fonts, charts and the windows of tables come after the first paint.
    await page.waitForTimeout(1_500);
    const file = join(values.out, `${name}-${theme}-${width}.png`);
    // What is virtual is there only where it is in view: the window is made as high as the page.
    await page.setViewportSize({
      ...WIDTHS[width],
      height: Math.min(6_000, await page.evaluate(() => document.documentElement.scrollHeight)),
    });
    await page.waitForTimeout(700);
    await page.screenshot({ path: file });
    say(`${file}${complaints.length > 0 ? `  ${complaints.join('; ')}` : ''}`);
    await page.close();
  }
  await context.close();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
