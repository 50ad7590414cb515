import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { identityOf, isRunning, killTree, processIsAlive } from './processes.ts';

describe('processes', () => {
  it('tell the living from the ended', async () => {
    const child = spawn('sleep', ['60']);
    const pid = child.pid ?? 0;
    const identity = identityOf(pid);
    expect(processIsAlive(pid)).toBe(true);
    expect(identity && isRunning(identity)).toBe(true);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(processIsAlive(pid)).toBe(false);
    expect(identity && isRunning(identity)).toBe(false);
    expect(identityOf(pid)).toBeUndefined();
  });

  it('know that a pid of another boot says nothing here', () => {
    const identity = identityOf();
    expect(identity && isRunning({ ...identity, space: 'elsewhere' })).toBeUndefined();
  });

  it('end with everything below them, also what ignores SIGTERM', async () => {
    const child = spawn('sh', ['-c', `trap '' TERM; (trap '' TERM; sleep 61 & echo $!; wait; sleep 60) & wait; sleep 60`]);
    const grandchild = Number((await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve))).toString());
    expect(processIsAlive(grandchild)).toBe(true);
    await killTree(child.pid ?? 0, { graceMs: 100 });
    expect([child.pid ?? 0, grandchild].filter(processIsAlive)).toEqual([]);
  });
});
