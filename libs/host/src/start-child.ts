import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetError } from '@fleetfit/core';
import type { Environment } from './folders.ts';
import { identityOf, isRunning, killTree, type ProcessIdentity } from './processes.ts';

const SETPRIV = '/usr/bin/setpriv';

/** How a process ended: an exit code, or the signal that ended it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildStart {
  /** For sentences and the pid file: `nats-server`. */
  readonly name: string;
  readonly folder: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Environment;
  readonly cwd?: string;
  /** Whom to run as; only root may say. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Have the kernel end it with us where it can (default). Otherwise step 3 of startChild is all there is. */
  readonly tied?: boolean;
  /** How to ask it to stop; SIGTERM unless said. */
  readonly stopSignal?: NodeJS.Signals;
  /** Writes its files, after a stale one has been ended. */
  readonly prepare?: () => void;
  /** Asked every few milliseconds. */
  readonly ready: (pid: number, lines: readonly string[]) => boolean;
  /** Turns its last lines into a better error than "it ended". */
  readonly explain?: (lines: readonly string[]) => FleetError | undefined;
  readonly onLine?: (line: string) => void;
  /** Ends the wait for readiness. Once it is ready, only `stop` stops it: an orderly end has an order. */
  readonly signal: AbortSignal;
  readonly readyMs: number;
  readonly graceMs: number;
}

export interface StartedChild {
  readonly pid: number;
  readonly stop: () => Promise<void>;
  readonly ended: Promise<Ended>;
}

/**
 * Starts a server as a child that does not outlive us:
 * 1. it is in its own process group, so Ctrl-C reaches us alone and we stop it in our own order;
 * 2. when we exit, it gets its stop signal; on Linux the kernel sends it even when we are killed (`setpriv --pdeathsig`);
 * 3. where that is missing, the next start in the folder finds it by pid and start time, and ends it.
 */
export async function startChild(start: ChildStart): Promise<StartedChild> {
  if (start.signal.aborted) throw cancelled(start);
  const pidFile = join(start.folder, `${start.name}.pid`);
  mkdirSync(start.folder, { recursive: true });
  await endStale(pidFile, start);
  start.prepare?.();
  const child = spawnIt(start);
  const ended = endOf(child, pidFile);
  const pid = await pidOf(child, start);
  writeFileSync(pidFile, JSON.stringify({ owner: identityOf(), child: identityOf(pid) }));
  const lines = listen(child, start.onLine);
  const stop = stopper(child, { ended, ...start });
  try {
    await untilReady({ pid, lines, ended, start });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { pid, stop, ended };
}

function spawnIt({ command, args, env, cwd, user, tied = true, stopSignal = 'SIGTERM' }: ChildStart): ChildProcess {
  const canTie = tied && process.platform === 'linux' && existsSync(SETPRIV);
  // setpriv becomes the program (exec), so the pid stays. It changes the user itself: a change afterwards would undo the tie.
  const as = user ? ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'] : [];
  const [program, all] = canTie ? [SETPRIV, [...as, '--pdeathsig', stopSignal.slice(3), command, ...args]] : [command, args];
  return spawn(program, all, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: env ? { ...env } : process.env,
    ...(cwd === undefined ? {} : { cwd }),
    ...(user && !canTie ? user : {}),
  });
}

function endOf(child: ChildProcess, pidFile: string): Promise<Ended> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('exit', (code, signal) => {
      rmSync(pidFile, { force: true });
      resolve({ code, signal });
    });
  });
}

function pidOf(child: ChildProcess, { name, command }: ChildStart): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new FleetError('unavailable', `Cannot start ${name}: ${command}: ${cause.message}`, { cause })));
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
}

function listen(child: ChildProcess, onLine?: (line: string) => void): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > 200) lines.shift();
      onLine?.(line);
    });
  }
  return lines;
}

function stopper(
  child: ChildProcess,
  { ended, stopSignal = 'SIGTERM', graceMs }: { ended: Promise<Ended>; stopSignal?: NodeJS.Signals; graceMs: number },
): () => Promise<void> {
  const onExit = (): void => void child.kill(stopSignal);
  process.once('exit', onExit);
  void ended.then(() => process.removeListener('exit', onExit));
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= (async () => {
      child.kill(stopSignal);
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    })();
    return stopping;
  };
}

interface Wait {
  readonly pid: number;
  readonly lines: readonly string[];
  readonly ended: Promise<Ended>;
  readonly start: ChildStart;
}

async function untilReady({ pid, lines, ended, start }: Wait): Promise<void> {
  const over: { how?: Ended } = {};
  void ended.then((how) => {
    over.how = how;
  });
  const deadline = performance.now() + start.readyMs;
  while (!start.ready(pid, lines)) {
    if (start.signal.aborted) throw cancelled(start);
    if (over.how) throw diedEarly(over.how, lines, start);
    if (performance.now() > deadline)
      throw new FleetError('unavailable', `Cannot start ${start.name}: it is not ready after ${start.readyMs / 1000} s`, {
        details: { said: lines.at(-1) ?? '' },
      });
    await sleep(10);
  }
}

function diedEarly({ code, signal }: Ended, lines: readonly string[], { name, explain }: ChildStart): FleetError {
  return (
    explain?.(lines) ??
    new FleetError('unavailable', `Cannot start ${name}: it ended with ${signal ?? `exit code ${code}`}`, {
      details: { said: lines.at(-1) ?? '' },
    })
  );
}

async function endStale(pidFile: string, { name, folder, graceMs }: ChildStart): Promise<void> {
  const left = readPidFile(pidFile);
  if (!left || isRunning(left.child) !== true) return;
  if (isRunning(left.owner) === true)
    throw new FleetError('conflict', `Cannot start ${name} in ${folder}: process ${left.owner.pid} runs one there`, {
      details: { pid: left.child.pid },
      next: `end process ${left.owner.pid}, or choose another folder`,
    });
  await killTree(left.child.pid, { graceMs });
}

function readPidFile(file: string): { readonly owner: ProcessIdentity; readonly child: ProcessIdentity } | undefined {
  try {
    const { owner, child } = JSON.parse(readFileSync(file, 'utf8')) as { owner?: ProcessIdentity; child?: ProcessIdentity };
    return owner && child ? { owner, child } : undefined;
  } catch {
    return undefined;
  }
}

const cancelled = ({ name, signal }: ChildStart): FleetError =>
  new FleetError('cancelled', `Cannot start ${name}: cancelled`, { cause: signal.reason });
