import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { type ChromiumPage, withChromiumPage } from './chromium-page.ts';
import type { RanTest } from './suite-in-browser.ts';

export interface ChromiumSuite extends Omit<ChromiumPage, 'main' | 'alias'> {
  /** Source of the tests. They import `vitest` as ever. */
  readonly suite: URL;
}

/**
 * Runs a file of tests in a real Chromium, with real workers on a page of its own, and shows each of its tests as a test of this file.
 * A test file of the library calls it at its top, beside other `describe`s.
 */
export function describeInChromium(name: string, options: ChromiumSuite): void {
  describe(name, async () => {
    for (const { name: each, why } of await runInChromium(options))
      it(each, () => {
        if (why !== '') throw new Error(why);
      });
  });
}

function runInChromium({ suite, ...options }: ChromiumSuite): Promise<readonly RanTest[]> {
  const shim = fileURLToPath(new URL('./suite-in-browser.ts', import.meta.url));
  const main = [
    `import { runSuite } from ${JSON.stringify(shim)};`,
    `globalThis.ran = runSuite(() => import(${JSON.stringify(fileURLToPath(suite))}));`,
  ];
  return withChromiumPage({ ...options, main: main.join('\n'), alias: { vitest: shim } }, async (page) => {
    await page.waitForFunction(() => 'ran' in globalThis);
    return page.evaluate(() => Reflect.get(globalThis, 'ran') as Promise<readonly RanTest[]>);
  });
}
