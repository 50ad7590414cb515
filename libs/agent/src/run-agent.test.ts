import { attemptId, FleetError } from '@fleetfit/core';
import { Phase, Verdict } from '@fleetfit/protocol';
import { describe, expect, it } from 'vitest';
import type { MeasureOutcome } from './ports.ts';
import { type AgentPorts, runAgent } from './run-agent.ts';
import { firstAttempt, leaseOf, measured, slowMeasure, testCoordinator, testPorts } from './testing/fake-coordinator.ts';
import { memoryJournal, memoryOutbox } from './testing/memory-keeping.ts';
import { playedTime } from './testing/played-time.ts';

function start(change: (time: ReturnType<typeof playedTime>) => Partial<AgentPorts> = () => ({})) {
  const time = playedTime();
  const coordinator = testCoordinator();
  const ports = testPorts(coordinator, time, change(time));
  const stop = new AbortController();
  const begin = () => {
    const running = runAgent(ports, stop.signal);
    running.catch(() => {});
    return running;
  };
  return { time, coordinator, ports, stop, begin };
}

describe('an agent with work', () => {
  it('measures what it is leased and reports it with its conditions', async () => {
    const { time, coordinator, begin, stop, ports } = start();
    coordinator.answers.push(leaseOf('a1'));
    const running = begin();
    await time.advance(2_100);
    const [report] = coordinator.reports;
    expect(report).toMatchObject({ attemptId: 'a1', jobId: 'job-1', deviceId: 'd1', fence: 7, schema: 1 });
    expect(report?.outcome).toMatchObject({
      $case: 'measured',
      value: { classes: [1, 0, 1], conditions: { threads: 1, features: ['avx2'], ttlMs: 5_000, heartbeatMs: 1_000, load: 0.25 } },
    });
    expect(await ports.outbox.list()).toEqual([]);
    expect(await ports.journal.read()).toBeUndefined();
    stop.abort();
    await running;
  });

  it('writes each phase down before it enters it', async () => {
    const journal = memoryJournal();
    const { time, coordinator, begin } = start(() => ({ journal }));
    coordinator.answers.push(leaseOf('a1'));
    void begin();
    await time.advance(600);
    expect(await journal.read()).toEqual({ attemptId: 'a1', jobId: 'job-1', fence: 7, phase: Phase.PHASE_WARM_UP });
    await time.advance(2_000);
    expect(journal.written.map(({ phase }) => phase)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('sends a heartbeat in every interval while it measures, with phase and share, and none otherwise', async () => {
    const { time, coordinator, begin } = start();
    coordinator.answers.push(leaseOf('a1', { heartbeatMs: 600 }));
    void begin();
    await time.advance(10_000);
    expect(coordinator.beats).toMatchObject([
      { attemptId: 'a1', fence: 7, phase: Phase.PHASE_WARM_UP, done: 0.25 },
      { phase: Phase.PHASE_TIME, done: 0.5 },
      { phase: Phase.PHASE_CLASSIFY, done: 0.75 },
    ]);
  });

  it('asks again at once after a report was answered, and as it is told where there is no work', async () => {
    const { time, coordinator, begin } = start();
    coordinator.answers.push(leaseOf('a1'), leaseOf('a2'));
    void begin();
    await time.advance(4_100);
    expect(coordinator.reports.map(({ attemptId }) => attemptId)).toEqual(['a1', 'a2']);
    expect(coordinator.asked).toBe(3);
    await time.advance(950);
    expect(coordinator.asked).toBe(4);
  });

  it('asks at once when it is woken', async () => {
    const { time, coordinator, begin } = start();
    void begin();
    await time.advance(10);
    expect(coordinator.asked).toBe(1);
    coordinator.command({ $case: 'wake', value: {} });
    await time.settle();
    expect(coordinator.asked).toBe(2);
  });
});

describe('an agent that is told to stop an attempt', () => {
  it.each(['heartbeat', 'command'] as const)('stops within moments by a %s, reports nothing and asks anew', async (way) => {
    const { time, coordinator, begin, ports } = start();
    coordinator.answers.push(leaseOf('a1'), leaseOf('a2'));
    void begin();
    await time.advance(900);
    if (way === 'heartbeat') coordinator.goOn = false;
    else coordinator.command({ $case: 'cancel', value: { attemptId: 'a1', why: 'not wanted' } });
    await time.advance(200);
    coordinator.goOn = true;
    expect(coordinator.asked).toBe(2);
    await time.advance(3_000);
    expect(coordinator.reports.map(({ attemptId }) => attemptId)).toEqual(['a2']);
    expect(coordinator.releases).toEqual([]);
    expect(await ports.journal.read()).toBeUndefined();
  });

  it('ignores a cancel that is meant for another attempt', async () => {
    const { time, coordinator, begin } = start();
    coordinator.answers.push(leaseOf('a1'));
    void begin();
    await time.advance(900);
    coordinator.command({ $case: 'cancel', value: { attemptId: 'a0', why: 'late' } });
    await time.advance(2_000);
    expect(coordinator.reports).toHaveLength(1);
  });
});

describe('an agent in trouble', () => {
  it('goes on measuring while no heartbeat is answered, and tries again sooner than the next is due', async () => {
    const { time, coordinator, begin } = start();
    coordinator.answers.push(leaseOf('a1', { heartbeatMs: 400 }));
    coordinator.heartbeatsFail = true;
    void begin();
    await time.advance(450);
    coordinator.heartbeatsFail = false;
    await time.advance(100);
    expect(coordinator.beats).toHaveLength(1);
    await time.advance(2_000);
    expect(coordinator.reports).toHaveLength(1);
  });

  it('keeps a report until it is answered, with longer and longer pauses, and works on meanwhile', async () => {
    const { time, coordinator, begin, ports } = start();
    coordinator.answers.push(leaseOf('a1'), leaseOf('a2'));
    coordinator.verdicts.push(...Array.from({ length: 5 }, () => new FleetError('unavailable', 'coordinator away')));
    void begin();
    await time.advance(3_000);
    expect(await ports.outbox.list()).toContain(firstAttempt);
    expect(coordinator.asked).toBe(2);
    await time.advance(60_000);
    expect(coordinator.reports.map(({ attemptId }) => attemptId).sort()).toEqual(['a1', 'a2']);
    expect(await ports.outbox.list()).toEqual([]);
  });

  it.each([Verdict.VERDICT_DUPLICATE, Verdict.VERDICT_KEPT_AS_REPLICATE, Verdict.VERDICT_REJECTED])(
    'takes verdict %d as an answer, too',
    async (verdict) => {
      const { time, coordinator, begin, ports } = start();
      coordinator.answers.push(leaseOf('a1'));
      coordinator.verdicts.push(verdict);
      void begin();
      await time.advance(120_000);
      expect(coordinator.reports).toHaveLength(1);
      expect(await ports.outbox.list()).toEqual([]);
    },
  );

  it('does not send a report for ever that the coordinator cannot read', async () => {
    const { time, coordinator, begin, ports } = start();
    coordinator.answers.push(leaseOf('a1'));
    coordinator.verdicts.push(new FleetError('invalid', 'p50Ms is missing'));
    void begin();
    await time.advance(10_000);
    expect(await ports.outbox.list()).toEqual([]);
    expect(coordinator.reports).toEqual([]);
  });

  it('takes no more work while twenty reports wait', async () => {
    const outbox = memoryOutbox();
    for (let i = 0; i < 20; i++) await outbox.put(attemptId(`old-${i}`), Uint8Array.of());
    const { time, coordinator, begin } = start(() => ({ outbox }));
    coordinator.verdicts.push(...Array.from({ length: 40 }, () => new FleetError('unavailable', 'away')));
    void begin();
    await time.advance(300);
    expect(coordinator.asked).toBe(0);
    await time.advance(20_000);
    expect(coordinator.asked).toBeGreaterThan(0);
  });

  it('pauses longer and longer while no coordinator answers, and never more than a minute', async () => {
    const { time, coordinator, begin } = start();
    coordinator.answers.push(...Array.from({ length: 200 }, () => 'away' as const));
    void begin();
    await time.advance(60_000);
    const first = coordinator.asked;
    expect(first).toBeGreaterThan(4);
    expect(first).toBeLessThan(25);
    await time.advance(600_000);
    expect(coordinator.asked - first).toBeGreaterThanOrEqual(10);
    expect(coordinator.asked - first).toBeLessThan(60);
  });

  it('gives a lease back when it cannot fetch, and takes a breath', async () => {
    const { time, coordinator, begin, ports } = start(() => ({
      artifacts: { fetch: () => Promise.reject(new FleetError('unavailable', 'tensors are away')) },
    }));
    coordinator.answers.push(leaseOf('a1'), leaseOf('a2'));
    void begin();
    await time.settle();
    expect(coordinator.releases).toEqual([{ attemptId: 'a1', fence: 7, reason: 'tensors are away' }]);
    expect(coordinator.asked).toBe(1);
    await time.advance(4_000);
    expect(coordinator.releases).toHaveLength(2);
    expect(coordinator.reports).toEqual([]);
    expect(await ports.journal.read()).toBeUndefined();
  });

  it('reports bytes that are not what their hash says as a failure of the attempt', async () => {
    const { time, coordinator, begin } = start(() => ({
      artifacts: { fetch: () => Promise.reject(new FleetError('corrupt', 'wrong bytes')) },
    }));
    coordinator.answers.push(leaseOf('a1'));
    void begin();
    await time.settle();
    expect(coordinator.reports[0]?.outcome).toEqual({
      $case: 'failed',
      value: { phase: Phase.PHASE_FETCH, code: 'corrupt', why: 'wrong bytes' },
    });
  });

  it('reports a job that it cannot read as a failure', async () => {
    const { time, coordinator, begin } = start();
    coordinator.answers.push(leaseOf('a1', { job: undefined }));
    void begin();
    await time.settle();
    expect(coordinator.reports[0]?.outcome).toMatchObject({ $case: 'failed', value: { code: 'invalid' } });
  });

  it('reports crashes and failures of the measuring process', async () => {
    const ends: MeasureOutcome[] = [
      { kind: 'crashed', crashed: { phase: Phase.PHASE_TIME, why: 'signal SIGSEGV', controlRan: true } },
      { kind: 'failed', failed: { phase: Phase.PHASE_LOAD, code: 'unsupported', why: 'no such op' } },
    ];
    const { time, coordinator, begin } = start((each) => ({ measure: slowMeasure(each, () => ends.shift() ?? measured()) }));
    coordinator.answers.push(leaseOf('a1'), leaseOf('a2'));
    void begin();
    await time.advance(4_500);
    expect(coordinator.reports.map(({ outcome }) => outcome?.$case)).toEqual(['crashed', 'failed']);
  });

  it('ends with a sentence when it is turned away', async () => {
    const { coordinator, begin } = start();
    coordinator.answers.push({ $case: 'turned', value: { why: 'device d1 was revoked' } });
    await expect(begin()).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('device d1 was revoked') });
  });
});

describe('an agent that ends', () => {
  it('stops the attempt, gives the lease back and leaves nothing behind', async () => {
    const { time, coordinator, begin, stop, ports } = start();
    coordinator.answers.push(leaseOf('a1'));
    const running = begin();
    await time.advance(900);
    stop.abort();
    await running;
    expect(coordinator.releases).toEqual([{ attemptId: 'a1', fence: 7, reason: 'the agent stops' }]);
    expect(await ports.journal.read()).toBeUndefined();
    expect(await ports.outbox.list()).toEqual([]);
  });

  it('does not wait long for a coordinator that does not take the lease back', async () => {
    const { time, coordinator, stop, ports } = start();
    coordinator.answers.push(leaseOf('a1'));
    const patient = {
      ...ports.leases,
      release: (_: unknown, signal: AbortSignal) =>
        new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(new FleetError('cancelled', 'late')))),
    };
    const running = runAgent({ ...ports, leases: patient }, stop.signal);
    await time.advance(900);
    stop.abort();
    await time.advance(3_100);
    await running;
  });

  it('leaves a report that was not answered to the next agent', async () => {
    const { time, coordinator, begin, stop, ports } = start();
    coordinator.answers.push(leaseOf('a1'));
    coordinator.verdicts.push(new FleetError('unavailable', 'away'), new FleetError('unavailable', 'away'));
    const running = begin();
    await time.advance(2_010);
    stop.abort();
    await running;
    expect(await ports.outbox.list()).toEqual([firstAttempt]);
    void runAgent(ports, new AbortController().signal);
    await time.advance(30_000);
    expect(coordinator.reports.map(({ attemptId }) => attemptId)).toEqual(['a1']);
  });
});

