import { type Bytes, type Clock, FleetError, type Milliseconds, type Rng } from '@fleetfit/core';
import { type Measurement, type MeasureSettings, Phase } from '@fleetfit/protocol';
import type { ModelFiles, OpenOptions, Runtime, Tensor } from '@fleetfit/runtime';
import { quantileInterval } from '@fleetfit/stats';
import { classify, type ImageSource } from './classify.ts';
import { openSubject, type Subject } from './subject.ts';
import { type TimedBlocks, timeBlocks } from './time-blocks.ts';
import { warmUp } from './warm-up.ts';

/** Everything one measurement needs. Nothing of the platform: a phone's worker and a camera's child process give the same. */
export interface MeasureTask {
  readonly runtime: Runtime;
  readonly open: OpenOptions;
  /** Read only when it is their turn, so that the memory of the candidate is its own. */
  readonly candidate: () => Promise<ModelFiles>;
  readonly control: () => Promise<ModelFiles>;
  /** Prepared images, one at a time. */
  readonly images: ImageSource;
  /** Name of the model's input; empty: its only one. */
  readonly input: string;
  readonly settings: MeasureSettings;
  /** Best classes wanted of every image. */
  readonly top: number;
  readonly clock: Clock;
  /** Smallest step of `clock.monotonic()`: `clockResolution` finds it. */
  readonly resolution: Milliseconds;
  /** For the bootstrap of the interval. */
  readonly rng: Rng;
  readonly peakMemory: () => Bytes | undefined;
  /** Awaited before each phase is entered, so that a journal knows it even if the device does not survive the phase. */
  readonly enter?: (phase: Phase) => Promise<void>;
  /** `done` is 0..1 over the whole measurement. Called between runs, never within one. */
  readonly onProgress?: (done: number) => void;
  readonly signal: AbortSignal;
}

/** A measurement but for the conditions, which the agent knows. */
export type Measured = Omit<Measurement, 'conditions'>;

/** Images that are kept in memory, prepared, and cycled through while timing. */
const TIMING_IMAGES = 16;

/**
 * Measures a candidate against its control: cold start and memory, warm-up, blocks C X X C until the ratio is known well enough,
 * then the best classes of every image.
 *
 * @throws FleetError `cancelled` when the signal aborts, `unsupported` or `invalid` where a model does not open or run
 */
export async function measure(task: MeasureTask): Promise<Measured> {
  const { clock, images, top, signal, enter, onProgress = () => {} } = task;
  const started = clock.monotonic();
  if (images.count === 0) throw new FleetError('invalid', 'Cannot measure: the job names no images');
  await enter?.(Phase.PHASE_LOAD);
  const { subject, ...cold } = await coldStart(task);
  try {
    const timed = await timeAgainstControl(task, subject);
    await enter?.(Phase.PHASE_CLASSIFY);
    const onImage = (share: number): void => onProgress(0.5 + 0.5 * share);
    const { classes, notes } = await classify(subject, { images, top, signal, onImage });
    const durationMs = Math.round(clock.monotonic() - started);
    return { ...cold, ...figures(timed), classes, notes: [...timed.notes, ...notes], durationMs };
  } finally {
    await subject.close();
  }
}

// First of all, while the process is fresh: what a device pays when it starts with this model, in time and memory.
async function coldStart(task: MeasureTask): Promise<{ subject: Subject; loadMs: number; firstRunMs: number; memoryBytes: number }> {
  const first = await task.images.at(0);
  const empty = task.peakMemory();
  const model = await task.candidate();
  const before = task.clock.monotonic();
  const subject = await openSubject('candidate', model, task);
  const opened = task.clock.monotonic();
  try {
    await subject.run(first);
  } catch (thrown) {
    await subject.close();
    throw thrown;
  }
  const ran = task.clock.monotonic();
  const peak = task.peakMemory();
  const memoryBytes = peak === undefined || empty === undefined ? 0 : Math.max(0, peak - empty);
  return { subject, loadMs: opened - before, firstRunMs: ran - opened, memoryBytes };
}

async function timeAgainstControl(task: MeasureTask, candidate: Subject): Promise<TimedBlocks> {
  const { clock, settings, resolution, rng, signal, enter, onProgress = () => {} } = task;
  const control = await openSubject('control', await task.control(), task);
  try {
    const tensors = await timingImages(task.images);
    const pair = { candidate: candidate.cycling(tensors), control: control.cycling(tensors) };
    await enter?.(Phase.PHASE_WARM_UP);
    onProgress(0.1);
    const warm = await warmUp(pair, { clock, settings, signal });
    await enter?.(Phase.PHASE_TIME);
    const onBlocks = (share: number): void => onProgress(0.2 + 0.3 * share);
    onBlocks(0);
    const timed = await timeBlocks(pair, { clock, settings, resolution, rng, signal, runMs: warm.runMs, onBlocks });
    return warm.steady ? timed : { ...timed, notes: [`not steady after ${settings.warmUpMs} ms of warm-up`, ...timed.notes] };
  } finally {
    await control.close();
  }
}

async function timingImages(images: ImageSource): Promise<Tensor[]> {
  const tensors: Tensor[] = [];
  for (let index = 0; index < Math.min(images.count, TIMING_IMAGES); index++) tensors.push(await images.at(index));
  return tensors;
}

function figures({ blocks, ratio }: TimedBlocks): Pick<Measured, 'blocks' | 'ratio' | 'p50Ms' | 'p90Ms' | 'p95Ms' | 'controlP50Ms'> {
  const samples = (ofControl: boolean): number[] =>
    blocks.filter(({ control }) => control === ofControl).flatMap((block) => block.sampleMs);
  const candidate = samples(false);
  return {
    blocks,
    ratio,
    p50Ms: quantileInterval(candidate, 0.5),
    p90Ms: quantileInterval(candidate, 0.9),
    p95Ms: quantileInterval(candidate, 0.95),
    controlP50Ms: quantileInterval(samples(true), 0.5),
  };
}
