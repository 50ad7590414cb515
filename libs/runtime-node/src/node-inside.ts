import { readFileSync } from 'node:fs';
import { type Bytes, bytes, FleetError } from '@fleetfit/core';
import { type Inside, makeInbox } from '@fleetfit/runtime';

/** How a message is wrapped on its way out of the child. */
export interface FromInsideMessage {
  readonly fleetfit: 'inside';
  readonly value: unknown;
  readonly peakMemory: Bytes | undefined;
}

export function isFromInside(message: unknown): message is FromInsideMessage {
  return typeof message === 'object' && message !== null && 'fleetfit' in message && message.fleetfit === 'inside';
}

/**
 * What the entry file of a child calls: runs `work` with the channel to the parent, then ends the process,
 * with exit code 0 when `work` is done and a crash when it throws. Ends too when the parent is gone.
 */
export function runInside(work: (inside: Inside) => Promise<void>): void {
  if (!process.send) throw new FleetError('invalid', 'Cannot measure: this process was not started by an agent');
  const inbox = makeInbox<unknown>();
  process.on('message', (message) => inbox.push(message));
  const orphaned = (): never => process.exit(1);
  process.on('disconnect', orphaned);
  const inside: Inside = { send, next: (signal) => inbox.next(signal), peakMemory };
  send('ready');
  work(inside).then(
    () => {
      process.off('disconnect', orphaned);
      process.disconnect();
    },
    (thrown: unknown) => {
      process.stderr.write(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown), () => process.exit(70));
    },
  );
}

function send(value: unknown): void {
  const message: FromInsideMessage = { fleetfit: 'inside', value, peakMemory: peakMemory() };
  process.send?.(message);
}

/**
 * The most memory this process has held, bytes. From /proc on Linux: the ru_maxrss of getrusage starts there
 * at what the parent held when it forked, so it would tell the size of the agent.
 */
export function peakMemory(): Bytes | undefined {
  if (process.platform !== 'linux') return bytes(process.resourceUsage().maxRSS * 1024);
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    return kilobytes === undefined ? undefined : bytes(Number(kilobytes) * 1024);
  } catch {
    return undefined; // /proc is not mounted: unknown, never invented
  }
}
