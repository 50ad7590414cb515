import type { AgentState } from '@fleetfit/agent';
import { testJob } from '@fleetfit/agent/testing';
import { milliseconds } from '@fleetfit/core';
import { Phase } from '@fleetfit/protocol';
import { describe, expect, it } from 'vitest';
import { describeWork } from './describe-work.ts';

const now = milliseconds(10_000);
const waiting: AgentState = { work: { kind: 'waiting', until: now, failures: 0 }, outbox: [] };
const none = { agent: waiting, paused: false, resting: undefined, began: 0, fetched: undefined };

function measuring(phase: Phase, done: number): AgentState {
  const [pack] = testJob.images;
  if (!pack || !testJob.measure) throw new Error('the job of tests has images and settings');
  const images = [30, 20].map((count) => ({ ...pack, count }));
  const job = { ...testJob, candidateId: 'c045', sweepId: 's3', measure: { ...testJob.measure, blocks: 12 }, images };
  const lease = { attemptId: 'a1', fence: 1, job, ttlMs: 1_000, heartbeatMs: 100 };
  return { work: { kind: 'measuring', lease, phase, done, beat: { kind: 'sending' }, stop: undefined }, outbox: [] };
}

describe('what a phone says that it does', () => {
  it('names the candidate, the part of the attempt and how far it is', () => {
    const shown = describeWork({ ...none, agent: measuring(Phase.PHASE_TIME, 0.275) }, 4_000);
    expect(shown).toMatchObject({
      mark: 'busy',
      word: 'Measuring',
      subject: 'c045',
      sentence: 'A candidate of sweep s3.',
      below: 'Block 4 of 12',
    });
    expect(shown.tenths).toBeCloseTo(2.75);
    expect(describeWork({ ...none, agent: measuring(Phase.PHASE_CLASSIFY, 0.75) }, 4_000).below).toBe('Image 26 of 50');
    expect(describeWork({ ...none, agent: measuring(Phase.PHASE_CLASSIFY, 1) }, 4_000).below).toBe('Image 50 of 50');
    const fetched = { bytes: 3_120_000, all: 12_400_000 };
    expect(describeWork({ ...none, fetched, agent: measuring(Phase.PHASE_FETCH, 0) }, 4_000).below).toBe('Fetching, 3.1 MB of 12.4 MB');
  });

  it('says how long it takes once enough is done to know', () => {
    const left = (done: number, elapsed: number) => describeWork({ ...none, agent: measuring(Phase.PHASE_TIME, done) }, elapsed).left;
    expect(left(0.1, 60_000)).toBe('');
    expect(left(0.5, 10_000)).toBe('a few seconds left');
    expect(left(0.5, 42_000)).toBe('about 40 s left');
    expect(left(0.25, 60_000)).toBe('about 3 min left');
  });

  it('says why it does nothing', () => {
    expect(describeWork(none, 0)).toMatchObject({ mark: 'idle', word: 'Ready' });
    expect(describeWork({ ...none, paused: true, agent: measuring(Phase.PHASE_TIME, 0.3) }, 0)).toMatchObject({
      mark: 'rest',
      word: 'Paused',
      subject: '',
    });
    expect(describeWork({ ...none, resting: 'the network is metered' }, 0).sentence).toContain('the network is metered');
    const away: AgentState = { ...waiting, work: { kind: 'waiting', until: now, failures: 3 } };
    expect(describeWork({ ...none, agent: away }, 0).sentence).toContain('does not answer');
  });
});
