import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetError } from '@fleetfit/core';
import { identityOf, isRunning, type ProcessIdentity } from './processes.ts';

// A holder in another container or on another machine cannot be asked whether it lives, so every holder touches its lock.
const TOUCH_MS = 2_000;
const SILENT_MS = 30_000;

interface Holder extends ProcessIdentity {
  readonly token: string;
}

export interface LockRequest {
  /** The folder that is the lock: it exists while somebody holds it. Its parent is made when missing. */
  readonly path: string;
  /** What is locked, for the sentence: `the data folder /home/a/.fleetfit`. */
  readonly what: string;
}

/**
 * At most one process at a time. Held by a folder that appears complete or not at all (made aside, then renamed); a lock whose
 * process has ended without letting go is taken over. For a folder on a disk of this machine: a network disk may not keep the promise.
 */
export class ExclusiveLock {
  readonly #path: string;
  readonly #token: string;
  readonly #touching: NodeJS.Timeout;
  readonly #onExit = (): void => this.release();

  private constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
    this.#touching = setInterval(() => touch(path), TOUCH_MS).unref();
    process.once('exit', this.#onExit);
  }

  /** Takes the lock, or throws `conflict` with one sentence that names who holds it. */
  static take({ path, what }: LockRequest): ExclusiveLock {
    const token = randomUUID();
    for (let tries = 0; tries < 5; tries++) {
      if (tryToTake(path, token)) return new ExclusiveLock(path, token);
      const holder = holderOf(path);
      if (holder && !isStale(path, holder)) throw heldBy(holder, what);
      if (holder) putAside(path, holder);
    }
    throw new FleetError('conflict', `Cannot lock ${what}: several processes want it at once`, { next: 'start it again' });
  }

  /** Takes the lock as soon as it is free. Throws `cancelled` when the signal says so first. */
  static async wait(request: LockRequest, { signal, onWait }: { signal: AbortSignal; onWait?: () => void }): Promise<ExclusiveLock> {
    for (let told = false; ; told = true) {
      if (signal.aborted) throw new FleetError('cancelled', `Cannot lock ${request.what}: cancelled`, { cause: signal.reason });
      try {
        return ExclusiveLock.take(request);
      } catch (thrown) {
        if (!(thrown instanceof FleetError) || thrown.code !== 'conflict') throw thrown;
        if (!told) onWait?.();
      }
      await sleep(100, undefined, { signal }).catch(() => {});
    }
  }

  /** Lets go. Doing it twice is fine; it also happens when the process exits. */
  release(): void {
    clearInterval(this.#touching);
    process.removeListener('exit', this.#onExit);
    if (holderOf(this.#path)?.token === this.#token) rmSync(this.#path, { recursive: true, force: true });
  }
}

function tryToTake(path: string, token: string): boolean {
  const aside = `${path}.${token}`;
  mkdirSync(dirname(path), { recursive: true });
  mkdirSync(aside);
  writeFileSync(join(aside, 'holder.json'), JSON.stringify({ ...identityOf(), token }));
  try {
    renameSync(aside, path); // fails when a folder with something in it is there
    return true;
  } catch {
    rmSync(aside, { recursive: true, force: true });
    return false;
  }
}

function isStale(path: string, holder: Holder): boolean {
  const runs = isRunning(holder);
  if (runs !== undefined) return !runs;
  try {
    return Date.now() - statSync(join(path, 'holder.json')).mtimeMs > SILENT_MS;
  } catch {
    return false; // gone meanwhile: look again
  }
}

// Renamed before it is removed: when two processes find the same stale lock, only one of them gets it, and a fresh one is put back.
function putAside(path: string, stale: Holder): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (holderOf(aside)?.token === stale.token) rmSync(aside, { recursive: true, force: true });
    else renameSync(aside, path);
  } catch {
    // Somebody was faster: the next round sees what is there now.
  }
}

function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(join(path, 'holder.json'), 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function heldBy(holder: Holder, what: string): FleetError {
  const here = isRunning(holder) === true;
  return new FleetError('conflict', `Cannot use ${what}: process ${holder.pid}${here ? '' : ' in another container or machine'} uses it`, {
    details: { pid: holder.pid },
    next: here ? `end process ${holder.pid}, or choose another folder` : `end it there; once it is gone, wait ${SILENT_MS / 1000} seconds`,
  });
}

function touch(path: string): void {
  try {
    utimesSync(join(path, 'holder.json'), new Date(), new Date());
  } catch {
    // The folder was removed under us; release() copes.
  }
}
