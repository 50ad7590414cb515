import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** What the browser complains of, as it comes: errors on its console, exceptions, answers that are none. */
export function listenForComplaints(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  return complaints;
}

/** Keeps what a page looked like when its test failed, and says where. */
export async function keepPicture(page: Page): Promise<void> {
  const path = join(await mkdtemp(join(tmpdir(), 'fleetfit-picture-')), 'page.png');
  await page.screenshot({ path, fullPage: true });
  console.error(`The page as it was: ${path}`);
}
