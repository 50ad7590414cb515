import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

// Every fenced `ts` example of a lib's README runs. A fence with more words after `ts` is left out.
const root = resolve(import.meta.dirname, '../../..');
const FENCE = /^```ts\n([\s\S]*?)^```/gm;

const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'libs/*/README.md'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n');
const examples = pages.flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(FENCE)].map(([, code = ''], number) => ({ page, number, code })),
);

/** Beside the sources of its lib, so that it may import what that lib may. */
const fileOf = ({ page, number }: { page: string; number: number }): string =>
  join(root, dirname(page), 'node_modules/.examples', `example-${number}.ts`);

describe('examples', { timeout: 60_000 }, () => {
  it.each(examples)('$page, example $number, runs', async (example) => {
    const file = fileOf(example);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, example.code);
    try {
      await import(/* @vite-ignore */ file);
    } finally {
      rmSync(dirname(file), { recursive: true, force: true });
    }
  });

  it('stand in the README of every lib', () => {
    const libs = execFileSync('git', ['ls-files', 'libs/*/package.json'], { cwd: root, encoding: 'utf8' }).trim().split('\n').map(dirname);
    const without = libs.filter((lib) => !pages.includes(`${lib}/README.md`));
    expect(without).toEqual([]);
    expect(examples.length).toBeGreaterThanOrEqual(10);
  });
});
