import type { Clock, Milliseconds, Rng } from '@fleetfit/core';
import type { Block, MeasureSettings } from '@fleetfit/protocol';
import { type Interval, severeOutlierShare } from '@fleetfit/stats';
import { type Bracket, ratioInterval } from './ratio.ts';
import { timeBlock } from './time-block.ts';
import type { Pair } from './warm-up.ts';

export interface TimeBlocksOptions {
  readonly clock: Clock;
  readonly settings: MeasureSettings;
  readonly resolution: Milliseconds;
  readonly rng: Rng;
  readonly signal: AbortSignal;
  /** Length of one run as warming up found it. */
  readonly runMs: Pair<Milliseconds>;
  /** Called between brackets with the share of `blocks` that is done. */
  readonly onBlocks: (share: number) => void;
}

export interface TimedBlocks {
  readonly blocks: Block[];
  /** Candidate over control. */
  readonly ratio: Interval;
  readonly notes: readonly string[];
}

const LEAST_SAMPLES = 5;
/** A sample is at least so many steps of the clock: 5 % of reading error at most. */
const CLOCK_STEPS = 20;
/** Brackets before the interval is trusted enough to stop early. */
const LEAST_BRACKETS = 3;
/** More severe outliers than this are worth a note. */
const NOISY = 0.1;

/**
 * Times in brackets of four blocks, control, candidate, candidate, control: whatever changes evenly with time, such as a warming
 * device, meets both alike. Ends after `settings.blocks` blocks of the candidate, or as soon as the ratio is known to `precision`.
 */
export async function timeBlocks(pair: Pair<() => Promise<void>>, options: TimeBlocksOptions): Promise<TimedBlocks> {
  const { settings, rng, onBlocks } = options;
  const wanted = Math.max(1, Math.ceil(settings.blocks / 2));
  const brackets: Bracket[] = [];
  const blocks: Block[] = [];
  let ratio: Interval = { value: 1, low: 0, high: Number.MAX_VALUE };
  while (brackets.length < wanted && !(brackets.length >= LEAST_BRACKETS && isPrecise(ratio, settings.precision))) {
    const { before, first, second, after } = await timeBracket(pair, options);
    brackets.push({ control: [before.sampleMs, after.sampleMs], candidate: [first.sampleMs, second.sampleMs] });
    for (const block of [before, first, second, after]) blocks.push({ ...block, index: blocks.length });
    ratio = ratioInterval(brackets, rng);
    onBlocks(brackets.length / wanted);
  }
  return { blocks, ratio, notes: notesOn(blocks, ratio, settings) };
}

const isPrecise = ({ value, low, high }: Interval, precision: number): boolean => (high - low) / 2 / value <= precision;

async function timeBracket(pair: Pair<() => Promise<void>>, { clock, settings, resolution, signal, runMs }: TimeBlocksOptions) {
  const block = async (role: keyof Pair<unknown>): Promise<Block> => {
    const runs = runsPerSample(runMs[role], resolution);
    const sampleMs = await timeBlock(pair[role], { clock, blockMs: settings.blockMs, leastSamples: LEAST_SAMPLES, runs, signal });
    return { index: 0, control: role === 'control', sampleMs, runs };
  };
  const before = await block('control');
  const first = await block('candidate');
  const second = await block('candidate');
  const after = await block('control');
  return { before, first, second, after };
}

function runsPerSample(runMs: number, resolution: number): number {
  // A run that read as nothing still took some part of a step: the sample stays within bounds.
  return resolution === 0 ? 1 : Math.max(1, Math.ceil((CLOCK_STEPS * resolution) / Math.max(runMs, resolution / CLOCK_STEPS)));
}

function notesOn(blocks: readonly Block[], ratio: Interval, { precision }: MeasureSettings): string[] {
  const severe = severeOutlierShare(blocks.filter(({ control }) => !control).flatMap(({ sampleMs }) => sampleMs));
  return [
    ...(severe > NOISY ? [`noisy: ${percent(severe)} of the samples lie far outside`] : []),
    ...(isPrecise(ratio, precision) ? [] : [`the ratio is known to ${percent((ratio.high - ratio.low) / 2 / ratio.value)} only`]),
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
