import { type Clock, type Milliseconds, milliseconds } from '@fleetfit/core';
import { throwIfCancelled } from './throw-if-cancelled.ts';

export interface BlockLimits {
  readonly clock: Clock;
  /** A block is at least this long ... */
  readonly blockMs: number;
  /** ... and has at least so many samples, however slow the model. */
  readonly leastSamples: number;
  /** Runs that are timed together as one sample, so that a coarse clock can tell. */
  readonly runs: number;
  readonly signal: AbortSignal;
}

/** Keeps a report of a very fast model small; so many samples say all that a block can say. */
const MOST_SAMPLES = 400;

/** Runs a model again and again without a break. Gives milliseconds per run, one number a sample. */
export async function timeBlock(
  run: () => Promise<void>,
  { clock, blockMs, leastSamples, runs, signal }: BlockLimits,
): Promise<Milliseconds[]> {
  const samples: Milliseconds[] = [];
  const started = clock.monotonic();
  let before = started;
  while (samples.length < leastSamples || (before - started < blockMs && samples.length < MOST_SAMPLES)) {
    throwIfCancelled(signal);
    for (let i = 0; i < runs; i++) await run();
    const after = clock.monotonic();
    samples.push(milliseconds((after - before) / runs));
    before = after;
  }
  return samples;
}
