import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FleetError, type Log } from '@fleetfit/core';
import { debianTree, fetchDebianPackage, isDebianLike } from '../debian-package.ts';
import type { FindOptions, Rung } from '../find-nats-server.ts';
import { findOnPath, isExecutable } from '../find-on-path.ts';
import { writeFontConfig } from './font-config.ts';
import { chromiumFromNpm } from './npm-chromium.ts';

/** How to launch a Chromium: spread it into playwright's `launch`, with `chromiumSandbox: sandbox` and `headless: true`. */
export interface FoundChromium {
  readonly executablePath: string;
  readonly args: readonly string[];
  /** The whole environment of the browser. */
  readonly env: Readonly<Record<string, string>>;
  /** False where Chromium's sandbox cannot work: for root, and where the kernel bars ordinary users from making namespaces. */
  readonly sandbox: boolean;
  readonly rung: Rung;
}

/** A folder with a browser in it, and what its process needs to find. */
export interface UnpackedChromium {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

// Nothing here may change what a page can do: measuring needs cross-origin isolation as it is for everybody.
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const NAMES = ['chromium', 'chromium-headless-shell', 'google-chrome', 'google-chrome-stable', 'chromium-browser'];
const MAC = ['Google Chrome', 'Chromium'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);

/**
 * A Chromium that runs here: `CHROMIUM_BIN`, then PATH, then the npm package `@sparticuz/chromium` unpacked into our cache (Linux, x64), then
 * Debian's `chromium-headless-shell` fetched without root into our cache. For tests of our own pages: some of these are old.
 * Throws `unavailable` with what to type, or `invalid` when `CHROMIUM_BIN` names no program.
 */
export async function findChromium(options: FindOptions): Promise<FoundChromium> {
  const { env = process.env } = options;
  const setting = env['CHROMIUM_BIN'];
  if (setting) {
    if (isExecutable(setting)) return launching({ executablePath: setting, env: {} }, 'setting', env);
    throw new FleetError('invalid', `Cannot use CHROMIUM_BIN: "${setting}" is not a program`, {
      next: 'set it to the file of a Chromium, or unset it',
    });
  }
  const here = [...NAMES.map((name) => findOnPath(name, { env })), ...MAC.filter(isExecutable)].find(Boolean);
  if (here) return launching({ executablePath: here, env: {} }, 'machine', env);
  const kept = fromTree(await debianTree('chromium-headless-shell', env));
  if (kept) return launching(kept, 'cache', env);
  const packed = await trying('npm', options.log, () => chromiumFromNpm({ ...options, env }));
  if (packed) return launching(packed, 'npm', env);
  const fetched = await trying('Debian', options.log, () => fetchIt({ ...options, env }));
  if (fetched) return launching(fetched, 'fetched', env);
  throw new FleetError('unavailable', 'Cannot find a Chromium: none is on this machine, and none could be fetched', {
    next: 'apt install chromium-headless-shell, or set CHROMIUM_BIN to its file',
  });
}

function launching({ executablePath, env }: UnpackedChromium, rung: Rung, outer: FindOptions['env'] = {}): FoundChromium {
  const inherited = Object.entries(outer).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { executablePath, args: QUIET, env: { ...Object.fromEntries(inherited), ...env }, sandbox: sandboxWorks(), rung };
}

function sandboxWorks(): boolean {
  const barred = [
    ['/proc/sys/kernel/unprivileged_userns_clone', '0'], // Debian's switch
    ['/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1'], // Ubuntu 24.04
    ['/proc/sys/user/max_user_namespaces', '0'],
  ].some(([file = '', value]) => existsSync(file) && readFileSync(file, 'utf8').trim() === value);
  return process.getuid?.() !== 0 && !barred;
}

async function fetchIt(options: FindOptions): Promise<UnpackedChromium | undefined> {
  if (!isDebianLike(options.env)) return undefined;
  const { signal, say, env } = options;
  const tree = await fetchDebianPackage({ name: 'chromium-headless-shell', withDependencies: true, signal, say, ...(env ? { env } : {}) });
  return fromTree(tree);
}

// The wrapper script in usr/bin looks for the machine's own files, so the program itself is run.
function fromTree(tree: string): UnpackedChromium | undefined {
  const executablePath = join(tree, 'usr/lib/chromium/chromium-headless-shell');
  if (!existsSync(executablePath)) return undefined;
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const libraries = [`usr/lib/${triplet}`, `usr/lib/${triplet}/pulseaudio`, `lib/${triplet}`].map((folder) => join(tree, folder));
  const fonts = writeFontConfig(tree, { folders: [join(tree, 'usr/share/fonts'), '/usr/share/fonts'], family: 'DejaVu Sans' });
  return { executablePath, env: { LD_LIBRARY_PATH: libraries.join(':'), FONTCONFIG_FILE: fonts } };
}

async function trying<Found>(rung: string, log: Log, run: () => Promise<Found | undefined>): Promise<Found | undefined> {
  try {
    return await run();
  } catch (thrown) {
    if (thrown instanceof FleetError && thrown.code === 'cancelled') throw thrown;
    log.warn('this way to a Chromium failed', { rung, why: thrown instanceof Error ? thrown.message : String(thrown) });
    return undefined;
  }
}
