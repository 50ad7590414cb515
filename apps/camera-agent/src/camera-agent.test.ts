import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { milliseconds } from '@fleetfit/core';
import { DeviceState, Phase } from '@fleetfit/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { bundleAgent } from '../test/bundle-agent.ts';
import { startTestFleet, type TestFleet } from '../test/test-fleet.ts';
import { type CameraEvent, runCameraAgent } from './camera-agent.ts';

const patiently = { timeout: 60_000, interval: 20 };

let fleet: TestFleet;
let home: string;
let bundle: Awaited<ReturnType<typeof bundleAgent>>;
beforeAll(async () => {
  bundle = await bundleAgent();
}, 60_000);
afterAll(() => bundle.remove());
beforeEach(async () => {
  fleet = await startTestFleet();
  home = join(fleet.folder, 'camera');
}, 60_000);
afterEach(() => fleet.close());

function start(events: CameraEvent[] = []) {
  const stop = new AbortController();
  const running = runCameraAgent({
    home,
    link: fleet.link,
    threads: 1,
    name: 'door',
    signal: stop.signal,
    poll: milliseconds(2_000),
    measureChild: { entry: bundle.measureChild },
    onEvent: (event) => events.push(event),
  });
  running.catch(() => {});
  return { running, stop: () => (stop.abort(), running) };
}

describe('a camera agent', { timeout: 90_000 }, () => {
  it('joins, waits for approval, measures with onnxruntime in another process and reports', async () => {
    fleet.state = DeviceState.DEVICE_STATE_PENDING;
    fleet.leases.push('a1');
    const events: CameraEvent[] = [];
    const agent = start(events);
    await vi.waitUntil(() => events.some(({ kind }) => kind === 'pending'), patiently);
    expect(fleet.beats).toEqual([]);
    fleet.state = DeviceState.DEVICE_STATE_ACTIVE;
    await vi.waitUntil(() => fleet.reports.length === 1, patiently);
    const [report] = fleet.reports;
    expect(report).toMatchObject({ attemptId: 'a1', jobId: 'job-1', deviceId: 'camera-1', fence: 1 });
    const outcome = report?.outcome;
    if (outcome?.$case !== 'measured') throw new Error(`measured was expected, not ${JSON.stringify(outcome)}`);
    const found = outcome.value;
    // The images are (1, 0), (0, 1), (0.78, 0.39), (0.98, 0.04); the weights add 0.5 to the second class.
    expect(found.classes).toEqual([0, 1, 1, 0, 1, 0, 0, 1]);
    expect(found.ratio?.low).toBeLessThanOrEqual(found.ratio?.value ?? 0);
    expect(found.blocks.map(({ control }) => (control ? 'C' : 'X')).join('')).toMatch(/^(CXXC)+$/);
    expect(found.loadMs).toBeGreaterThan(0);
    expect(found.conditions).toMatchObject({
      runtime: 'onnxruntime-node',
      provider: 'cpu',
      threads: 1,
      optimization: 'all',
      ttlMs: 15_000,
    });
    expect(found.conditions?.measure?.blockMs).toBe(60);
    expect(fleet.beats.map(({ phase }) => phase)).toContain(Phase.PHASE_TIME);
    await vi.waitUntil(() => readdirSync(join(home, 'outbox')).length === 0, patiently);
    await agent.stop();
    expect(events.slice(0, 2)).toEqual([{ kind: 'joined', device: 'camera-1', words: 'amber otter' }, { kind: 'pending' }]);
    expect(statSync(join(home, 'device-key.pem')).mode & 0o777).toBe(0o600);
  });

  it('renews its credentials while it waits for work, and loses none of it', async () => {
    fleet.sessionMs = 4_000;
    const agent = start();
    await vi.waitUntil(() => fleet.sessions >= 3, patiently);
    fleet.leases.push('a1');
    await vi.waitUntil(() => fleet.reports.length === 1, patiently);
    await agent.stop();
    // An answer that met the change of credentials is given back, and leased again at once.
    expect(fleet.reports[0]).toMatchObject({ attemptId: expect.stringMatching(/^a1(-again)*$/), outcome: { $case: 'measured' } });
  });

  it('ends with a sentence when it is revoked', async () => {
    fleet.sessionMs = 2_000;
    const agent = start();
    await vi.waitUntil(() => fleet.sessions >= 1, patiently);
    fleet.state = DeviceState.DEVICE_STATE_REVOKED;
    await expect(agent.running).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('revoked') });
  });

  it('gives its lease back when it is stopped', async () => {
    fleet.leases.push('a1');
    const agent = start();
    await vi.waitUntil(() => fleet.beats.length > 0, patiently);
    await agent.stop();
    expect(fleet.releases).toMatchObject([{ attemptId: 'a1', reason: 'the agent stops' }]);
    expect(fleet.reports).toEqual([]);
  });

  it('reports that the measuring process was killed, and that the control still runs', async () => {
    fleet.leases.push('a1');
    const agent = start();
    await vi.waitUntil(() => fleet.beats.some(({ phase }) => phase === Phase.PHASE_TIME), patiently);
    for (const pid of childrenOf(process.pid, 'measure-child')) process.kill(pid, 'SIGKILL');
    await vi.waitUntil(() => fleet.reports.length === 1, patiently);
    expect(fleet.reports[0]?.outcome).toMatchObject({
      $case: 'crashed',
      value: { why: expect.stringContaining('SIGKILL'), controlRan: true },
    });
    await agent.stop();
  });

  it('does not start twice in one home, nor join with a token that is wrong', async () => {
    const agent = start();
    await vi.waitUntil(() => fleet.sessions >= 1, patiently);
    await expect(start().running).rejects.toMatchObject({ code: 'conflict' });
    await agent.stop();
    const stranger = runCameraAgent({ home: join(fleet.folder, 'other'), link: fleet.link, signal: new AbortController().signal });
    await expect(stranger).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('token') });
  });
});

