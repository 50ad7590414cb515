import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { Rung } from '../find-nats-server.ts';
import type { Environment } from '../folders.ts';
import { runCommand } from '../run-command.ts';
import { startChild } from '../start-child.ts';
import { type FoundPostgres, findPostgres } from './find-postgres.ts';

export interface RunningPostgres {
  /** Of a superuser, to its database `postgres`. Through a socket file, so that no port is taken. */
  readonly url: string;
  readonly version: string;
  readonly rung: Rung;
  /** Ends the server and removes its data. Leaves a server alone that was running before. */
  stop(): Promise<void>;
}

export interface PostgresStart {
  readonly signal: AbortSignal;
  readonly env?: Environment;
  /** Which programs to start, instead of those that findPostgres finds. */
  readonly found?: FoundPostgres;
}

/**
 * A PostgreSQL for tests, with a data folder of its own in the temporary folder: fast, and careless about power cuts.
 * `TEST_DATABASE_URL` names one that runs already: it is returned as it is. Takes one to three seconds; throws what findPostgres throws.
 */
export async function startPostgres({ signal, env = process.env, found }: PostgresStart): Promise<RunningPostgres> {
  const given = env['TEST_DATABASE_URL'];
  if (given && !found) return { url: given, version: 'unknown', rung: 'setting', stop: async () => {} };
  const programs = found ?? (await findPostgres({ signal, env }));
  const folder = mkdtempSync(join(tmpdir(), 'fleetfit-pg-'));
  try {
    return await startIn(folder, programs, signal);
  } catch (thrown) {
    rmSync(folder, { recursive: true, force: true });
    throw thrown;
  }
}

async function startIn(folder: string, found: FoundPostgres, signal: AbortSignal): Promise<RunningPostgres> {
  const bin = found.packed ? unpack(found.packed, join(folder, 'native')) : found.bin;
  const data = join(folder, 'data');
  const user = process.getuid?.() === 0 ? nobody() : undefined;
  mkdirSync(data, { mode: 0o700 });
  if (user) {
    // PostgreSQL refuses to run as root: another user must reach its files.
    chmodSync(folder, 0o755);
    chownSync(data, user.uid, user.gid);
  }
  const env = { PATH: process.env['PATH'], LANG: 'C' };
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
  await runCommand({ command: join(bin, 'initdb'), args: initdb, cwd: '/', env, signal, ...user });
  const child = await startChild({
    name: 'postgres',
    folder,
    command: join(bin, 'postgres'),
    args: [
      '-D',
      data,
      '-k',
      data,
      ...['listen_addresses=', 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off'].flatMap((one) => ['-c', one]),
    ],
    cwd: '/',
    env,
    stopSignal: 'SIGINT',
    ready: (_, lines) => lines.some((line) => line.includes('ready to accept connections')),
    signal,
    readyMs: 30_000,
    graceMs: 10_000,
    ...(user ? { user } : {}),
  });
  return {
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(data)}`,
    version: found.version,
    rung: found.rung,
    stop: async () => {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// The package leaves 14 links among its libraries to a postinstall, which we do not run; and root's copy may be out of others' reach.
function unpack(native: string, to: string): string {
  cpSync(native, to, { recursive: true });
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const [file, link] = [source, target].map((path) => join(to, '..', path));
    if (file && link && !existsSync(link)) symlinkSync(relative(dirname(link), file), link);
  }
  return join(to, 'bin');
}

function nobody(): { readonly uid: number; readonly gid: number } {
  const [, uid = '65534', gid = '65534'] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}
