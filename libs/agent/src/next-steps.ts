import { type Milliseconds, milliseconds, unreachable } from '@fleetfit/core';
import type { AgentState, Measuring, Step, WaitingReport, Work } from './agent-state.ts';

/** With so many reports unanswered a device takes no more work: something is wrong with the way back. */
const MOST_UNANSWERED = 20;

/** What to do at this moment, and the state in which it has been begun. Asked again at once, there is nothing left to do. */
export function nextSteps(state: AgentState, now: Milliseconds): { readonly state: AgentState; readonly steps: readonly Step[] } {
  const { outbox, steps: sends } = sendDue(state.outbox, now);
  const { work, steps } = nextWork(state.work, outbox, now);
  return { state: { work, outbox }, steps: [...sends, ...steps] };
}

/** When the next thing falls due if nothing happens before; undefined where only an event can change anything. */
export function nextDue(state: AgentState): Milliseconds | undefined {
  const times = state.outbox.filter(({ sending }) => !sending).map(({ due }) => due);
  const { work } = state;
  if (work.kind === 'waiting' && mayAsk(state.outbox)) times.push(work.until);
  if (work.kind === 'measuring' && work.beat.kind === 'due') times.push(work.beat.at);
  return times.length === 0 ? undefined : milliseconds(Math.min(...times));
}

// One report at a time: the oldest that is due.
function sendDue(outbox: readonly WaitingReport[], now: Milliseconds): { outbox: readonly WaitingReport[]; steps: readonly Step[] } {
  const due = outbox.some(({ sending }) => sending) ? undefined : outbox.find((report) => report.due <= now);
  if (!due) return { outbox, steps: [] };
  return {
    outbox: outbox.map((report) => (report === due ? { ...report, sending: true } : report)),
    steps: [{ do: 'send', attempt: due.attempt }],
  };
}

function nextWork(work: Work, outbox: readonly WaitingReport[], now: Milliseconds): { work: Work; steps: readonly Step[] } {
  switch (work.kind) {
    case 'waiting':
      if (work.until > now || !mayAsk(outbox)) return { work, steps: [] };
      return { work: { kind: 'asking', failures: work.failures }, steps: [{ do: 'ask' }] };
    case 'leased': {
      const { lease } = work;
      const beat = { kind: 'due', at: milliseconds(now + lease.heartbeatMs) } as const;
      const measuring: Measuring = { kind: 'measuring', lease, phase: 0, done: 0, beat, stop: undefined };
      return { work: measuring, steps: [{ do: 'attempt', lease }] };
    }
    case 'measuring':
      return nextOfMeasuring(work, now);
    case 'turned':
      return { work, steps: [{ do: 'end', why: work.why }] };
    case 'asking':
      return { work, steps: [] };
    default:
      return unreachable(work);
  }
}

// The report of the last attempt is tried once before new work is asked for: until it has arrived,
// the coordinator takes this device and its host to be busy.
function mayAsk(outbox: readonly WaitingReport[]): boolean {
  return outbox.length < MOST_UNANSWERED && outbox.every(({ failures }) => failures > 0);
}

function nextOfMeasuring(work: Measuring, now: Milliseconds): { work: Work; steps: readonly Step[] } {
  const { lease, phase, done, stop } = work;
  if (stop)
    return stop.told
      ? { work, steps: [] }
      : { work: { ...work, stop: { ...stop, told: true } }, steps: [{ do: 'stop-attempt', attempt: lease.attemptId, why: stop.why }] };
  if (work.beat.kind === 'sending' || work.beat.at > now) return { work, steps: [] };
  return { work: { ...work, beat: { kind: 'sending' } }, steps: [{ do: 'beat', lease, phase, done }] };
}
