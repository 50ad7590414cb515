import { asked } from '@fleetfit/cli';
import { silent } from '@fleetfit/core';
import { findChromium } from '@fleetfit/host/testing';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { type TestFleet, until } from './test-fleet.ts';

/** Longest wait for anything to appear: a busy machine has to measure first. */
export const PATIENCE = 120_000;

/** A Chromium in which every context is a phone of its own: another profile, another key. */
export async function openPhones(): Promise<Browser> {
  const { sandbox, executablePath, args, env } = await findChromium({ signal: AbortSignal.timeout(240_000), log: silent, say: () => {} });
  return chromium.launch({ executablePath, args: [...args], env: { ...env }, chromiumSandbox: sandbox, headless: true });
}

/** A phone agent on a page. */
export interface Phone {
  readonly name: string;
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page complained of: exceptions and errors on its console. */
  readonly complaints: readonly string[];
}

export interface PhoneOptions {
  readonly name: string;
  /** `threads=2&isolated=0`: what the address chooses. */
  readonly query?: string;
  readonly autoApprove?: boolean;
}

/** Opens the link that the QR code of an invitation holds, as the camera of a phone does. */
export async function joinByLink(
  fleet: TestFleet,
  browser: Browser,
  { name, query = '', autoApprove = true }: PhoneOptions,
): Promise<Phone> {
  const { phoneLink } = await asked(fleet.api.devices.invite.mutate({ uses: 1, minutes: 5, autoApprove }));
  const phone = await openPhone(browser, name);
  const link = new URL(phoneLink);
  link.search = `name=${encodeURIComponent(name)}&${query}`;
  await phone.page.goto(link.href);
  return phone;
}

export async function openPhone(browser: Browser, name: string): Promise<Phone> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return { name, context, page, complaints };
}

/** Waits until the phone is let in and shows that it is. */
export async function isInside({ page }: Phone): Promise<void> {
  await page.getByRole('region', { name: 'What this phone does now' }).waitFor();
}

/** The device that the coordinator knows by this name. */
export async function deviceNamed(fleet: TestFleet, name: string) {
  let found: Awaited<ReturnType<typeof list>>[number] | undefined;
  const list = () => asked(fleet.api.devices.list.query());
  await until(`the device ${name}`, async () => {
    found = (await list()).find((each) => each.name === name);
    return found !== undefined;
  });
  if (!found) throw new Error(`no device is called ${name}`);
  return found;
}
