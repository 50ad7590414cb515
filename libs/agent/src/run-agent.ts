import { FleetError, type Log, milliseconds, type Rng, toFleetError } from '@fleetfit/core';
import { Verdict } from '@fleetfit/protocol';
import { type Inbox, makeInbox } from '@fleetfit/runtime';
import { type AgentEvent, type AgentState, type Step, startingState } from './agent-state.ts';
import { type AttemptPorts, runAttempt } from './attempt.ts';
import { nextBefore } from './next-before.ts';
import { nextDue, nextSteps } from './next-steps.ts';
import type { LeasePort, ReportPort, TimePort } from './ports.ts';
import { recover } from './recover.ts';
import { takeEvent } from './take-event.ts';

/** Everything an agent needs of its platform. */
export interface AgentPorts extends AttemptPorts {
  readonly leases: LeasePort;
  readonly reports: ReportPort;
  readonly time: TimePort;
  readonly rng: Rng;
  readonly log: Log;
  /** Told of every new state: for a screen. */
  readonly onState?: (state: AgentState) => void;
}

/** How long an agent that stops tries to give its lease back. */
const GIVE_BACK_WITHIN = milliseconds(3_000);

/**
 * The life of a device: asks for work, measures, reports, until the signal aborts. Then the attempt under way is stopped and given
 * back, and reports that were not answered wait in the outbox for the next start.
 *
 * @throws FleetError `denied` when the coordinator turns this device away for good
 */
export async function runAgent(ports: AgentPorts, signal: AbortSignal): Promise<void> {
  const { time, rng, leases, onState = () => {} } = ports;
  const agent = new RunningAgent(ports, signal);
  const silence = leases.onCommand((command) => agent.events.push({ kind: 'command', command }));
  let state = startingState(await recover(ports), time.monotonic());
  try {
    while (!signal.aborted) {
      const next = nextSteps(state, time.monotonic());
      state = next.state;
      onState(state);
      for (const step of next.steps) agent.begin(step);
      const event = await nextBefore(nextDue(state), agent.events, { time, signal });
      if (event) state = takeEvent(state, event, { now: time.monotonic(), rng });
    }
  } finally {
    silence();
    await agent.stop();
  }
}

/** Performs steps beside each other, and turns how each ends into an event. */
class RunningAgent {
  readonly events: Inbox<AgentEvent> = makeInbox();
  readonly #ports: AgentPorts;
  readonly #signal: AbortSignal;
  readonly #running = new Set<Promise<void>>();
  #attempt: { readonly id: string; readonly stop: AbortController } | undefined;

  constructor(ports: AgentPorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
  }

  /** @throws FleetError `denied` for the step `end` */
  begin(step: Step): void {
    if (step.do === 'end') throw new FleetError('denied', `Cannot go on: the coordinator turned this device away: ${step.why}`);
    if (step.do === 'stop-attempt') {
      if (this.#attempt?.id === step.attempt) this.#attempt.stop.abort(new FleetError('cancelled', step.why));
      return;
    }
    const running = this.#perform(step).then((event) => this.events.push(event));
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  /** Waits until everything that was begun has ended. */
  async stop(): Promise<void> {
    this.#attempt?.stop.abort(new FleetError('cancelled', 'the agent stops'));
    await Promise.allSettled(this.#running);
  }

  async #perform(step: Exclude<Step, { do: 'end' | 'stop-attempt' }>): Promise<AgentEvent> {
    switch (step.do) {
      case 'ask':
        return this.#ask();
      case 'attempt':
        return this.#measure(step);
      case 'beat':
        return this.#beat(step);
      case 'send':
        return this.#send(step);
    }
  }

  async #ask(): Promise<AgentEvent> {
    const { leases, log } = this.#ports;
    try {
      const answer = await leases.ask(this.#signal);
      if (answer.$case === 'lease') log.info('leased', { attempt: answer.value.attemptId, job: answer.value.job?.jobId });
      return { kind: 'answered', answer };
    } catch (thrown) {
      const why = toFleetError(thrown, 'Cannot ask for work').message;
      log.warn('no answer to asking for work', { why });
      return { kind: 'ask-failed', why };
    }
  }

  async #measure({ lease }: Step & { do: 'attempt' }): Promise<AgentEvent> {
    const { attemptId: attempt, fence } = lease;
    const stop = new AbortController();
    this.#attempt = { id: attempt, stop };
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    const how = await runAttempt(lease, this.#ports, {
      entered: (phase) => this.events.push({ kind: 'entered', attempt, phase }),
      progressed: (done) => this.events.push({ kind: 'progressed', attempt, done }),
      signal,
    }).catch((thrown: unknown) => {
      // Neither journal nor outbox can be written: nothing of this attempt can be kept.
      const why = toFleetError(thrown, 'Cannot keep the attempt').message;
      return { kind: 'released', why } as const;
    });
    const reason = this.#signal.aborted ? 'the agent stops' : how.kind === 'released' ? how.why : undefined;
    if (how.kind !== 'reported' && reason !== undefined) await this.#giveBack({ attemptId: attempt, fence, reason });
    return { kind: 'attempt-ended', attempt, how };
  }

  // With a signal of its own: an agent that stops gives back too.
  async #giveBack(release: { attemptId: string; fence: number; reason: string }): Promise<void> {
    const { leases, time, log } = this.#ports;
    const late = new AbortController();
    const done = new AbortController();
    void time.sleep(GIVE_BACK_WITHIN, done.signal).then(() => late.abort());
    try {
      await leases.release(release, late.signal);
    } catch (thrown) {
      log.warn('could not give the lease back; it will lapse', {
        attempt: release.attemptId,
        why: toFleetError(thrown, 'Cannot release').message,
      });
    } finally {
      done.abort();
    }
  }

  async #beat({ lease, phase, done }: Step & { do: 'beat' }): Promise<AgentEvent> {
    const { attemptId: attempt, fence } = lease;
    try {
      const { goOn, why } = await this.#ports.leases.heartbeat({ attemptId: attempt, fence, phase, done }, this.#signal);
      return { kind: 'beat-answered', attempt, goOn, why };
    } catch (thrown) {
      return { kind: 'beat-failed', attempt, why: toFleetError(thrown, 'Cannot send a heartbeat').message };
    }
  }

  async #send({ attempt }: Step & { do: 'send' }): Promise<AgentEvent> {
    const { outbox, reports, log } = this.#ports;
    try {
      const report = await outbox.get(attempt);
      if (!report) return { kind: 'report-answered', attempt };
      const { verdict, reason } = await reports.send(report, this.#signal);
      if (verdict === Verdict.VERDICT_UNSPECIFIED) throw new FleetError('unavailable', 'Cannot take the answer: it has no verdict');
      if (verdict === Verdict.VERDICT_REJECTED) log.error('a report was rejected', { attempt, why: reason });
      await outbox.remove(attempt);
      return { kind: 'report-answered', attempt };
    } catch (thrown) {
      const { code, message: why } = toFleetError(thrown, 'Cannot report');
      if (code === 'invalid') {
        // No later try can help: the coordinator does not take these bytes for a report.
        log.error('a report was refused', { attempt, why });
        await outbox.remove(attempt);
        return { kind: 'report-answered', attempt };
      }
      log.warn('a report waits', { attempt, why });
      return { kind: 'report-failed', attempt, why };
    }
  }
}
