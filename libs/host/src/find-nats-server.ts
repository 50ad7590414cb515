import { join } from 'node:path';
import { FleetError, type Log } from '@fleetfit/core';
import { debianTree, fetchDebianPackage, isDebianLike } from './debian-package.ts';
import { findOnPath, isExecutable } from './find-on-path.ts';
import type { Environment } from './folders.ts';
import { runCommand } from './run-command.ts';

/** Where a program came from, best first: what the user says, what is here, what we keep, what we fetch. */
export type Rung = 'setting' | 'machine' | 'npm' | 'cache' | 'fetched';

export interface FoundNatsServer {
  readonly path: string;
  /** `2.9.10` */
  readonly version: string;
  readonly rung: Rung;
}

export interface FindOptions {
  readonly signal: AbortSignal;
  readonly log: Log;
  /** One sentence for people before each slow step. */
  readonly say: (sentence: string) => void;
  readonly env?: Environment;
}

// Not on an ordinary user's PATH: Debian's package and Homebrew put it there.
const USUAL_FOLDERS = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'];

/**
 * A nats-server that runs here: `NATS_SERVER_BIN`, then PATH and the usual folders, then our cache, then (on Debian and its kin) the
 * distribution's package, fetched without root into our cache. Never asks for root. Throws `unavailable` with the command to type,
 * or `invalid` when `NATS_SERVER_BIN` names something that does not run.
 */
export async function findNatsServer({ signal, log, say, env = process.env }: FindOptions): Promise<FoundNatsServer> {
  const setting = env['NATS_SERVER_BIN'];
  if (setting) return fromSetting(setting, signal);
  const cached = join(await debianTree('nats-server', env), 'usr/sbin/nats-server');
  const candidates: readonly (readonly [Rung, string | undefined])[] = [
    ['machine', findOnPath('nats-server', { env, folders: USUAL_FOLDERS })],
    ['cache', isExecutable(cached) ? cached : undefined],
  ];
  for (const [rung, path] of candidates) {
    const found = path ? await tryVersion(path, { rung, signal, log }) : undefined;
    if (found) return found;
  }
  return fetchIt({ signal, log, say, env });
}

async function fetchIt({ signal, log, say, env }: FindOptions): Promise<FoundNatsServer> {
  if (!isDebianLike(env)) throw noNatsServer('it is not on this machine');
  try {
    const tree = await fetchDebianPackage({ name: 'nats-server', withDependencies: false, signal, say, ...(env ? { env } : {}) });
    const path = join(tree, 'usr/sbin/nats-server');
    const found = { path, version: await versionOf(path, signal), rung: 'fetched' } as const;
    log.info('nats-server fetched', { path, version: found.version });
    return found;
  } catch (thrown) {
    if (thrown instanceof FleetError && thrown.code === 'cancelled') throw thrown;
    throw noNatsServer('it is not on this machine and could not be fetched', thrown);
  }
}

async function fromSetting(path: string, signal: AbortSignal): Promise<FoundNatsServer> {
  try {
    return { path, version: await versionOf(path, signal), rung: 'setting' };
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new FleetError('invalid', `Cannot use NATS_SERVER_BIN: "${path}" does not run as a nats-server`, {
      cause,
      next: 'set NATS_SERVER_BIN to the file of a nats-server, or unset it',
    });
  }
}

async function tryVersion(
  path: string,
  { rung, signal, log }: { rung: Rung; signal: AbortSignal; log: Log },
): Promise<FoundNatsServer | undefined> {
  try {
    return { path, version: await versionOf(path, signal), rung };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    log.warn('a nats-server is here but does not run', { path, why: thrown instanceof Error ? thrown.message : String(thrown) });
    return undefined;
  }
}

async function versionOf(path: string, signal: AbortSignal): Promise<string> {
  const said = await runCommand({ command: path, args: ['--version'], signal });
  const version = /nats-server: v?(\d+\.\d+\.\d+)/.exec(said)?.[1];
  if (!version) throw new FleetError('invalid', `Cannot use ${path}: it says "${said.trim().slice(0, 80)}", not a version of nats-server`);
  return version;
}

function noNatsServer(what: string, cause?: unknown): FleetError {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  const install = process.platform === 'darwin' ? 'brew install nats-server' : 'apt install nats-server';
  return new FleetError('unavailable', `Cannot find nats-server: ${what}${why}`, {
    ...(cause === undefined ? {} : { cause }),
    next: `${install}, or set NATS_SERVER_BIN to its file, or NATS_URL to a server that runs`,
  });
}