describe('an agent that was killed', () => {
  const phases = [1, 2, 3, 4, 5] as const;
  it.each(phases)('in phase %d reports the crash when it starts again', async (phase) => {
    const { time, coordinator, ports } = start();
    coordinator.answers.push(leaseOf('a1'));
    // Killed: nothing of it runs on, and the disk is as it was.
    const killed = new AbortController();
    const journal = memoryJournal();
    const dying = {
      ...journal,
      write: async (entry: Parameters<typeof journal.write>[0]) => {
        await journal.write(entry);
        if (entry.phase === phase) await new Promise(() => {});
      },
    };
    void runAgent({ ...ports, journal: dying }, killed.signal);
    await time.advance(5_000);
    expect((await journal.read())?.phase).toBe(phase);
    void runAgent({ ...ports, journal }, new AbortController().signal);
    await time.advance(10);
    expect(coordinator.reports).toHaveLength(1);
    expect(coordinator.reports[0]).toMatchObject({
      attemptId: 'a1',
      fence: 7,
      outcome: { $case: 'crashed', value: { phase, controlRan: false } },
    });
    expect(await journal.read()).toBeUndefined();
  });

  it('between putting the report away and clearing the journal sends the report and no crash', async () => {
    const { time, coordinator, ports } = start();
    coordinator.answers.push(leaseOf('a1'));
    const dying = { ...ports.journal, clear: () => new Promise<never>(() => {}) };
    void runAgent({ ...ports, journal: dying }, new AbortController().signal);
    await time.advance(5_000);
    void runAgent(ports, new AbortController().signal);
    await time.advance(10);
    expect(coordinator.reports.map(({ outcome }) => outcome?.$case)).toEqual(['measured']);
  });
});
