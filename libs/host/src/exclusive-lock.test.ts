import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ExclusiveLock } from './exclusive-lock.ts';
import { identityOf, type ProcessIdentity } from './processes.ts';

const scratch = mkdtempSync(join(tmpdir(), 'fleetfit-lock-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const request = (name: string) => ({ path: join(scratch, name, 'lock'), what: `the data folder ${name}` });

describe('ExclusiveLock', () => {
  it('is held by one, and free again after release', () => {
    const lock = ExclusiveLock.take(request('one'));
    expect(() => ExclusiveLock.take(request('one'))).toThrow(`Cannot use the data folder one: process ${process.pid} uses it`);
    lock.release();
    lock.release();
    ExclusiveLock.take(request('one')).release();
    expect(readdirSync(join(scratch, 'one'))).toEqual([]);
  });

  it('is taken over from a process that was killed', async () => {
    const { path } = request('killed');
    await leaveLock(path, 'SIGKILL');
    expect(existsSync(path)).toBe(true);
    ExclusiveLock.take(request('killed')).release();
  });

  it('is not taken for held when another process has got the pid since', () => {
    const { path } = request('reused');
    plant(path, { startedAt: '1' });
    ExclusiveLock.take(request('reused')).release();
  });

  it('asks the clock when the holder is in another container', () => {
    const { path } = request('elsewhere');
    plant(path, { space: 'another boot' });
    expect(() => ExclusiveLock.take(request('elsewhere'))).toThrow('in another container or machine uses it');
    const before = new Date(Date.now() - 60_000);
    utimesSync(join(path, 'holder.json'), before, before);
    ExclusiveLock.take(request('elsewhere')).release();
  });

  it('waits its turn, and says once that it waits', async () => {
    const first = ExclusiveLock.take(request('turn'));
    const told: string[] = [];
    const second = ExclusiveLock.wait(request('turn'), { signal: new AbortController().signal, onWait: () => told.push('waiting') });
    await new Promise((resolve) => setTimeout(resolve, 250));
    first.release();
    (await second).release();
    expect(told).toEqual(['waiting']);
  });

  it('stops waiting when the signal says so', async () => {
    const lock = ExclusiveLock.take(request('cancel'));
    await expect(ExclusiveLock.wait(request('cancel'), { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'cancelled' });
    lock.release();
  });

  it('goes to exactly one of five processes that find a stale lock at the same time', async () => {
    const { path } = request('race');
    plant(path, { startedAt: '1' });
    const children = Array.from({ length: 5 }, () => {
      const script = scriptFor(path, `console.log('mine'); process.stdin.resume();`);
      return spawn(process.execPath, script, { stdio: ['pipe', 'pipe', 'ignore'] });
    });
    // A winner says so and waits for its stdin to end; a loser ends by the error.
    const wins = await Promise.all(
      children.map(
        (child) => new Promise<number>((resolve) => child.once('exit', () => resolve(0)) && child.stdout.once('data', () => resolve(1))),
      ),
    );
    for (const child of children) child.stdin.end();
    expect(wins.reduce((sum, win) => sum + win, 0)).toBe(1);
  }, 60_000);
});

function plant(path: string, change: Partial<ProcessIdentity>): void {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'holder.json'), JSON.stringify({ ...identityOf(), ...change, token: 'planted' }));
}

function scriptFor(path: string, then: string): string[] {
  const url = JSON.stringify(new URL('./exclusive-lock.ts', import.meta.url).href);
  const take = `const { ExclusiveLock } = await import(${url}); ExclusiveLock.take({ path: ${JSON.stringify(path)}, what: 'it' });`;
  return ['--import', 'tsx', '--input-type=module', '-e', `${take} ${then}`];
}

async function leaveLock(path: string, how: NodeJS.Signals): Promise<void> {
  const child = spawn(process.execPath, scriptFor(path, 'console.log("held"); setInterval(() => {}, 1000);'), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill(how);
  await new Promise((resolve) => child.once('exit', resolve));
}
