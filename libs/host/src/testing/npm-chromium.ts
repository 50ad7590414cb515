import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchDebianPackage, isDebianLike } from '../debian-package.ts';
import { ExclusiveLock } from '../exclusive-lock.ts';
import type { FindOptions } from '../find-nats-server.ts';
import { cacheFolder } from '../folders.ts';
import { runCommand } from '../run-command.ts';
import type { UnpackedChromium } from './find-chromium.ts';
import { writeFontConfig } from './font-config.ts';

const PACKAGE = '@sparticuz/chromium';

/**
 * The Chromium that the npm package @sparticuz/chromium carries, unpacked once into our cache; undefined where the package is not
 * installed or the machine is not Linux on x64.
 */
export async function chromiumFromNpm({ signal, say, env }: FindOptions): Promise<UnpackedChromium | undefined> {
  const entry = process.platform === 'linux' && process.arch === 'x64' ? resolved() : undefined;
  if (!entry) return undefined;
  const folder = join(cacheFolder(env), 'npm-chromium', versionOf(entry));
  if (!existsSync(folder)) {
    const lock = await ExclusiveLock.wait({ path: `${folder}.lock`, what: 'the browser cache' }, { signal });
    try {
      if (!existsSync(folder)) await unpack({ entry, folder, signal, say, ...(env ? { env } : {}) });
    } finally {
      lock.release();
    }
  }
  const fonts = writeFontConfig(folder, { folders: [join(folder, 'fonts/fonts'), '/usr/share/fonts'], family: 'Open Sans' });
  const libraries = [join(folder, 'al2023/lib'), ...(await sqlite({ signal, say, ...(env ? { env } : {}) }))];
  return { executablePath: join(folder, 'chromium'), env: { LD_LIBRARY_PATH: libraries.join(':'), FONTCONFIG_FILE: fonts } };
}

const SQLITE = 'libsqlite3.so.0';
const LIBRARY_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu', '/usr/lib64', '/lib64', '/usr/lib', '/usr/local/lib'];

/**
 * What the package leaves out: NSS, which Chromium starts with its first page over TLS, wants SQLite, and without it the browser ends. Where the machine
 * lacks it too it is fetched as Debian's package, without root; the folder it then lies in, if any.
 */
async function sqlite({ signal, say, env }: Pick<FindOptions, 'signal' | 'say' | 'env'>): Promise<string[]> {
  if (LIBRARY_FOLDERS.some((folder) => existsSync(join(folder, SQLITE))) || !isDebianLike(env)) return [];
  const tree = await fetchDebianPackage({ name: 'libsqlite3-0', withDependencies: false, signal, say, ...(env ? { env } : {}) });
  return ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu']
    .map((folder) => join(tree, folder))
    .filter((folder) => existsSync(join(folder, SQLITE)));
}

interface Unpacking extends Pick<FindOptions, 'signal' | 'say' | 'env'> {
  readonly entry: string;
  readonly folder: string;
}

// In a process of its own, as the package changes environment variables when it is imported. It unpacks to os.tmpdir(), and its
// libraries only where it takes itself to be on AWS Lambda.
async function unpack({ entry, folder, signal, say, env }: Unpacking): Promise<void> {
  say(`Unpacking the Chromium of the npm package ${PACKAGE} into ${folder} (200 MB)`);
  const aside = `${folder}.new`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  const script = `const { default: chromium } = await import(${JSON.stringify(pathToFileURL(entry).href)}); await chromium.executablePath();`;
  await runCommand({
    command: process.execPath,
    args: ['--input-type=module', '-e', script],
    env: { ...env, AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x', TMPDIR: aside },
    signal,
  });
  await rename(aside, folder);
}

function resolved(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(PACKAGE);
  } catch {
    return undefined;
  }
}

function versionOf(entry: string): string {
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    const { name, version } = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string }) : {};
    if (name === PACKAGE && version) return version;
  }
  return 'unknown';
}
