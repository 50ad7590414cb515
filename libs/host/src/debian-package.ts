import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExclusiveLock } from './exclusive-lock.ts';
import { findOnPath } from './find-on-path.ts';
import { cacheFolder, type Environment } from './folders.ts';
import { runCommand } from './run-command.ts';

export interface DebianFetch {
  /** The package, `nats-server`. */
  readonly name: string;
  /** Also fetch the dependencies that this machine lacks. */
  readonly withDependencies: boolean;
  readonly signal: AbortSignal;
  /** For people: which rung, which version, how large, before the download. */
  readonly say: (sentence: string) => void;
  readonly env?: Environment;
}

/** Whether packages can be had from apt on this machine. */
export const isDebianLike = (env?: Environment): boolean =>
  ['apt-get', 'dpkg'].every((tool) => findOnPath(tool, env ? { env } : {}) !== undefined);

/** Where the unpacked tree of a package is, or would be. A tree fits this machine only, since apt leaves out what the machine has. */
export async function debianTree(name: string, env?: Environment): Promise<string> {
  return join(await cacheFor(env), name);
}

/**
 * Fetches a Debian package without root and unpacks it into our cache; returns the folder of the unpacked tree (`<tree>/usr/sbin/...`).
 * apt checks the signatures with the machine's own keys, works in a state folder of ours, and runs none of the package's scripts.
 * One process fetches at a time, and a tree appears complete or not at all. Throws `unavailable` when apt cannot give it.
 */
export async function fetchDebianPackage({ name, withDependencies, signal, say, env }: DebianFetch): Promise<string> {
  const cache = await cacheFor(env);
  const tree = join(cache, name);
  const lock = await ExclusiveLock.wait(
    { path: join(cache, 'lock'), what: `the package cache ${cache}` },
    { signal, onWait: () => say(`Waiting for another process that fetches a package into ${cache}`) },
  );
  const scratch = join(cache, `.${name}-${randomUUID()}`);
  try {
    if (existsSync(tree)) return tree; // the one we waited for brought it
    await mkdir(join(scratch, 'tree'), { recursive: true });
    await download({ name, withDependencies, signal, say, scratch, cache });
    await unpack(scratch, signal);
    await rename(join(scratch, 'tree'), tree);
    return tree;
  } finally {
    await rm(scratch, { recursive: true, force: true });
    lock.release();
  }
}

interface Download extends DebianFetch {
  readonly scratch: string;
  readonly cache: string;
}

async function download({ name, withDependencies, signal, say, scratch, cache }: Download): Promise<void> {
  await mkdir(join(scratch, 'state'));
  await mkdir(join(scratch, 'cache'));
  const apt = (...args: string[]): Promise<string> =>
    runCommand({ command: 'apt-get', args: [...aptOptions(scratch), ...args], cwd: scratch, signal });
  say(`Fetching Debian's package lists (10 to 20 MB, no root needed) to find ${name}`);
  await apt('update');
  const install = ['install', '-y', '--no-install-recommends', '--download-only'];
  const uris = await apt('download', '--print-uris', name);
  const rest = withDependencies ? await apt(...install, '--print-uris', name) : '';
  say(`Fetching ${describe(`${uris}\n${rest}`)} from Debian into ${cache}`);
  await apt('download', name);
  if (withDependencies) await apt(...install, name);
}

async function unpack(scratch: string, signal: AbortSignal): Promise<void> {
  const archives = join(scratch, 'cache', 'archives');
  const folders = [scratch, ...(existsSync(archives) ? [archives] : [])];
  for (const folder of folders)
    for (const file of (await readdir(folder)).filter((one) => one.endsWith('.deb')))
      await runCommand({ command: 'dpkg', args: ['-x', join(folder, file), join(scratch, 'tree')], signal });
}

// Everything of apt's in a folder of ours. Gzipped indexes and no binary cache save 80 MB; only `install` takes the machine's lock,
// which needs root; without the sandbox user apt complains to root that `_apt` cannot write to our folder.
const aptOptions = (scratch: string): string[] => [
  '-q',
  ...[
    `Dir::State=${scratch}/state`,
    'Dir::State::status=/var/lib/dpkg/status',
    `Dir::Cache=${scratch}/cache`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'Debug::NoLocking=1',
    'Acquire::GzipIndexes=true',
    'Acquire::Languages=none',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]),
];

// Lines of --print-uris: 'URI' name_version_arch.deb bytes hash
function describe(uris: string): string {
  const files = new Map([...uris.matchAll(/^'[^']+' (\S+\.deb) (\d+)/gm)].map(([, file = '', size = '0']) => [file, Number(size)]));
  const [first = 'the package'] = files.keys();
  const [name, version] = first.split('_');
  const total = [...files.values()].reduce((sum, size) => sum + size, 0);
  const others = files.size > 1 ? ` and ${files.size - 1} packages it needs` : '';
  return `${name} ${decodeURIComponent(version ?? '')}${others} (${(total / 1e6).toFixed(1)} MB)`;
}

async function cacheFor(env?: Environment): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string): string => new RegExp(`^${name}="?([A-Za-z0-9._-]+)`, 'm').exec(release)?.[1] ?? 'unknown';
  const version = field('VERSION_ID') === 'unknown' ? field('VERSION_CODENAME') : field('VERSION_ID');
  return join(cacheFolder(env), 'debian', `${field('ID')}-${version}-${process.arch}`);
}
