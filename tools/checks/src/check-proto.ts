import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

// The wire, checked three ways: it is well written, what was generated from it is what is committed, and no published field changed.
// `proto/published.binpb` is the wire as it was published last; `npm run publish:proto` moves it on after a compatible change.
const root = resolve(import.meta.dirname, '../../..');
const buf = join(root, 'node_modules/.bin/buf');
const run = (...args: string[]): void => void execFileSync(buf, args, { cwd: root, stdio: 'inherit' });

run('lint');
run('breaking', '--against', 'proto/published.binpb');
compareGenerated();

function compareGenerated(): void {
  const aside = mkdtempSync(join(tmpdir(), 'fleetfit-proto-'));
  try {
    for (const each of ['proto', 'buf.yaml', 'buf.gen.yaml']) cpSync(join(root, each), join(aside, each), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(aside, 'node_modules'));
    execFileSync(buf, ['generate', 'proto'], { cwd: aside, stdio: 'inherit' });
    const [made, kept] = [join(aside, 'libs/protocol/src/generated'), join(root, 'libs/protocol/src/generated')];
    const [madeFiles, keptFiles] = [filesIn(made), filesIn(kept)];
    const differing = [...new Set([...madeFiles, ...keptFiles])].filter(
      (file) =>
        !madeFiles.includes(file) || !keptFiles.includes(file) || !readFileSync(join(made, file)).equals(readFileSync(join(kept, file))),
    );
    if (differing.length > 0 || madeFiles.length === 0) {
      console.error(
        `The generated code is not what proto/ says: ${differing.join(', ') || 'nothing was generated'}\nRun: npm run generate`,
      );
      process.exitCode = 1;
    }
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}
