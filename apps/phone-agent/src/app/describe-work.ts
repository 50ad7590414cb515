import type { AgentState, Measuring } from '@fleetfit/agent';
import { Phase } from '@fleetfit/protocol';
import type { AppState } from './app-state.ts';

/** What the phone does now, as its owner reads it. */
export interface WorkShown {
  readonly mark: 'busy' | 'idle' | 'rest';
  readonly word: string;
  /** Of what: `c045`; empty when nothing is measured. */
  readonly subject: string;
  readonly sentence: string;
  /** Beside the word: `about 2 min left`. */
  readonly left: string;
  /** Of the whole attempt, in ten parts; undefined when there is none. */
  readonly tenths: number | undefined;
  readonly below: string;
}

type Facts = Pick<AppState, 'agent' | 'paused' | 'resting' | 'began' | 'fetched'>;

/** @param now on the same clock as `began`, ms */
export function describeWork({ agent, paused, resting, began, fetched }: Facts, now: number): WorkShown {
  const nothing = { subject: '', left: '', tenths: undefined, below: '' };
  if (paused) return { ...nothing, mark: 'rest', word: 'Paused', sentence: 'This phone measures nothing until you go on.' };
  if (resting !== undefined) return { ...nothing, mark: 'rest', word: 'Resting', sentence: `It goes on by itself: now ${resting}.` };
  if (agent?.work.kind === 'measuring') return measuringShown(agent.work, { fetched, elapsed: now - began });
  return { ...nothing, mark: 'idle', word: 'Ready', sentence: idleSentence(agent) };
}

function idleSentence(agent: AgentState | undefined): string {
  if (agent && agent.outbox.length > 0) return 'Sending what it has found.';
  if (agent?.work.kind === 'waiting' && agent.work.failures > 0) return 'The fleet does not answer. It is tried again by itself.';
  return 'There is nothing to measure just now. Leave the page open; work comes by itself.';
}

function measuringShown(
  { lease, phase, done, stop }: Measuring,
  { fetched, elapsed }: { readonly fetched: AppState['fetched']; readonly elapsed: number },
): WorkShown {
  const candidate = lease.job?.candidateId ?? '';
  return {
    mark: 'busy',
    word: stop ? 'Stopping' : 'Measuring',
    subject: candidate,
    sentence:
      candidate === 'c000' ? 'The original, which all others are compared with.' : `A candidate of sweep ${lease.job?.sweepId ?? ''}.`,
    left: leftOf(done, elapsed),
    tenths: 10 * done,
    below: phaseShown(phase, { done, fetched, blocks: lease.job?.measure?.blocks ?? 0, images: imagesOf(lease.job?.images ?? []) }),
  };
}

const imagesOf = (packs: readonly { readonly count: number }[]): number => packs.reduce((sum, { count }) => sum + count, 0);

interface Within {
  /** 0..1 over the whole attempt: timing is from 0.2 to 0.5, images are from 0.5 to 1. */
  readonly done: number;
  readonly fetched: AppState['fetched'];
  readonly blocks: number;
  readonly images: number;
}

function phaseShown(phase: Phase, { done, fetched, blocks, images }: Within): string {
  switch (phase) {
    case Phase.PHASE_FETCH:
      return fetched ? `Fetching, ${megabytes(fetched.bytes)} of ${megabytes(fetched.all)}` : 'Fetching';
    case Phase.PHASE_LOAD:
      return 'Loading the model';
    case Phase.PHASE_WARM_UP:
      return 'Warming up';
    case Phase.PHASE_TIME:
      return `Block ${Math.min(blocks, 1 + Math.floor(blocks * clamped((done - 0.2) / 0.3)))} of ${blocks}`;
    case Phase.PHASE_CLASSIFY:
      return `Image ${Math.min(images, 1 + Math.floor(images * clamped((done - 0.5) / 0.5)))} of ${images}`;
    default:
      return 'Writing the report';
  }
}

const clamped = (share: number): number => Math.max(0, Math.min(1, share));
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** From how long the part that is done took; nothing while too little is done to say. */
function leftOf(done: number, elapsedMs: number): string {
  if (done < 0.25 || done >= 1) return '';
  const seconds = (elapsedMs / 1000 / done) * (1 - done);
  if (seconds < 20) return 'a few seconds left';
  return seconds < 90 ? `about ${10 * Math.round(seconds / 10)} s left` : `about ${Math.round(seconds / 60)} min left`;
}
