import { type AgentState, runAgent } from '@fleetfit/agent';
import { leaseOf, measured, playedTime, slowMeasure, testCoordinator, testPorts } from '@fleetfit/agent/testing';
import { silent } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { restingLeases } from './resting-leases.ts';

/** A real agent on a played clock, with a coordinator that it can rest from. */
function start() {
  const time = playedTime();
  const coordinator = testCoordinator();
  const rest: { why: string | undefined } = { why: undefined };
  let state: AgentState | undefined;
  let askedAgain = 0;
  const leases = restingLeases(
    { ...coordinator.ports.leases, renew: async () => {}, askAgain: () => askedAgain++ },
    { resting: () => rest.why, current: () => (state?.work.kind === 'measuring' ? state.work.lease : undefined), log: silent },
  );
  const ports = testPorts(coordinator, time, { leases, measure: slowMeasure(time, measured), onState: (next) => (state = next) });
  const stop = new AbortController();
  const running = runAgent(ports, stop.signal);
  const restFor = (why: string | undefined): void => {
    rest.why = why;
    leases.changed();
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { time, coordinator, ports, restFor, end, working: () => state?.work.kind, askedAgain: () => askedAgain };
}

describe('a phone that begins to rest', () => {
  it('stops in the middle of an attempt and gives it back with the reason, once; nothing is reported', async () => {
    const { time, coordinator, ports, restFor, end, working, askedAgain } = start();
    coordinator.answers.push(leaseOf('a1'));
    await time.advance(700);
    expect(working()).toBe('measuring');
    restFor('the page is not in view');
    await time.advance(3_000);
    expect(coordinator.releases).toEqual([{ attemptId: 'a1', fence: 7, reason: 'the page is not in view' }]);
    expect(coordinator.reports).toEqual([]);
    expect(await ports.journal.read()).toBeUndefined();
    expect(working()).toBe('waiting');
    expect(askedAgain()).toBe(1);
    await end();
  });

  it('gives back what is granted while it rests, and measures when the rest is over', async () => {
    const { time, coordinator, restFor, end } = start();
    restFor('paused on the phone');
    coordinator.answers.push(leaseOf('a1'));
    await time.advance(1_500);
    expect(coordinator.releases).toEqual([{ attemptId: 'a1', fence: 7, reason: 'paused on the phone' }]);
    restFor(undefined);
    coordinator.answers.push(leaseOf('a2'));
    await time.advance(5_000);
    expect(coordinator.reports.map(({ attemptId }) => attemptId)).toEqual(['a2']);
    await end();
  });

  it('hears the coordinator as before', async () => {
    const { time, coordinator, end } = start();
    coordinator.answers.push(leaseOf('a1'));
    await time.advance(700);
    coordinator.command({ $case: 'cancel', value: { attemptId: 'a1', why: 'the sweep has ended' } });
    await time.advance(3_000);
    expect([coordinator.reports, coordinator.releases]).toEqual([[], []]);
    await end();
  });
});
