import { attemptId, deviceId, FleetError, milliseconds, seededRng, silent } from '@fleetfit/core';
import { decodeMessage, type Heartbeat, type Job, type Lease, Phase, type Release, Report, Verdict } from '@fleetfit/protocol';
import type { ArtifactPort, Command, LeaseAnswer, MeasureOutcome, MeasurePort } from '../ports.ts';
import type { AgentPorts } from '../run-agent.ts';
import { memoryJournal, memoryOutbox } from './memory-keeping.ts';
import type { PlayedTime } from './played-time.ts';

/** A small coordinator for tests of whole agents: it leases what is queued, and keeps what it was told. */
export interface TestCoordinator {
  /** Answers to asking, in turn; `away` fails; then it has no work. */
  readonly answers: (LeaseAnswer | 'away')[];
  readonly beats: Heartbeat[];
  readonly releases: Release[];
  readonly reports: Report[];
  /** How the next reports are answered; then they are accepted. */
  readonly verdicts: (Verdict | FleetError)[];
  /** Whether heartbeats are told to go on. */
  goOn: boolean;
  heartbeatsFail: boolean;
  asked: number;
  command(command: Command): void;
  readonly ports: Pick<AgentPorts, 'leases' | 'reports'>;
}

export function testCoordinator(): TestCoordinator {
  const listeners = new Set<(command: Command) => void>();
  const coordinator: TestCoordinator = {
    answers: [],
    beats: [],
    releases: [],
    reports: [],
    verdicts: [],
    goOn: true,
    heartbeatsFail: false,
    asked: 0,
    command: (command) => {
      for (const take of listeners) take(command);
    },
    ports: {
      leases: {
        async ask() {
          coordinator.asked++;
          const answer = coordinator.answers.shift();
          if (answer === 'away') throw new FleetError('unavailable', 'no coordinator');
          return answer ?? { $case: 'noWork', value: { why: 'nothing', againInMs: 1_000 } };
        },
        async heartbeat(heartbeat) {
          if (coordinator.heartbeatsFail) throw new FleetError('unavailable', 'no coordinator');
          coordinator.beats.push(heartbeat);
          return { goOn: coordinator.goOn, why: coordinator.goOn ? '' : 'the sweep has ended' };
        },
        async release(release) {
          coordinator.releases.push(release);
        },
        onCommand(take) {
          listeners.add(take);
          return () => listeners.delete(take);
        },
      },
      reports: {
        async send(bytes) {
          const verdict = coordinator.verdicts.shift() ?? Verdict.VERDICT_ACCEPTED;
          if (verdict instanceof FleetError) throw verdict;
          coordinator.reports.push(decodeMessage(Report, bytes, 'report'));
          return { verdict, reason: '' };
        },
      },
    },
  };
  return coordinator;
}

const blob = { sha256: 'a'.repeat(64), bytes: 12 };
export const testJob: Job = {
  jobId: 'job-1',
  sweepId: 's1',
  candidateId: 'c001',
  deviceClassId: 'class-1',
  purpose: 1,
  artifact: { graph: blob, tensors: [] },
  control: { graph: blob, tensors: [] },
  preparation: { input: 'x', layout: 1, order: 3, scale: 1, mean: [], std: [] },
  images: [{ blob, count: 3, height: 2, width: 2, channels: 1 }],
  measure: { blocks: 4, blockMs: 50, warmUpMs: 100, precision: 0.05 },
  top: 1,
};

export const leaseOf = (attempt: string, change: Partial<Lease> = {}): LeaseAnswer => ({
  $case: 'lease',
  value: { attemptId: attempt, fence: 7, job: testJob, ttlMs: 5_000, heartbeatMs: 1_000, ...change },
});

/** Measures for two seconds of played time, a phase each half second, and ends as told. */
export function slowMeasure(time: PlayedTime, end: () => MeasureOutcome): MeasurePort {
  return {
    async measure({ enter, onProgress }, signal) {
      const phases = [Phase.PHASE_LOAD, Phase.PHASE_WARM_UP, Phase.PHASE_TIME, Phase.PHASE_CLASSIFY];
      for (const [index, phase] of phases.entries()) {
        await enter(phase);
        onProgress(index / phases.length);
        await time.sleep(milliseconds(500), signal);
        if (signal.aborted) throw new FleetError('cancelled', 'stopped');
      }
      return end();
    },
  };
}

export const measured = (): MeasureOutcome => ({
  kind: 'measured',
  measurement: {
    blocks: [],
    p50Ms: undefined,
    p90Ms: undefined,
    p95Ms: undefined,
    controlP50Ms: undefined,
    ratio: { value: 0.5, low: 0.4, high: 0.6 },
    loadMs: 1,
    firstRunMs: 1,
    memoryBytes: 0,
    classes: [1, 0, 1],
    notes: [],
    conditions: undefined,
    durationMs: 2_000,
  },
});

const artifacts: ArtifactPort = { fetch: async () => ({ release: () => {} }) };

export function testPorts(coordinator: TestCoordinator, time: PlayedTime, change: Partial<AgentPorts> = {}): AgentPorts {
  return {
    device: deviceId('d1'),
    conditions: {
      runtime: 'simulated',
      runtimeVersion: '1.0',
      provider: 'cpu',
      threads: 1,
      optimization: 'all',
      cpu: 'test',
      features: ['avx2'],
      os: 'linux',
      arch: 'x64',
      memoryBytes: 1,
      agentVersion: '0',
    },
    load: () => 0.25,
    artifacts,
    measure: slowMeasure(time, measured),
    journal: memoryJournal(),
    outbox: memoryOutbox(),
    time,
    rng: seededRng(1),
    log: silent,
    ...coordinator.ports,
    ...change,
  };
}

export const firstAttempt = attemptId('a1');