describe('a camera agent that is killed', { timeout: 90_000 }, () => {
  const running = new Set<ChildProcess>();
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
  });

  function startProcess(): { kill(): Promise<void>; said: string[] } {
    const child = spawn(process.execPath, [bundle.main, '--home', home, '--link', fleet.link, '--threads', '1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    running.add(child);
    const said: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    return { said, kill: () => (child.kill('SIGKILL'), ended) };
  }

  it('while it measures, reports the crash of that attempt when it starts again, and measures on', async () => {
    fleet.leases.push('a1');
    const first = startProcess();
    await vi.waitUntil(() => fleet.beats.some(({ phase }) => phase >= Phase.PHASE_WARM_UP), patiently);
    await first.kill();
    fleet.leases.push('a2');
    const second = startProcess();
    await vi.waitUntil(() => fleet.reports.length === 2, patiently);
    expect(fleet.reports.map(({ attemptId, outcome }) => [attemptId, outcome?.$case])).toEqual([
      ['a1', 'crashed'],
      ['a2', 'measured'],
    ]);
    expect(second.said.join('')).toContain('"kind":"ready"');
    await second.kill();
  });

  it('with a report that was not answered, sends it when it starts again', async () => {
    fleet.reportsFail = true;
    fleet.leases.push('a1');
    const first = startProcess();
    const outbox = join(home, 'outbox', 'a1.report');
    await vi.waitUntil(() => exists(outbox), patiently);
    await first.kill();
    fleet.reportsFail = false;
    const second = startProcess();
    await vi.waitUntil(() => fleet.reports.length > 0 && !exists(outbox), patiently);
    expect(fleet.reports.map(({ attemptId, outcome }) => [attemptId, outcome?.$case])).toEqual([['a1', 'measured']]);
    await second.kill();
  });
});

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Processes that this one started and whose command holds the word, from /proc. */
function childrenOf(parent: number, word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const ppid = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return Number(ppid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
      } catch {
        return false; // it has ended meanwhile
      }
    })
    .map(Number);
}
