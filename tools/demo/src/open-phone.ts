import { silent } from '@fleetfit/core';
import { findChromium } from '@fleetfit/host/testing';
import { chromium } from 'playwright-core';

export interface DemoPhone {
  close(): Promise<void>;
}

export interface PhoneWish {
  /** What the QR code of an invitation holds. */
  readonly link: string;
  readonly name: string;
  readonly say: (sentence: string) => void;
  readonly signal: AbortSignal;
}

/** Longest that the browser may take to start and the phone to be let in. */
const PATIENCE_MS = 60_000;

/** Opens the phone agent in a Chromium of this computer, by the link that a phone would scan, and waits until it is let in. */
export async function openPhone({ link, name, say, signal }: PhoneWish): Promise<DemoPhone> {
  const { sandbox, executablePath, args, env } = await findChromium({ signal, log: silent, say });
  const browser = await chromium.launch({ executablePath, args: [...args], env: { ...env }, chromiumSandbox: sandbox, headless: true });
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    page.setDefaultTimeout(PATIENCE_MS);
    const address = new URL(link);
    address.searchParams.set('name', name);
    await page.goto(address.href);
    await page.getByRole('region', { name: 'What this phone does now' }).waitFor();
    return { close: () => browser.close() };
  } catch (thrown) {
    await browser.close();
    throw thrown;
  }
}
