import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Names one process for ever: a pid alone is given to somebody else one day. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own words; undefined where the system does not tell. */
  readonly startedAt: string | undefined;
  /** The boot and the pid namespace that the pid belongs to: a pid of another one says nothing here. */
  readonly space: string;
}

/** The identity of a living process, by default this one. Undefined when there is none with that pid. */
export function identityOf(pid: number = process.pid): ProcessIdentity | undefined {
  return processIsAlive(pid) ? { pid, startedAt: startOf(pid), space: processSpace() } : undefined;
}

/** Whether that very process still runs; undefined when it belongs to another boot, machine or container, so that nobody here can know. */
export function isRunning(identity: ProcessIdentity): boolean | undefined {
  if (identity.space !== processSpace()) return undefined;
  return processIsAlive(identity.pid) && startOf(identity.pid) === identity.startedAt;
}

/** Whether some process has this pid. One that has ended and waits to be reaped does not count. */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    // EPERM: it is there and belongs to somebody else.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
  return statOf(pid)?.state !== 'Z';
}

/**
 * Ends a process and everything below it: SIGTERM, then SIGKILL for whoever is left after the grace. Children are looked up first,
 * since they lose their parent when it ends. Resolves when none of them is alive.
 */
export async function killTree(pid: number, { graceMs = 5_000 }: { readonly graceMs?: number } = {}): Promise<void> {
  const all = [pid, ...descendantsOf(pid)].flatMap((one) => identityOf(one) ?? []);
  const left = (): ProcessIdentity[] => all.filter((one) => isRunning(one) === true);
  const tell = (signal: NodeJS.Signals): void => {
    for (const one of left()) trySignal(one.pid, signal);
  };
  tell('SIGTERM');
  for (let waited = 0; left().length > 0 && waited < graceMs; waited += 20) await sleep(20);
  tell('SIGKILL');
  for (let waited = 0; left().length > 0 && waited < 2_000; waited += 20) await sleep(20);
}

/** Sends a signal to a process that may have ended meanwhile. */
function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended, which is what was wanted.
  }
}

function processSpace(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function startOf(pid: number): string | undefined {
  const stat = statOf(pid);
  if (stat) return stat.start;
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

function descendantsOf(pid: number): number[] {
  const parents = parentOfEach();
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one && !found.includes(child)) found.push(child);
  return found.slice(1);
}

function parentOfEach(): Map<number, number> {
  try {
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
    return new Map(pids.flatMap((pid) => (statOf(pid) ? [[pid, statOf(pid)?.parent ?? 0] as const] : [])));
  } catch {
    return parentsByPs();
  }
}

// macOS has no /proc.
function parentsByPs(): Map<number, number> {
  try {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number)).map(([pid = 0, parent = 0]) => [pid, parent] as const));
  } catch {
    return new Map();
  }
}

// proc(5): `pid (name) state ppid ... starttime` where the name may hold spaces and brackets, and starttime is field 22.
function statOf(pid: number): { readonly state: string; readonly parent: number; readonly start: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state = '', parent = ''] = fields;
    return { state, parent: Number(parent), start: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
