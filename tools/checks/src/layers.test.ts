import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

// The guards must be able to fail: each fault is planted in a file of its own, and the lint has to find it by name.
const root = resolve(import.meta.dirname, '../../..');
const planted: string[] = [];

afterEach(() => {
  for (const file of planted.splice(0)) rmSync(file, { force: true });
});

/** Rules that the lint finds broken in a file with this content. */
function lint(path: string, source: string, others: Readonly<Record<string, string>> = {}): string[] {
  for (const [each, text] of Object.entries({ ...others, [path]: source })) {
    const file = join(root, each);
    writeFileSync(file, text, { flag: 'wx' });
    planted.push(file);
  }
  return findings(path);
}

function findings(path: string): string[] {
  const args = ['-c', 'oxlint.config.mjs', '--type-aware', '--format', 'json', path];
  const output = capture(join(root, 'node_modules/.bin/oxlint'), args);
  const { diagnostics } = JSON.parse(output) as { diagnostics: { code: string; message: string; help?: string }[] };
  return diagnostics.map(({ code, message, help }) => `${code} ${message} ${help ?? ''}`);
}

function capture(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (failed) {
    // Findings make it exit with 1; what it found is still on its output.
    return (failed as { stdout: string }).stdout;
  }
}

const use = (name: string) => `import * as planted from '${name}';\nexport const used: unknown = planted;\n`;

describe('the lint', { timeout: 60_000 }, () => {
  it('finds nothing in a file that keeps the rules', () => {
    expect(lint('libs/stats/src/planted-clean.ts', use('@fleetfit/core'))).toEqual([]);
  });

  it.each([
    ['an import from a higher layer', 'libs/onnx/src/planted-up.ts', use('@fleetfit/sweep'), 'must not import @fleetfit/sweep'],
    ['an import of a neighbour', 'libs/onnx/src/planted-neighbour.ts', use('@fleetfit/vision'), 'must not import @fleetfit/vision'],
    ['a path into another package', 'libs/onnx/src/planted-path.ts', use('../../core/src/ids.ts'), 'by its name'],
    ['node in the pure core', 'libs/sweep/src/planted-node.ts', use('node:fs'), 'no I/O'],
    ['an adapter in the pure core', 'libs/agent/src/planted-adapter.ts', use('onnxruntime-node'), 'no adapter'],
    ['node in a package for browsers', 'libs/messaging/src/planted-browser.ts', use('node:net'), 'browsers'],
    ['a package for node in one for browsers', 'libs/api/src/planted-runs.ts', use('@fleetfit/store'), 'must not import @fleetfit/store'],
    ['a value of the API in the dashboard', 'apps/dashboard/src/planted-api.ts', use('@fleetfit/api'), 'types only'],
    ['the clock in the pure core', 'libs/fleet/src/planted-clock.ts', 'export const now = (): number => Date.now();\n', 'Take a Clock'],
    ['chance in the pure core', 'libs/search/src/planted-chance.ts', 'export const dice = (): number => Math.random();\n', 'Take an Rng'],
    [
      'a promise that nobody waits for',
      'libs/core/src/planted-promise.ts',
      'async function work(): Promise<void> {}\nexport function start(): void {\n  work();\n}\n',
      'no-floating-promises',
    ],
    ['any', 'libs/core/src/planted-any.ts', 'export const loose = (value: any): unknown => value;\n', 'no-explicit-any'],
  ])('finds %s', (_, path, source, said) => {
    expect(lint(path, source).join('\n')).toContain(said);
  });

  it('finds a cycle between two files', () => {
    const other = "import { one } from './planted-cycle-one.ts';\nexport const two = (): unknown => one;\n";
    const found = lint(
      'libs/core/src/planted-cycle-one.ts',
      "import { two } from './planted-cycle-two.ts';\nexport const one = (): unknown => two;\n",
      { 'libs/core/src/planted-cycle-two.ts': other },
    );
    expect(found.join('\n')).toContain('no-cycle');
  });

  it('lets the dashboard have the types of the API', () => {
    expect(
      lint('apps/dashboard/src/planted-types.ts', "import type { AppRouter } from '@fleetfit/api';\nexport type Used = AppRouter;\n"),
    ).toEqual([]);
  });
});
