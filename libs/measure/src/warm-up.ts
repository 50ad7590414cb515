import { type Clock, type Milliseconds, milliseconds } from '@fleetfit/core';
import type { MeasureSettings } from '@fleetfit/protocol';
import { coefficientOfVariation, mean, median } from '@fleetfit/stats';
import { timeBlock } from './time-block.ts';

/** Candidate and control, each as a function that runs it once. */
export interface Pair<Value> {
  readonly candidate: Value;
  readonly control: Value;
}

export interface WarmUpOptions {
  readonly clock: Clock;
  readonly settings: MeasureSettings;
  readonly signal: AbortSignal;
}

/** How warming up ended: the length of one run of each, and whether that had become steady. */
export interface Warm {
  readonly runMs: Pair<Milliseconds>;
  readonly steady: boolean;
}

/** Blocks that have to agree. */
const AGREEING = 3;
/** Steady when the medians of these blocks vary by less than this ... */
const VARIATION = 0.03;
/** ... and change by less than this from one to the next. */
const SLOPE = 0.01;

/** Runs both models in turn, in short blocks, until the last three of each agree or `warmUpMs` is over. */
export async function warmUp(pair: Pair<() => Promise<void>>, { clock, settings, signal }: WarmUpOptions): Promise<Warm> {
  const limits = { clock, blockMs: settings.blockMs / 4, leastSamples: 3, runs: 1, signal };
  const medians: Pair<number[]> = { candidate: [], control: [] };
  const block = async (role: keyof Pair<unknown>): Promise<Milliseconds> => {
    const samples = await timeBlock(pair[role], limits);
    medians[role].push(median(samples));
    // The mean: on a coarse clock every single run of a fast model may read 0.
    return milliseconds(mean(samples));
  };
  const started = clock.monotonic();
  for (;;) {
    const runMs = { candidate: await block('candidate'), control: await block('control') };
    const steady = agree(medians.candidate) && agree(medians.control);
    if (steady || clock.monotonic() - started >= settings.warmUpMs) return { runMs, steady };
  }
}

function agree(medians: readonly number[]): boolean {
  const last = medians.slice(-AGREEING);
  const [first = 0] = last;
  const slope = ((last.at(-1) ?? 0) - first) / (AGREEING - 1) / first;
  return last.length === AGREEING && coefficientOfVariation(last) < VARIATION && Math.abs(slope) < SLOPE;
}
